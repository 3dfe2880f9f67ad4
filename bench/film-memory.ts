/** What a browser holds of a film of 2 GB that plays in a public page, by the way that needs no prompt. */

import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'puppeteer-core';
import type {} from '../extension/page/lsd.d.ts';
import type { BrowserName } from '../test/support/browsers.ts';
import { startTestSite } from '../test/support/test-site.ts';
import { type Film, idOf, makeFilm } from '../test/world/film.ts';
import { startHome } from '../test/world/home.ts';
import { type MemorySample, residentBytesOfAll, watchMemory } from '../test/world/memory.ts';
import { browserOf } from '../test/world/visitor.ts';
import { type Row, runBench } from './report.ts';

const NAME = 'archive.example';
const MINUTE = { seconds: 60, kilobits: 8_000 };
const QUICK = { browsers: ['chromium'], minutes: 2, places: 2 } as const;
const FULL = { browsers: ['chromium', 'firefox'], minutes: 33, places: 20 } as const;
/** MB that the browser may hold more while it plays the long film than while it played a minute of it */
const GOAL = 300;
/** ms */
const LOOK_MS = 200;

/** The same minute again and again, its index first. */
async function makeLong(folder: string, minute: Film, minutes: number): Promise<Film> {
  const list = join(folder, 'list.txt');
  await writeFile(list, `file '${minute.path}'\n`.repeat(minutes));
  const path = join(folder, 'long.mp4');
  const joined = `-loglevel error -y -f concat -safe 0 -i ${list} -c copy -movflags +faststart ${path}`;
  await promisify(execFile)('/usr/bin/ffmpeg', joined.split(' '));
  await rm(list);
  return { path, id: await idOf(path), seconds: minutes * MINUTE.seconds };
}

/** Plays a second at each of so many places, spread over the film; the way it went. */
function play(page: Page, film: Film, places: number): Promise<string> {
  return page.evaluate(
    async (id, count) => {
      const video = document.createElement('video');
      video.muted = true;
      document.body.replaceChildren(video);
      const way = await window.lsd!.play(video, id);
      const reach = (time: number) =>
        new Promise<void>((resolve, reject) => {
          const look = () => video.currentTime > time && resolve();
          video.addEventListener('timeupdate', look);
          setTimeout(() => reject(new Error(`stands at ${video.currentTime}, not past ${time}`)), 20_000);
        });
      for (let place = 0; place < count; place++) {
        const time = (video.duration * place) / count;
        if (place > 0) video.currentTime = time;
        await reach(time + 1);
      }
      return way;
    },
    film.id,
    places,
  );
}

interface Seen {
  way: string;
  /** MB more than before any film */
  minute: number;
  long: number;
  /** while the long film plays: s, MB more */
  course: [seconds: number, megabytes: number][];
}

async function measure(name: BrowserName, folder: string, films: { minute: Film; long: Film }, places: number) {
  await using stack = new AsyncDisposableStack();
  const site = stack.use(await startTestSite({ '/': '<!doctype html><title>site</title>' }, { tls: true }));
  const home = stack.use(await startHome());
  const origin = site.origin(NAME);
  await home.call('site.grant', { origin, lan: true });
  const { path } = await home.call('folder.add', { path: folder, sites: [origin] });
  await home.call('folder.wait', { path });
  const options = { names: [NAME], publicAddresses: [`127.0.0.1:${site.port}`] };
  const tested = stack.use(await browserOf(name, home.dir, options));
  await tested.ui('setVisibility', { mode: 'all', origins: [] });
  const page = await tested.open(`${origin}/`);
  await page.waitForFunction(() => window.lsd);
  const pid = tested.browser.process()?.pid ?? 0;
  const before = await residentBytesOfAll(pid);
  const megabytes = ({ bytes }: MemorySample) => (bytes - before) / 1e6;
  const most = (samples: MemorySample[]) => Math.max(...samples.map(megabytes));
  const watched = async (film: Film): Promise<{ way: string; samples: MemorySample[] }> => {
    const memory = watchMemory(pid, LOOK_MS);
    const way = await play(page, film, places).finally(() => memory.end());
    return { way, samples: await memory.end() };
  };
  const { samples: short } = await watched(films.minute);
  const { way, samples } = await watched(films.long);
  const course = samples.map((sample): [number, number] => [sample.seconds, megabytes(sample)]);
  return { way, minute: most(short), long: most(samples), course } satisfies Seen;
}

await runBench(import.meta, async ({ quick }) => {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-long-'));
  const { browsers, minutes, places } = quick ? QUICK : FULL;
  try {
    const minute = await makeFilm(MINUTE.seconds, MINUTE.kilobits);
    const long = await makeLong(folder, minute, minutes);
    await promisify(execFile)('cp', [minute.path, join(folder, 'minute.mp4')]);
    const rows: Row[] = [];
    const courses: { name: string; points: Seen['course'] }[] = [];
    for (const name of browsers) {
      const seen = await measure(name, folder, { minute, long }, places);
      courses.push({ name: `${name} (${seen.way})`, points: seen.course });
      rows.push({
        what: `${name} (${seen.way}): more than before any film`,
        ours: Math.round(seen.long),
        unit: 'MB',
        peer: { name: 'a film of one minute', value: Math.round(seen.minute) },
        goal: { atMost: GOAL },
      });
    }
    return {
      title: 'Film of 2 GB: what does the browser hold of it?',
      goal: `A film of 2 GB plays in a public page without a prompt, through 20 jumps, and the browser holds at most ${GOAL} MB more than before.`,
      rows,
      plots: [
        {
          kind: 'lines',
          name: 'film-memory',
          title: `A film of ${minutes} minutes, played at ${places} places: what more the browser holds`,
          xLabel: 's from the start of the film, jumps and all',
          yLabel: 'MB',
          series: courses,
          mark: { label: 'goal', value: GOAL },
        },
      ],
      notes: [
        'Resident memory of all processes of the browser, the most of a look every 200 ms; shared pages count in each of them. The film is 33 times the same minute of 8 Mbit/s, its index first.',
      ],
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
