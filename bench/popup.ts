/** The popup over a daemon with transfers: what its scripts weigh, how soon something is painted, and how soon it says how things are. */

import { gzipSync } from 'node:zlib';
import { builtFile } from '../test/extension/ui/pages.ts';
import { buildExtension, type TestBrowser } from '../test/support/browsers.ts';
import { fillHome } from '../test/world/full-home.ts';
import { startHome } from '../test/world/home.ts';
import { browserOf } from '../test/world/visitor.ts';
import { type Row, runBench } from './report.ts';
import { curve, median, quantile } from './rounds.ts';

const FILES = 1_000;
const REQUESTS = 20;
const OPENINGS = { full: 20, quick: 3 };
const GOAL = { paintMs: 100, scriptBytes: 30 * 1024 };

/** ms from the start of the navigation */
interface Opening {
  paint: number;
  state: number;
}

await runBench(import.meta, async ({ quick }) => {
  buildExtension();
  const { seen, scriptBytes } = await measure(OPENINGS[quick ? 'quick' : 'full']);
  const over = (of: keyof Opening) => curve(seen.map(each => each[of]));
  return {
    title: 'Popup: how soon is it there?',
    goal: 'Its scripts weigh at most 30 KB, compressed by gzip, and something is painted within 100 ms.',
    rows: rowsOf(seen, scriptBytes),
    plots: [
      {
        kind: 'lines',
        name: 'popup',
        title: 'From the navigation to something painted, and to how things are',
        xLabel: 'share of the openings, %',
        yLabel: 'ms',
        series: [
          { name: 'first paint', points: over('paint') },
          { name: 'how things are', points: over('state') },
        ],
        mark: { label: 'goal of the first paint (median)', value: GOAL.paintMs },
      },
    ],
    notes: [
      `A home of ${FILES.toLocaleString('en')} files and ${REQUESTS} transfers. The popup's page is opened in a new tab each time, by headless Chromium (no driver opens a page of the extension in Firefox): what the browser takes to show its own window of a popup is not in it.`,
    ],
  };
});

async function measure(openings: number): Promise<{ seen: Opening[]; scriptBytes: number }> {
  await using home = await startHome();
  await home.kill();
  fillHome(home.dir, { files: FILES, requests: REQUESTS });
  await home.start();
  await using browser = await browserOf('chromium', home.dir);
  const url = await browser.firstRun.evaluate(() => new URL('../popup/index.html', location.href).href);
  const { scripts } = await open(browser, url);
  const seen: Opening[] = [];
  for (let opening = 0; opening < openings; opening++) seen.push(await open(browser, url));
  return { seen, scriptBytes: await weightOf(scripts) };
}

function rowsOf(seen: readonly Opening[], scriptBytes: number): Row[] {
  const row = (what: string, of: keyof Opening, atMost?: number): Row => ({
    what: `${what}, median`,
    ours: median(seen.map(each => each[of])),
    unit: 'ms',
    ...(atMost !== undefined && { goal: { atMost } }),
  });
  return [
    { what: 'scripts', ours: scriptBytes, unit: 'bytes', goal: { atMost: GOAL.scriptBytes } },
    row('first paint', 'paint', GOAL.paintMs),
    {
      what: 'first paint, 9 of 10',
      ours: quantile(
        seen.map(each => each.paint),
        0.9,
      ),
      unit: 'ms',
    },
    row('how things are', 'state'),
  ];
}

/** Opens it, and closes it again; `scripts`: the paths of those that it loaded. */
async function open(browser: TestBrowser, url: string): Promise<Opening & { scripts: string[] }> {
  const page = await browser.open(url);
  try {
    const state = await page.waitForFunction(() => {
      const [paint] = performance.getEntriesByName('first-contentful-paint');
      return paint && document.querySelector('#root h1') ? performance.now() : undefined;
    });
    return await page.evaluate(
      now => ({
        state: now ?? Number.NaN,
        paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Number.NaN,
        scripts: [
          ...document.querySelectorAll<HTMLScriptElement | HTMLLinkElement>('script[src], link[rel=modulepreload]'),
        ].map(each => new URL('src' in each ? each.src : each.href).pathname),
      }),
      await state.jsonValue(),
    );
  } finally {
    await page.close();
  }
}

/** bytes of all of them, each compressed by itself */
async function weightOf(scripts: readonly string[]): Promise<number> {
  const weights = await Promise.all(scripts.map(async path => gzipSync(await builtFile(path.slice(1))).length));
  return weights.reduce((sum, weight) => sum + weight, 0);
}
