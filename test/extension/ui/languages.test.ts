/** What a page says in each of its states stands in the files of the languages: nothing else is read on it but names and numbers. */

import type { Frame } from 'puppeteer-core';
import { expect, it } from 'vitest';
import { messagesOf, pseudoMessages, unmarked } from '../../support/locales.ts';
import type { State } from './answers.ts';
import { useStage } from './stage.ts';
import { STATES } from './states.ts';
import { STATUS_STATES } from './states-status.ts';

const EVERY = [...STATES, ...STATUS_STATES];
const stage = useStage(EVERY);

const ID = /[0-9a-f]{40}/g;
/** In Greek, too. */
const UNITS = /\b([kMGTP]?B|byte)(\/s)?(?![A-Za-z])/g;

const PAGES = ['popup', 'prompt', 'options', 'status'] as const;
const statesOf = (which: State['page']) => EVERY.filter(each => each.page === which);

it.each(PAGES)('the %s has no sentence of its own', async which => {
  const states = statesOf(which);
  const frames = await stage.together(states, pseudoMessages());
  const foreign: Record<string, string[]> = {};
  for (const [at, state] of states.entries()) {
    const found = (await textsOf(frames[at]!)).filter(text => isForeign(text, state));
    if (found.length > 0) foreign[state.name] = found;
  }
  expect(foreign).toEqual({});
});

it.each(PAGES)('the %s runs from right to left in Arabic, and fits a narrow window', async which => {
  const arabic = messagesOf('ar');
  const states = statesOf(which);
  // 260: half of the grant window, what is left of it at 200 % zoom. The popup is always as wide as it is.
  const frames = await stage.together(states, arabic, which === 'popup' ? 360 : 260);
  const shown = await Promise.all(frames.map(frame => frame.evaluate(directionAndOverflow)));
  const wrong = states.filter((_, at) => shown[at]?.overflow || shown[at]?.dir !== 'rtl' || shown[at]?.lang !== 'ar');
  expect(wrong.map(({ name }) => name)).toEqual([]);
});

function directionAndOverflow() {
  const { dir, lang, scrollWidth, clientWidth } = document.documentElement;
  return { dir, lang, overflow: scrollWidth > clientWidth };
}

/** Everything that is read on the page or read out, but for the names that stand in it as such. */
function textsOf(page: Frame): Promise<string[]> {
  return page.evaluate(async () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    // What opening them starts is a task that waits already.
    await new Promise(opened => setTimeout(opened));
    const texts = [document.title];
    for (const element of document.querySelectorAll('body *:not(script)')) {
      if (element.closest('bdi, code, [lang=en]')) continue;
      for (const name of ['aria-label', 'aria-description', 'aria-valuetext', 'title', 'placeholder', 'alt']) {
        texts.push(element.getAttribute(name) ?? '');
      }
      for (const node of element.childNodes) if (node instanceof Text) texts.push(node.data);
    }
    return texts;
  });
}

function isForeign(text: string, { answers }: State): boolean {
  if (/\{\w+[^}]*\}/.test(text)) return true;
  let rest = unmarked(text);
  for (const name of namesIn(answers)) rest = rest.replaceAll(name, '');
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
