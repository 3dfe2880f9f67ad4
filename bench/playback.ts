/** Playing on public pages: how fast the ways are that need no permission, how soon they show a picture, and what a fresh visitor does. */

import type { Page } from 'puppeteer-core';
import { BROWSERS, type BrowserName, eventually, type TestBrowser } from '../test/support/browsers.ts';
import { grantWindow } from '../test/world/visitor.ts';
import { openSite, openStage, type Stage } from './playback/stage.ts';
import type { Plot } from './plot.ts';
import { type Row, runBench } from './report.ts';

declare global {
  interface Window {
    /** of the page: ms from the click to the first picture, and by which way */
    firstFrame?: number;
    way?: string;
  }
}

interface Played {
  seconds: number;
  way: string;
  page: Page;
}

/** Presses the page's button, and waits for the first picture. */
async function press(stage: Stage, tested: TestBrowser): Promise<Played> {
  const page = await openSite(stage, tested);
  await page.bringToFront();
  await page.click('button');
  await eventually(
    () => page.evaluate(() => window.firstFrame !== undefined && window.way !== undefined),
    'the picture',
  );
  const [ms = 0, way = ''] = await page.evaluate(() => [window.firstFrame, window.way] as const);
  return { seconds: ms / 1000, way, page };
}

/** Bytes a second of the whole film by `fetch`, in this document. */
function fetched(frame: Pick<Page, 'evaluate'>, url: string): Promise<number> {
  return frame.evaluate(async address => {
    const start = performance.now();
    let bytes = 0;
    const reader = (await fetch(address, { cache: 'no-store' })).body!.getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) bytes += read.value.length;
    return bytes / ((performance.now() - start) / 1000);
  }, url);
}

/** Bytes a second from the press until what is buffered ahead is full: read, carried, made into fragments, taken. */
async function streamed(page: Page, bytesPerSecond: number): Promise<number> {
  return page.evaluate(async rate => {
    const video = document.querySelector('video')!;
    video.pause();
    const start = performance.now();
    video.currentTime = 30;
    const ahead = () => (video.buffered.length > 0 ? video.buffered.end(video.buffered.length - 1) - 30 : 0);
    while (ahead() < 19 && performance.now() - start < 30_000) await new Promise(resolve => setTimeout(resolve, 5));
    return (ahead() * rate) / ((performance.now() - start) / 1000);
  }, bytesPerSecond);
}

async function speeds(stage: Stage, name: BrowserName, rows: Row[], bytesPerSecond: number): Promise<void> {
  await using tested = await stage.browse(name);
  const free = await press(stage, tested);
  const url = await free.page.evaluate(id => window.lsd!.url(id), stage.film.id);
  const player = free.page.frames().find(frame => frame.url().includes('/player/'));
  const source = await player?.evaluate(() => document.querySelector('video')!.src);
  const ways = player && source ? await fetched(player, source) : await streamed(free.page, bytesPerSecond);
  await free.page.close();

  await stage.allowLoopback(tested);
  const direct = await press(stage, tested);
  const peer = { name: 'direct URL', value: (await fetched(direct.page, url.replace(/\?.*/, ''))) / 1e6 };
  await direct.page.close();
  rows.push(
    { what: `${name}: bytes by ${free.way}`, ours: ways / 1e6, unit: 'MB/s', peer },
    {
      what: `${name}: first picture by ${free.way}`,
      ours: free.seconds,
      unit: 's',
      peer: { name: direct.way, value: direct.seconds },
    },
  );
}

/** A visitor who has just installed everything: what has to be clicked, and how long it takes when nobody reads. */
async function visit(stage: Stage, name: BrowserName): Promise<{ clicks: number; seconds: number }> {
  await using tested = await stage.browse(name);
  let clicks = 0;
  const click = async (page: Page, selector: string) => {
    await page.bringToFront();
    await page.waitForSelector(selector);
    await page.click(selector);
    clicks += 1;
  };
  await eventually(async () => ((await tested.ui('link')) as { state: string }).state === 'connected', 'the link');
  const start = performance.now();
  await tested.firstRun.waitForSelector('input[name=visibility]');
  const [, all] = await tested.firstRun.$$('input[name=visibility]');
  await all?.click();
  clicks += 1;
  const seen = async () => ((await tested.ui('visibility')) as { mode: string }).mode === 'all';
  await eventually(seen, 'the choice');
  const page = await eventually(async () => {
    const visited = await tested.open(`${stage.origin}/`);
    if (await visited.evaluate(() => 'lsd' in window)) return visited;
    await visited.close();
    return undefined;
  }, 'window.lsd');
  await page.evaluate(() => void dispatchEvent(new Event('visit')));
  const prompt = await grantWindow(tested);
  await click(prompt, 'fieldset input[type=checkbox]');
  await click(prompt, '.answers button.primary:not([disabled])');
  await page.bringToFront();
  const plays = () => page.evaluate(() => document.querySelector('video')!.currentTime > 0);
  await eventually(plays, 'the film', 20_000).catch(async thrown => {
    throw new Error(`no film: ${await page.evaluate(() => window.way)}`, { cause: thrown });
  });
  return { clicks, seconds: (performance.now() - start) / 1000 };
}

await runBench(import.meta, async ({ quick }) => {
  const kilobits = quick ? 2_500 : 20_000;
  await using stage = await openStage(60, kilobits);
  const rows: Row[] = [];
  const missed: string[] = [];
  for (const name of quick ? BROWSERS.slice(0, 1) : BROWSERS) {
    try {
      const { clicks, seconds } = await visit(stage, name);
      rows.push(
        { what: `${name}, fresh profile: trusted clicks to a film`, ours: clicks, unit: 'clicks', goal: { atMost: 3 } },
        { what: `${name}, fresh profile: seconds to a film`, ours: seconds, unit: 's', goal: { atMost: 20 } },
      );
    } catch (thrown) {
      missed.push(
        ...['trusted clicks', 'seconds'].map(goal => `${name}, fresh profile: ${goal} to a film (${thrown})`),
      );
    }
    await stage.revoke();
  }
  await stage.grant();
  for (const name of quick ? BROWSERS.slice(0, 1) : BROWSERS) await speeds(stage, name, rows, (kilobits * 1000) / 8);
  return {
    title: 'Playback: what does a public page pay for not being allowed to load from this machine?',
    goal: 'From a fresh profile on a public https page without the loopback permission: 3 trusted clicks and 20 s to a playing film. The ways that need no permission, beside the direct URL.',
    rows,
    plots: [
      barsOf(rows, 'playback-speed', 'The same film by the ways that need no permission, and directly', {
        unit: 'MB/s',
        yLabel: 'MB a second',
      }),
      barsOf(rows, 'playback-start', 'From the click to the first picture', { unit: 's', yLabel: 'seconds' }),
    ],
    notMeasured: missed,
    notes: [
      'The clicks: "all sites" at the first run, the film’s folder and "Allow" in the grant window; the page asks for the grant and plays by itself.',
      'Firefox: the way without permission is counted until 19 s of film are buffered, so it carries the making of fragments too; the direct URL is a plain fetch.',
    ],
  };
});

function barsOf(rows: Row[], name: string, title: string, { unit, yLabel }: { unit: string; yLabel: string }): Plot {
  return {
    kind: 'bars',
    name,
    title,
    xLabel: 'browser and way',
    yLabel,
    series: [
      { name: 'without permission', points: pointsOf(rows, unit, row => row.ours) },
      { name: 'direct', points: pointsOf(rows, unit, row => row.peer?.value ?? 0) },
    ],
  };
}

function pointsOf(rows: Row[], unit: string, value: (row: Row) => number): [string, number][] {
  return rows
    .filter(row => row.unit === unit && row.peer)
    .map(row => [row.what.replace(/: (bytes|first picture) by /, ', '), value(row)]);
}
