/** The media element of the player: made as the page's own element stands, obeying what the page wants of that. */

import { MEDIA_EVENTS, type MediaState } from '../page/playing.ts';
import type { FrameOrder, Opening, WhyNot } from './frame-protocol.ts';

/** `tell` hears of each of its events. */
export function createMedia(opening: Opening, url: string, tell: (type: string) => void): HTMLMediaElement {
  const media = document.createElement(opening.kind);
  for (const type of MEDIA_EVENTS) if (type !== 'error') media.addEventListener(type, () => tell(type));
  media.muted = opening.muted;
  media.volume = Math.min(1, Math.max(0, opening.volume));
  media.preload = 'metadata';
  media.autoplay = opening.autoplay;
  show(media, opening);
  media.src = url;
  media.currentTime = opening.currentTime;
  media.playbackRate = opening.playbackRate;
  return media;
}

export function obey(media: HTMLMediaElement, order: FrameOrder): void {
  if ('show' in order) show(media, order.show);
  else if ('do' in order) {
    if (order.do === 'play') void media.play().catch(() => {});
    if (order.do === 'pause') media.pause();
  } else if (order.set === 'muted') media.muted = order.value === true;
  else if (Number.isFinite(order.value)) attempt(() => set(media, order.set, Number(order.value)));
}

function set(media: HTMLMediaElement, name: 'currentTime' | 'volume' | 'playbackRate' | 'muted', value: number): void {
  if (name !== 'muted') media[name] = value;
}

/** A volume of 7, say, throws: the player stays as it is. */
function attempt(run: () => void): void {
  try {
    run();
  } catch {}
}

function show(
  media: HTMLMediaElement,
  { controls, loop, poster }: Pick<Opening, 'controls' | 'loop' | 'poster'>,
): void {
  media.controls = controls;
  media.loop = loop;
  if (media instanceof HTMLVideoElement) media.poster = /^(https?|data):/.test(poster) ? poster : '';
}

export function stateOf(media: HTMLMediaElement): MediaState {
  const { currentTime, duration, paused, ended, seeking, muted, volume, playbackRate, readyState, buffered } = media;
  const video = media instanceof HTMLVideoElement ? media : undefined;
  return {
    currentTime,
    duration,
    paused,
    ended,
    seeking,
    muted,
    volume,
    playbackRate,
    readyState,
    videoWidth: video?.videoWidth ?? 0,
    videoHeight: video?.videoHeight ?? 0,
    buffered: Array.from({ length: buffered.length }, (_, index) => [buffered.start(index), buffered.end(index)]),
  };
}

/** Why it does not play: the daemon has it not, or no more, for this site; it is not there; or the browser is at a loss. */
export async function whyNot(url: string): Promise<WhyNot> {
  const answer = await fetch(url, { method: 'HEAD' }).catch(() => undefined);
  if (answer?.status === 404) return 'absent';
  return answer ? 'format' : 'unread';
}
