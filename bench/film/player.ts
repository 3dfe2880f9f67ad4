/**
 * A player's reading and buffer, without its picture. It reads on until it is 10 s ahead, as Chromium does; it starts, goes on
 * after a stall and goes on after a jump when it has a second of film, after the index where it begins at the start; what it
 * has is looked at every 20 ms.
 */

import { get, type IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { BLOCK_BYTES, BYTE_RATE, indexEnd, MARK_BYTES } from './made-film.ts';

const AHEAD_BYTES = 10 * BYTE_RATE;
const ENOUGH_BYTES = BYTE_RATE;
const LOOK_MS = 20;
/** A film that does not go on for so long has failed. */
const PATIENCE_MS = 90_000;

/** seconds */
export interface Watched {
  /** until it played */
  waited: number;
  /** playing, and standing still once it had played */
  played: number;
  stalled: number;
}

/** Plays `seconds` of it from this byte on (0 is the index) and leaves. The wait counts from `since` (performance.now()). */
export async function watch(url: string, from: number, seconds: number, since: number): Promise<Watched> {
  const stream = await open(url, from);
  try {
    const source = receive(stream, from);
    const started = await until(() => source.film() >= ENOUGH_BYTES, stream);
    const watched = { waited: (started - since) / 1000, played: 0, stalled: 0 };
    await play(source, seconds, watched);
    return watched;
  } finally {
    stream.destroy();
  }
}

interface Source {
  /** bytes of film that are here */
  film(): number;
  /** Tells how many were played. */
  play(bytes: number): void;
  readonly stream: IncomingMessage;
}

async function play(source: Source, seconds: number, watched: Watched): Promise<void> {
  let last = performance.now();
  while (watched.played < seconds) {
    await delay(LOOK_MS);
    const passed = (performance.now() - last) / 1000;
    last += passed * 1000;
    const possible = source.film() / BYTE_RATE - watched.played;
    watched.played += Math.min(passed, possible);
    source.play(watched.played * BYTE_RATE);
    if (possible > passed || watched.played >= seconds) continue;
    const dry = last - (passed - possible) * 1000;
    last = await until(() => source.film() / BYTE_RATE - watched.played >= 1, source.stream);
    watched.stalled += (last - dry) / 1000;
  }
}

function receive(stream: IncomingMessage, from: number): Source {
  let at = from;
  let index = from === 0 ? undefined : 0;
  let head = Buffer.alloc(0);
  let played = 0;
  const film = () => (index === undefined ? 0 : Math.max(0, at - from - index));
  const marks = createMarks(from);
  stream.on('data', (bytes: Buffer) => {
    if (index === undefined) {
      head = Buffer.concat([head, bytes]);
      index = indexEnd(head);
    }
    marks(bytes, at);
    at += bytes.length;
    if (film() - played > AHEAD_BYTES) stream.pause();
  });
  return {
    film,
    play(bytes) {
      played = bytes;
      if (stream.isPaused() && film() - played < AHEAD_BYTES) stream.resume();
    },
    stream,
  };
}

/** Throws on bytes of another place. */
function createMarks(from: number): (bytes: Buffer, at: number) => void {
  let rest = Buffer.alloc(0);
  return (bytes, at) => {
    const all = Buffer.concat([rest, bytes]);
    const start = at - rest.length;
    for (
      let end = Math.ceil((start + MARK_BYTES) / BLOCK_BYTES) * BLOCK_BYTES;
      end <= start + all.length;
      end += BLOCK_BYTES
    ) {
      const mark = Number(all.readBigUInt64BE(end - MARK_BYTES - start));
      if (end - MARK_BYTES >= from && mark !== end) throw new Error(`the bytes before ${end} are those before ${mark}`);
    }
    rest = all.subarray(Math.max(0, all.length - MARK_BYTES + 1));
  };
}

function open(url: string, from: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { range: `bytes=${from}-` }, agent: false }, answer => {
      answer.on('error', () => {});
      if (answer.statusCode === 206) resolve(answer);
      else reject(new Error(`${url} answers ${answer.statusCode}`));
    });
    request.on('error', reject);
  });
}

/** The time at which it holds. */
async function until(holds: () => boolean, stream: IncomingMessage): Promise<number> {
  const deadline = performance.now() + PATIENCE_MS;
  while (!holds()) {
    if (stream.destroyed) throw new Error('the film broke off');
    if (performance.now() > deadline) throw new Error('the film does not go on');
    await delay(LOOK_MS);
  }
  return performance.now();
}
