/** The player's sentences, filled in. */

import { sayer } from '../ui/say.ts';
import { PLAYER_ENGLISH } from './english.ts';

export const sayPlayer = sayer(PLAYER_ENGLISH);

/** What a content script shows: it carries no sentences of its own. */
export function cardTexts(origin: string) {
  const site = new URL(origin).host;
  return {
    language: 'en',
    direction: 'ltr',
    label: sayPlayer('card.label'),
    what: sayPlayer('card.what'),
    tab: sayPlayer('card.tab'),
    tabFailed: sayPlayer('card.tab.failed'),
    askWhat: sayPlayer('card.ask.what', { site }),
    ask: sayPlayer('card.ask'),
    refused: sayPlayer('card.refused'),
  };
}
