/** The full status page over a daemon that knows many files: how soon it shows the first, how smoothly it scrolls, what it takes. */

import type { Page } from 'puppeteer-core';
import { buildExtension } from '../test/support/browsers.ts';
import { fillHome } from '../test/world/full-home.ts';
import { startHome } from '../test/world/home.ts';
import { browserOf } from '../test/world/visitor.ts';
import type { Plot } from './plot.ts';
import { type Row, runBench } from './report.ts';
import { median, quantile } from './rounds.ts';

const REQUESTS = 1_000;
/** px; a person who drags the scroll bar goes this far in a frame */
const FAST = 4_000;
const FRAMES = 180;

interface Measured {
  files: number;
  /** ms from the start of the navigation until the first row is there */
  firstRow: number;
  /** ms from what is typed until the rows are those that match, the wait for the typing to end included */
  search: number;
  /** ms */
  frames: number[];
  /** bytes of the page's heap */
  heap: number;
}

await runBench(import.meta, async ({ quick }) => {
  buildExtension();
  const sizes = quick ? [100] : [1_000, 10_000, 100_000];
  const all: Measured[] = [];
  for (const files of sizes) all.push(await measure(files, quick ? 2 : 5));
  const most = all.at(-1)!;
  const few = all[0]!;
  const beside = (value: number) => ({ peer: { name: `${few.files.toLocaleString('en')} files`, value } });
  const rows: Row[] = [
    { what: 'first row is there', ours: most.firstRow, unit: 'ms', ...beside(few.firstRow) },
    { what: 'a search shows its rows', ours: most.search, unit: 'ms', ...beside(few.search) },
    { what: 'frame while scrolling, median', ours: median(most.frames), unit: 'ms', ...beside(median(few.frames)) },
    {
      what: 'frame while scrolling, 99 %',
      ours: quantile(most.frames, 0.99),
      unit: 'ms',
      ...beside(quantile(few.frames, 0.99)),
    },
    { what: 'heap of the page', ours: most.heap / 1e6, unit: 'MB', ...beside(few.heap / 1e6) },
  ];
  const line = (name: string, of: (measured: Measured) => number) => ({
    name,
    points: all.map((measured): [number, number] => [measured.files, of(measured)]),
  });
  const plots: Plot[] = [
    {
      kind: 'lines',
      log: true,
      name: 'status-page-time',
      title: 'The status page with more files',
      xLabel: 'files',
      yLabel: 'ms',
      series: [line('first row', ({ firstRow }) => firstRow), line('search', ({ search }) => search)],
    },
  ];
  return {
    title: `Status page: what do ${most.files.toLocaleString('en')} files and ${REQUESTS.toLocaleString('en')} transfers cost it?`,
    goal: 'The page is as quick with many files as with few.',
    rows,
    plots,
    notes: ['Headless Chromium draws without a screen: a frame is one turn of requestAnimationFrame.'],
  };
});

async function measure(files: number, rounds: number): Promise<Measured> {
  await using home = await startHome();
  await home.kill();
  fillHome(home.dir, { files, requests: REQUESTS });
  await home.start();
  await using browser = await browserOf('chromium', home.dir);
  const page = browser.firstRun;
  const url = new URL('../status/index.html', page.url()).href;
  const first: number[] = [];
  for (let round = 0; round < rounds; round++) first.push(await openFiles(page, url));
  const frames = await scroll(page);
  const search = await searchFor(page, `film ${files - 1} with`);
  const { JSHeapUsedSize = 0 } = await page.metrics();
  return { files, firstRow: median(first), search, frames, heap: JSHeapUsedSize };
}

async function openFiles(page: Page, url: string): Promise<number> {
  await page.goto('about:blank');
  await page.goto(`${url}#files`);
  const seen = await page.waitForFunction(() => {
    const row = document.querySelector('[aria-rowindex="2"] .file-name');
    return row ? performance.now() : undefined;
  });
  return (await seen.jsonValue()) ?? Number.NaN;
}

function scroll(page: Page): Promise<number[]> {
  return page.evaluate(
    async (step, count) => {
      const grid = document.querySelector('[role=grid]');
      const frame = () => new Promise<number>(requestAnimationFrame);
      const frames: number[] = [];
      let before = await frame();
      for (let at = 0; at < count && grid; at++) {
        grid.scrollTop += step;
        const now = await frame();
        frames.push(now - before);
        before = now;
      }
      return frames;
    },
    FAST,
    FRAMES,
  );
}

async function searchFor(page: Page, text: string): Promise<number> {
  const all = await page.$eval('[role=grid]', grid => grid.getAttribute('aria-rowcount') ?? '');
  const started = performance.now();
  await page.evaluate(words => {
    const field = document.querySelector<HTMLInputElement>('input[type=search]')!;
    field.value = words;
    field.dispatchEvent(new Event('input', { bubbles: true }));
  }, text);
  const fewer = (all: string) => document.querySelector('[role=grid]')?.getAttribute('aria-rowcount') !== all;
  await page.waitForFunction(fewer, { polling: 10, timeout: 30_000 }, all);
  return performance.now() - started;
}
