/** The extension's player, framed in the element's place: the browser guards this machine from sites, not from extensions. */

import { LsdError } from '../../../shared/errors.ts';
import type { MediaNews, MediaOrder, MediaState, Way } from '../../page/playing.ts';
import type { FrameNews, FrameOrder, Opening } from '../../player/frame-protocol.ts';
import type { Background } from './background.ts';
import { standInFor } from './place.ts';
import { Blocked, type Failed, once, type Rung, unplayable, unread, type Wanted } from './rung.ts';

const PAGE = 'player/index.html';
/** The player is loaded by then, and has only to say that it is there. */
const ANSWER_MS = 2_000;

export interface FrameDeps {
  background: Pick<Background, 'ticket'>;
  /** tells the page how the player in the element's place stands */
  news(element: HTMLMediaElement, news: Omit<MediaNews, 'element'>): void;
}

export interface FrameRung extends Rung {
  /** hands the player in the place of `element` what the page wants of it */
  order(element: HTMLMediaElement, order: MediaOrder): void;
}

export function createFrame({ background, news }: FrameDeps): FrameRung {
  const players = new WeakMap<HTMLMediaElement, { port: MessagePort; frame: HTMLIFrameElement }>();

  async function play(wanted: Wanted, signal: AbortSignal, failed: Failed): Promise<Way> {
    const { element, id } = wanted;
    const opening = { ...openingOf(wanted), ticket: await background.ticket(id) };
    if (signal.aborted) throw signal.reason;
    const frame = document.createElement('iframe');
    const place = standInFor(element, frame, signal);
    const port = await whileThere(frame, connect(frame, labelOf(element), opening, signal));
    players.set(element, { port, frame });
    const watch = followAttributes(element, port);
    signal.addEventListener('abort', () => {
      watch.disconnect();
      port.close();
      players.delete(element);
      news(element, { type: '', state: null });
    });
    let last: MediaState | undefined;
    const broke = (error: Error) => {
      if (last) news(element, { type: 'error', state: last });
      failed(LsdError.from(error));
    };
    await known(port, signal, broke, told => {
      if (told.type === 'loadedmetadata') place.natural(told.state.videoWidth, told.state.videoHeight);
      last = told.state;
      news(element, told);
    });
    return 'frame';
  }

  return {
    way: 'frame',
    fits: (_wanted, { browser }) => browser === 'chromium',
    play,
    order(element, order) {
      const player = players.get(element);
      if (!('do' in order) || order.do !== 'fullscreen') player?.port.postMessage(order satisfies FrameOrder);
      // Only the frame's own document may show it so; the person's click holds a while.
      else player?.frame.requestFullscreen().catch(() => {});
    },
  };
}

/** A page may take away what it did not put there: then nothing loads, and the browser says nothing of it. */
async function whileThere<T>(frame: HTMLIFrameElement, work: Promise<T>): Promise<T> {
  const { promise: taken, reject } = Promise.withResolvers<never>();
  const watch = new MutationObserver(() => {
    if (!frame.isConnected) reject(new Blocked('frame: the page takes it away'));
  });
  watch.observe(document, { childList: true, subtree: true });
  try {
    return await Promise.race([work, taken]);
  } finally {
    watch.disconnect();
  }
}

/** Loads the player, and gives it its end of a port that nobody else has. */
async function connect(
  frame: HTMLIFrameElement,
  label: string,
  opening: Opening,
  signal: AbortSignal,
): Promise<MessagePort> {
  frame.title = label;
  frame.allow = 'autoplay; fullscreen; picture-in-picture';
  // A page with Cross-Origin-Embedder-Policy lets in what comes without cookies: the player has none.
  frame.setAttribute('credentialless', '');
  const loaded = once(frame, 'load', signal);
  frame.src = chrome.runtime.getURL(PAGE); // an alias that changes with each start of the browser
  await loaded;
  const { port1, port2 } = new MessageChannel();
  // Whatever the page put into the frame meanwhile: only our own player gets it.
  frame.contentWindow?.postMessage(opening, `chrome-extension://${chrome.runtime.id}`, [port2]);
  await answered(port1, signal);
  return port1;
}

/** Where the page lets no frame in, the browser says nothing, and something else has loaded. */
async function answered(port: MessagePort, signal: AbortSignal): Promise<void> {
  const answer = once(port, 'message', signal);
  port.start();
  await Promise.race([answer, silence(signal)]);
}

function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const timer = setTimeout(() => reject(new Blocked('frame: the page lets no frame in')), ANSWER_MS);
    signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  });
}

/** Resolves when the player knows what it plays. Each news is told, then and later; `broke`: it does not play any more. */
function known(
  port: MessagePort,
  signal: AbortSignal,
  broke: (error: Error) => void,
  tell: (news: Omit<MediaNews, 'element'> & FrameTold) => void,
) {
  let isKnown = false;
  return new Promise<void>((resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
    port.onmessage = ({ data }: MessageEvent<FrameNews>) => {
      if ('here' in data) return;
      if ('refused' in data) return isKnown ? broke(refusal(data)) : reject(refusal(data));
      tell(data);
      if (data.state.readyState === 0) return;
      isKnown = true;
      resolve();
    };
  });
}
type FrameTold = Extract<FrameNews, { type: string }>;

function refusal({ refused, message }: Extract<FrameNews, { refused: string }>): Error {
  if (refused === 'absent') return new LsdError('not-found', 'The file is not on this machine any more.');
  if (refused === 'unread') return unread(message);
  // The same browser would play it nowhere else.
  if (refused === 'format') return unplayable(message);
  return new Blocked(`frame: ${message}`);
}

/** What the page calls it. */
function labelOf(element: HTMLMediaElement): string {
  return element.ariaLabel || element.title || document.title;
}

function openingOf({ element, start }: Wanted): Omit<Opening, 'ticket'> {
  const { autoplay, muted, loop, volume, currentTime, playbackRate } = element;
  return {
    ...shownBy(element),
    kind: element instanceof HTMLVideoElement ? 'video' : 'audio',
    autoplay: autoplay || start,
    muted,
    loop,
    volume,
    currentTime,
    playbackRate,
  };
}

function shownBy(element: HTMLMediaElement): Pick<Opening, 'controls' | 'loop' | 'poster'> {
  const poster = element instanceof HTMLVideoElement ? element.poster : '';
  return { controls: element.controls, loop: element.loop, poster };
}

function followAttributes(element: HTMLMediaElement, port: MessagePort): MutationObserver {
  const watch = new MutationObserver(() => port.postMessage({ show: shownBy(element) } satisfies FrameOrder));
  watch.observe(element, { attributeFilter: ['controls', 'loop', 'poster'] });
  return watch;
}
