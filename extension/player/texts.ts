/** What a content script shows: it carries no sentences of its own. */

import { direction, locale } from '../ui/language.ts';
import { say } from '../ui/say.ts';

export function cardTexts(origin: string) {
  const site = new URL(origin).host;
  return {
    language: locale(),
    direction: direction(),
    label: say('card.label'),
    what: say('card.what'),
    tab: say('card.tab'),
    tabFailed: say('card.tab.failed'),
    askWhat: say('card.ask.what', { site }),
    ask: say('card.ask'),
    refused: say('card.refused'),
  };
}
