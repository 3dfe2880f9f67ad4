/** Keeps a media element fed: a little ahead of where it plays, from wherever it is sought to, and never much of the film. */

import type { Film } from './remux.ts';

/** Browsers tell a time that was set to the microsecond only. */
const ROUNDING_S = 0.001;
/** Seconds ahead of the position that are made, and behind it that are kept. */
const AHEAD_S = 20;
const BEHIND_S = 10;

/** Feeds `element` until `signal` aborts. Resolves when it knows what it plays; `failed` hears of what comes later. */
export async function feed(
  { element, load }: { element: HTMLMediaElement; load(url: string): void },
  film: Film,
  signal: AbortSignal,
  failed: (reason: unknown) => void,
): Promise<void> {
  const source = new MediaSource();
  const url = URL.createObjectURL(source);
  signal.addEventListener('abort', () => URL.revokeObjectURL(url));
  load(url);
  await event(source, ['sourceopen'], signal);
  source.duration = film.duration;
  const buffer = source.addSourceBuffer(film.type);
  let pump = new AbortController();
  let pumped: Promise<void> = Promise.resolve();
  /** false: what the buffer holds is about to go */
  let isEmptied = true;
  let isBroken = false;
  /** what is being made is for this time, s */
  let place = 0;

  function run(time: number): void {
    pump.abort(new DOMException('sought elsewhere', 'AbortError'));
    pump = new AbortController();
    const stop = AbortSignal.any([pump.signal, signal]);
    isEmptied = false;
    isBroken = false;
    place = time;
    const fill = async () => {
      await empty(stop);
      isEmptied = true;
      await film.from(time, bytes => append(bytes, stop), stop);
      await idle(buffer, stop);
      leap();
      if (source.readyState === 'open') source.endOfStream();
    };
    // One at a time: what the one before has under way must not end in this one's film.
    pumped = pumped.then(fill).catch(thrown => {
      if (stop.aborted) return;
      isBroken = true;
      // While there is more to play, it may be over by the time that it is missed.
      if (element.error || endOf(buffer, element.currentTime) === undefined) failed(thrown);
    });
  }

  /** Also of half a fragment that was appended last: the next bytes would be taken for the rest of it. */
  async function empty(stop: AbortSignal): Promise<void> {
    await idle(buffer, stop);
    if (source.readyState === 'open') buffer.abort();
    await remove(buffer, 0, Infinity, stop);
  }

  async function append(bytes: Uint8Array<ArrayBuffer>, stop: AbortSignal): Promise<void> {
    leap();
    while ((endOf(buffer, element.currentTime) ?? 0) - element.currentTime > AHEAD_S)
      await event(element, ['timeupdate'], stop);
    await idle(buffer, stop);
    const old = element.currentTime - BEHIND_S;
    const isPlayed = !element.seeking && buffer.buffered.length > 0 && buffer.buffered.start(0) < old - BEHIND_S;
    if (isPlayed) await remove(buffer, 0, old, stop);
    while (!offered(buffer, bytes)) await makeRoom(element, buffer, stop);
    await idle(buffer, stop);
  }

  /** What is made begins at or before its place; where it does not, nothing ever comes there. */
  function leap(): void {
    const time = element.currentTime;
    // It was sought elsewhere a moment ago.
    if (time < place - ROUNDING_S || endOf(buffer, time) !== undefined) return;
    for (let index = 0; index < buffer.buffered.length; index++) {
      const start = buffer.buffered.start(index);
      if (start <= time) continue;
      element.currentTime = start;
      return;
    }
  }

  element.addEventListener(
    'seeking',
    () => {
      if (isBroken || !isEmptied || endOf(buffer, element.currentTime) === undefined) run(element.currentTime);
    },
    { signal },
  );
  for (const type of ['waiting', 'play'])
    element.addEventListener(type, () => isBroken && run(element.currentTime), { signal });
  const known = event(element, ['loadedmetadata'], signal);
  const wrong = event(element, ['error'], signal).then(() => {
    throw new Error(element.error?.message ?? 'it does not play');
  });
  run(0);
  await Promise.race([known, wrong]);
}

/** False: the browser keeps no more of it. */
function offered(buffer: SourceBuffer, bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    buffer.appendBuffer(bytes);
    return true;
  } catch (thrown) {
    // The page's world threw it: it is none of the errors here.
    if (typeof thrown === 'object' && thrown && 'name' in thrown && thrown.name === 'QuotaExceededError') return false;
    throw thrown;
  }
}

/**
 * What was played goes; where there is nothing more of that, it has to play on. On the way to a place, it is no further than the
 * pictures that it needs: those before it since the key picture.
 */
async function makeRoom(element: HTMLMediaElement, buffer: SourceBuffer, signal: AbortSignal): Promise<void> {
  const played = element.seeking ? 0 : element.currentTime - 1;
  if (buffer.buffered.length > 0 && buffer.buffered.start(0) < played) return remove(buffer, 0, played, signal);
  if (endOf(buffer, element.currentTime) === undefined) throw new Error('the browser keeps too little to play on');
  await event(element, ['timeupdate', 'waiting'], signal);
}

/** A film's first picture may come a little after its zero: what begins before this, s, is its beginning. */
const BEGINNING_S = 0.5;

/** Where what is there at this time ends; undefined: nothing is there. */
function endOf({ buffered }: SourceBuffer, time: number): number | undefined {
  for (let index = 0; index < buffered.length; index++) {
    const start = buffered.start(index);
    if ((start < BEGINNING_S ? 0 : start) <= time && time < buffered.end(index)) return buffered.end(index);
  }
  return undefined;
}

async function remove(buffer: SourceBuffer, start: number, end: number, signal: AbortSignal): Promise<void> {
  if (buffer.buffered.length === 0) return;
  buffer.remove(start, end);
  await idle(buffer, signal);
}

/** The event may be an earlier step's, which nobody waited for. */
async function idle(buffer: SourceBuffer, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  while (buffer.updating) await event(buffer, ['updateend'], signal);
}

function event(target: EventTarget, types: string[], signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const over = new AbortController();
    const heard = () => {
      over.abort();
      resolve();
    };
    const given = () => {
      over.abort();
      reject(signal.reason);
    };
    for (const type of types) target.addEventListener(type, heard, { signal: over.signal });
    signal.addEventListener('abort', given, { signal: over.signal });
  });
}
