/** From `addRequests` to the first frame, with the holder asleep: where the site offers `wait`, and where it is polled. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { type Film, makeFilm } from '../test/world/film.ts';
import { startHome } from '../test/world/home.ts';
import { join, openArchive, share } from '../test/world/site.ts';
import { answerGrant, browserOf, pressFilm, untilFilm, visit } from '../test/world/visitor.ts';
import { type Row, runBench } from './report.ts';

/** Seconds from the click that requests to the first frame that is shown. */
async function measure(film: Film, wait: number): Promise<number> {
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

await runBench(import.meta, async ({ quick }) => {
  const film = await makeFilm(60, 2500);
  const rows: Row[] = [frameRow('the site offers `wait`', await measure(film, 50), 3)];
  if (!quick) rows.push(frameRow('the site is polled', await measure(film, 0), 65));
  return {
    title: 'First frame: how long from the click to the picture, with the holder asleep?',
    goal: 'From `addRequests` in a page in Chromium to the first frame: 3 s where the site offers `wait`, 65 s in the first hour of polling.',
    rows,
    plots: [
      {
        kind: 'bars',
        name: 'first-frame',
        title: 'From the click to the first frame, the holder asleep',
        xLabel: 'how holders hear of requests',
        yLabel: 'seconds',
        series: [
          { name: 'measured', points: rows.map(row => [row.what, row.ours]) },
          {
            name: 'goal',
            points: [['the site offers `wait`', 3], ...(quick ? [] : [['the site is polled', 65] as const])],
          },
        ],
      },
    ],
  };
});

function frameRow(what: string, ours: number, atMost: number): Row {
  return { what, ours, unit: 's', goal: { atMost } };
}
