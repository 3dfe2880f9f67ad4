/**
 * `npm start`: a small archive, Ann who holds a film, and Bob who wants to see it. Where there is a display a browser opens
 * with the extension loaded, for you to be Bob; otherwise a headless one plays Bob, and every step is printed. Then it stays.
 * `--once` ends after the journey, with 0 or 1.
 */

import { existsSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import type { BrowserName } from '../test/support/browsers.ts';
import { makeFilm } from '../test/world/film.ts';
import { letsshare, startHome } from '../test/world/home.ts';
import { join, openArchive, PASSWORD, share } from '../test/world/site.ts';
import { answerGrant, browserOf, playback, pressFilm, untilFilm, untilPlaying, visit } from '../test/world/visitor.ts';

const once = process.argv.includes('--once');
const hasDisplay = !once && Boolean(process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY);
const started = Date.now();

function tell(sentence: string): void {
  console.log(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${sentence}`);
}

function browserHere(): BrowserName | undefined {
  if (existsSync('/usr/bin/chromium')) return 'chromium';
  return existsSync('/usr/bin/firefox-esr') ? 'firefox' : undefined;
}

async function main(): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const film = await makeFilm(60, 2500);
  const folder = await mkdtemp(joinPath(tmpdir(), 'lsd-demo-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await copyFile(film.path, joinPath(folder, 'Holiday 1962.mp4'));

  const archive = await openArchive({ people: ['ann', 'bob'], films: [{ sha1: film.id, title: 'Holiday 1962' }] });
  stack.defer(() => archive.close());
  tell(`The archive is at ${archive.url} and knows one film by its SHA-1, ${film.id}. It has no copy of it.`);

  const ann = stack.use(await startHome());
  await join(ann, archive.origin, 'ann');
  await share(ann, folder, archive.origin);
  tell(`Ann's daemon has hashed her folder and told the archive which of its films she holds. Now it sleeps.`);

  // The port that pages expect, where it is free.
  const bob = stack.use(await startHome([], undefined, { http: once ? 0 : undefined }));
  tell(`Bob's daemon runs. Player URLs: http://127.0.0.1:${bob.ready.http}/get/ID`);
  const name = browserHere();
  if (!name) throw new Error('neither Chromium nor Firefox is here; on Debian: sudo apt-get install chromium');
  const browser = stack.use(await browserOf(name, bob.dir, { headless: !hasDisplay }));

  const ended = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
    browser.browser.once('disconnected', () => resolve());
  });
  if (hasDisplay) {
    await browser.open(archive.url);
    tell(
      `A browser is open. Sign in as "bob" with the password "${PASSWORD}", allow what is asked, get the film, play it.`,
    );
    tell('Closing the browser, or Ctrl-C, ends it all.');
    await ended;
    return;
  }
  await journey(browser, archive.url, film.id);
  console.log((await letsshare(['status', '--home', bob.dir])).stdout);
  if (once) return;
  tell(`The journey is done. All of it stays: ${archive.url} (sign in as "bob", "${PASSWORD}"). Ctrl-C ends it.`);
  await ended;
}

/** What Bob does, by the buttons that he sees. */
async function journey(
  browser: Awaited<ReturnType<typeof browserOf>>,
  url: string,
  id: Parameters<typeof pressFilm>[1],
) {
  const page = await visit(browser, url, 'bob');
  tell(`Bob opens the archive in ${browser.name} and signs in. The page calls lsd.config, and the extension asks him.`);
  await answerGrant(browser, 'allow');
  await untilFilm(page, id, 'at others');
  tell('He allows it. The page says of the film: at others. He presses Get.');
  await pressFilm(page, id);
  await untilFilm(page, id, 'arriving');
  const asked = Date.now();
  tell('It arrives, from Ann, whom he met at the archive’s tracker. He presses Play.');
  await pressFilm(page, id);
  await untilPlaying(page);
  const { src, time } = await playback(page);
  tell(
    `It plays (${time.toFixed(1)} s in, ${((Date.now() - asked) / 1000).toFixed(1)} s after he asked) from ${src.split('?')[0]}`,
  );
  await untilFilm(page, id, 'here');
  tell('The whole film is here, its SHA-1 is the one that was asked for, and Bob’s daemon shares it from now on.');
}

try {
  await main();
  process.exit(0);
} catch (error) {
  console.error(`The journey failed: ${error instanceof Error ? error.message : error}`);
  process.exit(1);
}
