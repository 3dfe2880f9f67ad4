/**
 * `npm run screenshots`: a picture of every page of the extension in each of its states, in both themes, into docs/screenshots.
 * A word makes only the pictures whose names contain it: `npm run screenshots -- popup-`.
 */

import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { State } from '../test/extension/ui/answers.ts';
import { launchChromium, openState, type Stage, type Theme, wear } from '../test/extension/ui/browser.ts';
import { servePages } from '../test/extension/ui/pages.ts';
import { besideOf } from '../test/extension/ui/player-pages.ts';
import { shoot } from '../test/extension/ui/shoot.ts';
import { STATES } from '../test/extension/ui/states.ts';
import { PLAYER_STATES } from '../test/extension/ui/states-player.ts';
import { STATUS_STATES } from '../test/extension/ui/states-status.ts';

const FOLDER = join(import.meta.dirname, '../docs/screenshots');
const THEMES: readonly Theme[] = ['light', 'dark'];

async function picture(stage: Stage, state: State): Promise<void> {
  const { page } = await openState(stage, state);
  for (const theme of THEMES) {
    await wear(page, theme);
    await shoot(page, `${FOLDER}/${nameOf(state)}-${theme}.webp`);
  }
  await page.close();
}

function nameOf({ page, name }: State): string {
  return `${page}-${name}`;
}

const word = process.argv[2] ?? '';
const states = [...STATES, ...STATUS_STATES, ...PLAYER_STATES].filter(state => nameOf(state).includes(word));
await mkdir(FOLDER, { recursive: true });
for (const old of await readdir(FOLDER)) if (old.includes(word)) await rm(join(FOLDER, old));
await using chromium = await launchChromium();
await using pages = await servePages(await besideOf(states));
for (const state of states) await picture({ browser: chromium.browser, pages }, state);
console.log(`${states.length * THEMES.length} pictures are in docs/screenshots.`);
