/** Puts a frame where a media element stands in the page, as large as the page made that, and takes it away again. */

/** What the page's style says of the element's box, as specified: a hidden element computes to that, percentages and all. */
const BOX = [
  'position inset float clear width height min-width min-height max-width max-height aspect-ratio margin',
  'border border-radius outline box-shadow opacity z-index vertical-align transform clip-path object-position',
  'flex align-self justify-self order grid-area',
]
  .join(' ')
  .split(' ');

export interface Place {
  /** the film's own size, for pages that leave it to the film */
  natural(width: number, height: number): void;
}

/** Until `signal` aborts. An element that is in no document gets a frame that nobody sees: it is there to be heard. */
export function standInFor(element: HTMLMediaElement, frame: HTMLElement, signal: AbortSignal): Place {
  const display = element.style.getPropertyValue('display');
  const priority = element.style.getPropertyPriority('display');
  const seen = element.isConnected && (element instanceof HTMLVideoElement || element.controls);
  const outer = seen ? getComputedStyle(element).display : 'none';
  let size: { width: number; height: number } | undefined;

  function dress(): void {
    const style = getComputedStyle(element);
    frame.style.display = outer;
    for (const name of BOX) frame.style.setProperty(name, style.getPropertyValue(name));
    frame.style.colorScheme = 'normal'; // else a dark page's frame is not transparent
    if (size && style.aspectRatio.startsWith('auto')) frame.style.aspectRatio = `${size.width} / ${size.height}`;
    if (size && style.width === 'auto' && style.height === 'auto') frame.style.width = `${size.width}px`;
    if (!size && element instanceof HTMLAudioElement && style.height === 'auto') frame.style.height = '54px';
  }

  if (seen) element.style.setProperty('display', 'none', 'important');
  dress();
  if (element.isConnected) element.after(frame);
  else document.documentElement.append(frame);

  const watch = new MutationObserver(dress);
  watch.observe(element, { attributeFilter: ['class', 'style', 'width', 'height'] });
  addEventListener('resize', dress, { signal });
  signal.addEventListener(
    'abort',
    () => {
      watch.disconnect();
      frame.remove();
      if (seen) element.style.setProperty('display', display, priority);
    },
    { once: true },
  );
  return {
    natural(width, height) {
      if (width > 0 && height > 0) size = { width, height };
      dress();
    },
  };
}
