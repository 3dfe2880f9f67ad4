/** Playing in this page: the ways, in their order, and who asks for them. */

import { LsdError } from '../../../shared/errors.ts';
import { parseId } from '../../../shared/id.ts';
import type { Elements } from '../../page/elements.ts';
import { MEDIA, type MediaOrder, ORDER, PLAYBACK, SOURCE } from '../../page/playing.ts';
import type { Local, Relay } from '../relay.ts';
import { createBackground } from './background.ts';
import { createCard } from './card.ts';
import { createDirect } from './direct.ts';
import { createFrame } from './frame.ts';
import { createLadder } from './ladder.ts';
import { readSituation } from './situation.ts';
import { createSources } from './sources.ts';
import { createStream } from './stream.ts';
import { upgradeMedia } from './upgrade.ts';

/** The calls of the page that are answered here. `relay` is there by the time of the first. */
export function createPlayback(elements: Elements, relay: () => Relay): { calls: Local; start(): void } {
  const background = createBackground({ call: (method, params) => relay().call(method, params) });
  const sources = createSources((element, url) => relay().tell(SOURCE, { element: elements.numberOf(element), url }));
  const direct = createDirect(background, sources);
  const frame = createFrame({
    background,
    news: (element, news) => relay().tell(MEDIA, { element: elements.numberOf(element), ...news }),
  });
  const ladder = createLadder({
    rungs: [
      direct,
      frame,
      createStream(background, sources),
      createCard({ background, direct, situation: readSituation }),
    ],
    background,
    situation: readSituation,
    report: (element, playback) => relay().tell(PLAYBACK, { element: elements.numberOf(element), ...playback }),
  });

  return {
    calls: {
      async play(params) {
        const { element: number, id: given, start } = fields(params);
        const element = elements.get(Number(number));
        const id = typeof given === 'string' ? parseId(given) : undefined;
        if (!(element instanceof HTMLMediaElement)) throw wrong('the first argument is a <video> or <audio> element');
        if (!id) throw wrong('the second argument is an id (40 hexadecimal digits)');
        return { way: await ladder.play({ element, id, start: start === true }) };
      },
      async [ORDER](params) {
        const { element: number, order } = fields(params);
        const element = elements.get(Number(number));
        // Only the page's own script holds the port, and it sends nothing else.
        if (element instanceof HTMLMediaElement) frame.order(element, order as MediaOrder);
      },
    },
    start: () => upgradeMedia({ ladder, background, sources, situation: readSituation }),
  };
}

function fields(params: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(params ?? {}));
}

function wrong(what: string): LsdError {
  return new LsdError('invalid', `lsd.play: ${what}.`);
}
