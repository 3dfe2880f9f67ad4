/** `lsd.play`, and what the page is told of the elements that play. */

import type { Calls } from './calls.ts';
import type { Elements } from './elements.ts';
import { LSDError } from './error.ts';
import { MEDIA, type MediaNews, ORDER, PLAYBACK, type Playback, SOURCE } from './playing.ts';
import { Detailed, dispatchOn, setSource } from './primordials.ts';
import { createStandIns } from './stand-in.ts';

/** Dispatched on the element, and bubbles out of shadow trees. */
const PLAYBACK_EVENT = 'lsd#playback';

export interface Player {
  /** `start`: without it, it plays when the element says so */
  play(element: unknown, id: unknown, start: boolean): Promise<unknown>;
  /** takes an event of the private port that is about an element; false for every other one */
  take(event: string, detail: unknown): boolean;
}

export function createPlayer(calls: Calls, elements: Elements): Player {
  const standIns = createStandIns((element, order) => calls.notify(ORDER, { element, order }));

  return {
    async play(element, id, start) {
      return wayOf(await calls.call('play', { element: numberOf(element), id, start }));
    },
    take(event, detail) {
      if (event !== PLAYBACK && event !== MEDIA && event !== SOURCE) return false;
      // The content script sends nothing else.
      const news = detail as MediaNews & Playback & { element: number; url: string };
      const element = elements.get(news.element);
      if (!element) return true;
      if (event === MEDIA) standIns.take(element, news);
      else if (event === SOURCE) setSource(element, news.url);
      else {
        const { element: _number, ...told } = news;
        dispatchOn(element, new Detailed(PLAYBACK_EVENT, { detail: told, bubbles: true, composed: true }));
      }
      return true;
    },
  };

  function numberOf(element: unknown): number {
    try {
      return elements.numberOf(element as HTMLElement);
    } catch {
      throw new LSDError({ code: 'invalid', message: 'lsd.play: the first argument is a <video> or <audio> element.' });
    }
  }
}

function wayOf(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'way' in result ? result.way : undefined;
}
