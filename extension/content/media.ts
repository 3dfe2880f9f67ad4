/**
 * Loads a media element once more that asked for a file before this tab's X-LSD-Reader rule stood: a background that had
 * been put to sleep misses the first request of a page.
 */

const GET = /^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\/get\/[0-9a-f]{40}\b/i;

export function retryMedia(readerRule: () => Promise<boolean>): void {
  const tried = new WeakSet<HTMLMediaElement>();

  addEventListener('error', event => void onError(event), { capture: true });

  async function onError(event: Event): Promise<void> {
    const media = mediaOf(event.target);
    if (!media || tried.has(media) || !GET.test(urlOf(event.target))) return;
    tried.add(media);
    // The page need not hear of a failure that the second attempt may mend.
    event.stopImmediatePropagation();
    if (await readerRule().catch(() => false)) media.load();
    else event.target?.dispatchEvent(new Event('error'));
  }
}

function mediaOf(target: EventTarget | null): HTMLMediaElement | undefined {
  if (target instanceof HTMLMediaElement) return target;
  if (target instanceof HTMLSourceElement && target.parentElement instanceof HTMLMediaElement) {
    return target.parentElement;
  }
  return undefined;
}

function urlOf(target: EventTarget | null): string {
  if (target instanceof HTMLMediaElement) return target.currentSrc || target.src;
  return target instanceof HTMLSourceElement ? target.src : '';
}
