/** From `addRequests` to the first frame, with the holder asleep: where the site offers `wait`, and where it is polled. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { makeFilm } from '../test/world/film.ts';
import { startHome } from '../test/world/home.ts';
import { join, openArchive, share } from '../test/world/site.ts';
import { answerGrant, browserOf, pressFilm, untilFilm, visit } from '../test/world/visitor.ts';

interface Figure {
  question: string;
  seconds: number;
  goalSeconds: number;
}

const film = await makeFilm(60, 2500);

/** Seconds from the click that requests to the first frame that is shown. */
async function measure(wait: number): Promise<number> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(joinPath(tmpdir(), 'lsd-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await copyFile(film.path, joinPath(folder, 'film.mp4'));
  const archive = await openArchive({ people: ['ann', 'bob'], films: [{ sha1: film.id, title: 'The film' }], wait });
  stack.defer(() => archive.close());
  const ann = stack.use(await startHome());
  await join(ann, archive.origin, 'ann');
  await share(ann, folder, archive.origin);
  const bob = stack.use(await startHome());
  const browser = stack.use(await browserOf('chromium', bob.dir));
  const page = await visit(browser, archive.url, 'bob');
  await answerGrant(browser, 'allow');
  await untilFilm(page, film.id, 'at others');
  const start = performance.now();
  await pressFilm(page, film.id);
  await untilFilm(page, film.id, 'arriving');
  await pressFilm(page, film.id);
  await page.waitForSelector('video');
  await page.evaluate(
    () =>
      new Promise<void>(resolve => {
        const video = document.querySelector('video')!;
        video.muted = true;
        video.requestVideoFrameCallback(() => resolve());
      }),
  );
  return (performance.now() - start) / 1000;
}

const figures: Figure[] = [
  { question: 'addRequests to first frame, site offers wait', seconds: await measure(50), goalSeconds: 3 },
  { question: 'addRequests to first frame, site is polled', seconds: await measure(0), goalSeconds: 65 },
];

if (process.argv.includes('--json')) console.log(JSON.stringify(figures));
else
  for (const { question, seconds, goalSeconds } of figures)
    console.log(`${question}: ${seconds.toFixed(2)} s (goal ${goalSeconds} s)`);
process.exit(0);
