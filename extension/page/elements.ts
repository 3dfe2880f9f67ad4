/** Media elements that the page's world and the content script's both know, by number. */

import { dispatchOn, Handing, listenOn, submitterOf } from './primordials.ts';

/** Dispatched on the far end of the private port, the one object that both worlds hold, and no script of the page. */
const ELEMENT = 'element';

export interface Elements {
  /** The element's number; from now on the other world knows it, too. Throws for what is no HTML element. */
  numberOf(element: HTMLElement): number;
  get(number: number): HTMLElement | undefined;
}

/**
 * Both worlds hear each event, whichever of them dispatched it, and so they count alike. A SubmitEvent carries an element as
 * it is, in whatever shadow tree or none; Event's own targets are the host's where a tree is closed.
 */
export function createElements(port: MessagePort): Elements {
  const numbers = new WeakMap<HTMLElement, number>();
  const elements: Record<number, WeakRef<HTMLElement>> = {};
  let last = 0;

  listenOn(port, ELEMENT, event => {
    const element = submitterOf(event);
    if (!element || numbers.has(element)) return;
    last += 1;
    numbers.set(element, last);
    elements[last] = new WeakRef(element);
  });

  return {
    numberOf(element) {
      if (!numbers.has(element)) dispatchOn(port, new Handing(ELEMENT, { submitter: element }));
      return numbers.get(element) ?? 0;
    },
    get: number => elements[number]?.deref(),
  };
}
