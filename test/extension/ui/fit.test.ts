/** In every language each text of a page is read in full, where the page is narrow and where it is zoomed to 200 %. */

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { messagesOf } from '../../support/locales.ts';
import { cutTexts } from './cut.ts';
import { useStage } from './stage.ts';
import { STATES } from './states.ts';
import { PLAYER_STATES } from './states-player.ts';
import { STATUS_STATES } from './states-status.ts';

const EVERY = [...STATES, ...STATUS_STATES, ...PLAYER_STATES];
const stage = useStage(EVERY);

/**
 * In CSS pixels: the popup is always as wide as it is; the others in a window as narrow as WCAG 1.4.10 has it, and in half of
 * their own width, which is what zooming to 200 % leaves of it.
 */
const WIDTHS = {
  popup: [360],
  prompt: [320, 260],
  options: [320, 450],
  status: [320, 640],
  tab: [320, 500],
  card: [320, 528],
} as const;
const PAGES = Object.keys(WIDTHS) as (keyof typeof WIDTHS)[];
const LANGUAGES = [
  ['de', 'ltr'],
  ['ja', 'ltr'],
  ['ar', 'rtl'],
] as const;

/** What no font has is drawn as a narrow box, of whose width nothing can be said (bin/debian.mjs brings this one). */
const HAS_JAPANESE = existsSync('/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf');

const CASES = PAGES.flatMap(which => LANGUAGES.map(([language, direction]) => ({ which, language, direction })));

it.for(CASES)(
  'the $which is read in full in $language, and runs $direction',
  async ({ which, language, direction }, { skip }) => {
    if (language === 'ja') skip(!HAS_JAPANESE, 'There is no font for Japanese.');
    const states = EVERY.filter(({ page }) => page === which);
    const frames = await stage.together(states, messagesOf(language), WIDTHS[which][0]);
    const cut: Record<string, string[]> = {};
    for (const width of WIDTHS[which]) {
      await stage.resize(width);
      for (const [at, { name }] of states.entries()) {
        const found = await frames[at]!.evaluate(cutTexts);
        if (found.length > 0) cut[`${name}, ${width} px`] = found;
      }
    }
    expect(cut).toEqual({});
    for (const frame of frames) expect(await frame.evaluate(dressed)).toEqual({ lang: language, dir: direction });
  },
);

function dressed() {
  // The card is but a part of a page, whose own language is the site's.
  const card = document.querySelector('video + div')?.shadowRoot?.querySelector('div');
  const { dir, lang } = card ?? document.documentElement;
  return { dir, lang };
}
