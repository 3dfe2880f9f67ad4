/**
 * The plain URL of a file in a page of a granted site just plays: where the page may not load from this machine, its media
 * elements are taken over before the browser asks, or after it refused.
 */

import type { Background } from './background.ts';
import type { Ladder } from './ladder.ts';
import type { Situation } from './rung.ts';
import type { Sources } from './sources.ts';

const GET = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):\d+\/get\/([0-9a-f]{40})\b/i;

export interface UpgradeDeps {
  ladder: Ladder;
  background: Pick<Background, 'rule'>;
  sources: Pick<Sources, 'isOurs'>;
  situation(): Promise<Situation>;
}

export function upgradeMedia({ ladder, background, sources, situation }: UpgradeDeps): void {
  /** what was looked at, so that the same source is not looked at twice */
  const seen = new WeakMap<HTMLMediaElement, string>();

  addEventListener('loadstart', event => void onStart(event), { capture: true });
  addEventListener('error', event => void onError(event), { capture: true });

  /** In time, there is no prompt. */
  async function onStart({ target }: Event): Promise<void> {
    const media = mediaOf(target);
    if (!media || sources.isOurs(media)) return;
    const url = urlOf(media);
    const id = GET.exec(url)?.[1];
    // The page gave it another source: what stood in its place goes.
    if (ladder.isPlaying(media)) ladder.leave(media);
    if (!id) return;
    const now = await situation();
    if (now.loopback === 'granted' || !(await background.rule(now.loopback).catch(() => false))) return;
    take(media, url, id);
  }

  async function onError(event: Event): Promise<void> {
    const media = mediaOf(event.target);
    const url = media && urlOf(media, event.target);
    const id = url && GET.exec(url)?.[1];
    if (!media || !id || ladder.isPlaying(media) || seen.get(media) === url) return;
    seen.set(media, url);
    // The page need not hear of a failure that may be mended.
    event.stopImmediatePropagation();
    const { loopback } = await situation();
    const granted = await background.rule(loopback).catch(() => false);
    if (!granted) event.target?.dispatchEvent(new Event('error'));
    // It was asked for before this tab's rule stood: a background that had been put to sleep misses a page's first request.
    else if (loopback === 'granted') media.load();
    else take(media, url, id);
  }

  function take(media: HTMLMediaElement, url: string, id: string): void {
    if (ladder.isPlaying(media)) return;
    seen.set(media, url);
    ladder.play({ element: media, id: id.toLowerCase(), start: false }).catch(error => {
      if (error.code !== 'aborted') media.dispatchEvent(new Event('error'));
    });
  }
}

function mediaOf(target: EventTarget | null): HTMLMediaElement | undefined {
  if (target instanceof HTMLMediaElement) return target;
  if (target instanceof HTMLSourceElement && target.parentElement instanceof HTMLMediaElement) {
    return target.parentElement;
  }
  return undefined;
}

function urlOf(media: HTMLMediaElement, target: EventTarget | null = media): string {
  if (target instanceof HTMLSourceElement) return target.src;
  return media.currentSrc || media.src || media.querySelector('source')?.src || '';
}
