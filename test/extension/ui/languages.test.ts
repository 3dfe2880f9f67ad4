/** What a page says in each of its states stands in the files of the languages: nothing else is read on it but names and numbers. */

import type { Frame } from 'puppeteer-core';
import { expect, it } from 'vitest';
import { pseudoMessages, unmarked } from '../../support/locales.ts';
import type { State } from './answers.ts';
import { useStage } from './stage.ts';
import { STATES } from './states.ts';
import { PLAYER_STATES } from './states-player.ts';
import { STATUS_STATES } from './states-status.ts';

const EVERY = [...STATES, ...STATUS_STATES, ...PLAYER_STATES];
const stage = useStage(EVERY);

const ID = /[0-9a-f]{40}/g;
/** In Greek, too. */
const UNITS = /\b([kMGTP]?B|byte)(\/s)?(?![A-Za-z])/g;

const PAGES = ['popup', 'prompt', 'options', 'status', 'tab', 'card', 'frame'] as const;
const statesOf = (which: State['page']) => EVERY.filter(each => each.page === which);

it.each(PAGES)('the %s has no sentence of its own', async which => {
  const states = statesOf(which);
  const frames = await stage.together(states, pseudoMessages());
  const foreign: Record<string, string[]> = {};
  for (const [at, state] of states.entries()) {
    const names = namesIn(state.answers);
    const found = (await textsOf(frames[at]!)).filter(text => isForeign(text, state.page, names));
    if (found.length > 0) foreign[state.name] = found;
  }
  expect(foreign).toEqual({});
});

/** Everything that is read on the page or read out, but for the names that stand in it as such. */
function textsOf(page: Frame): Promise<string[]> {
  return page.evaluate(() => {
    const card = document.querySelector('video + div')?.shadowRoot;
    const texts = card ? [] : [document.title];
    for (const element of (card ?? document.body).querySelectorAll('*:not(script)')) {
      if (element.closest('bdi, code, body [lang=en]')) continue;
      for (const name of ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt']) {
        texts.push(element.getAttribute(name) ?? '');
      }
      for (const node of element.childNodes) if (node instanceof Text) texts.push(node.data);
    }
    return texts;
  });
}

function isForeign(text: string, page: State['page'], names: readonly string[]): boolean {
  // It has no title of its own but the product's name.
  if (page === 'frame' && text === 'Lets Share Data') return false;
  if (/\{\w+[^}]*\}/.test(text)) return true;
  let rest = unmarked(text);
  for (const name of names) rest = rest.replaceAll(name, '');
  return /[A-Za-z]{2}/.test(rest.replaceAll(ID, '').replaceAll(UNITS, ''));
}

/** Paths, sites, ids and titles, longest first; a single small word is no name, but what a page has a word of its own for. */
function namesIn(answers: unknown): string[] {
  const names: string[] = [];
  JSON.stringify(answers, (_, value) => {
    if (typeof value === 'string' && !/^[a-z-]*$/.test(value)) names.push(value);
    return value;
  });
  return names.sort((a, b) => b.length - a.length);
}
