/** What elements load on our behalf, and how that is told from what the page wants. */

import { Left } from './rung.ts';

export interface Sources {
  /**
   * The element loads what the page's own script sets: Firefox takes what a content script sets for the extension's request,
   * which the rule of this tab does not reach.
   */
  fromPage(element: HTMLMediaElement, url: string): void;
  /** the element loads what was made here */
  own(element: HTMLMediaElement, url: string): void;
  /** When `signal` aborts, the element is as it is now; unless its page had another thought. */
  putBack(element: HTMLMediaElement, signal: AbortSignal): void;
  /** Asked once at each `loadstart`: was it for us? */
  isOurs(element: HTMLMediaElement): boolean;
}

export function createSources(setInPage: (element: HTMLMediaElement, url: string) => void): Sources {
  const expected = new WeakSet<HTMLMediaElement>();

  function fromPage(element: HTMLMediaElement, url: string): void {
    expected.add(element);
    setInPage(element, url);
  }

  return {
    fromPage,
    own(element, url) {
      expected.add(element);
      element.src = url;
    },
    putBack(element, signal) {
      const before = element.getAttribute('src');
      const back = () => {
        if (signal.reason instanceof Left) return;
        if (before !== null) return fromPage(element, before);
        element.removeAttribute('src');
        element.load();
      };
      signal.addEventListener('abort', back, { once: true });
    },
    isOurs: element => expected.delete(element),
  };
}
