/** Every state of what people see of the player. */

import type { Answers, PlayerPage, State } from './answers.ts';
import { GONE } from './browser.ts';

const state = (page: PlayerPage, name: string, query: string, answers: Answers, rest: Partial<State> = {}): State => ({
  page,
  name,
  query,
  answers,
  ...rest,
});
const of = (url: string): Answers => ({ player: [{ url, origin: 'https://pad.example' }, { subtitles: [] }] });
const film = of('/film.webm');
/** It is in a shadow tree, and says one thing more. */
const ANSWERED = '>>> p:nth-of-type(';

export const PLAYER_STATES: readonly State[] = [
  state('card', 'tab', '#tab', {}),
  state('card', 'ask', '#ask', {}),
  state('card', 'refused', '#ask', {}, { press: '>>> button:nth-of-type(2)', until: `${ANSWERED}3)` }),
  state('card', 'tab-failed', '#tab', {}, { press: '>>> button', until: `${ANSWERED}2)` }),
  state('frame', 'film', '', film, { plays: true }),
  state('frame', 'sound', '#sound', of('/sound.mp3'), { plays: true }),
  state('frame', 'nothing', '', {}),
  state('tab', 'film', '#ticket', film, { plays: true }),
  state('tab', 'old', '#ticket', {}),
  state('tab', 'absent', '#ticket', of(GONE), { until: '[role=alert]' }),
  state('tab', 'format', '#ticket', of('/icons/lsd.svg'), { until: '[role=alert]' }),
];
