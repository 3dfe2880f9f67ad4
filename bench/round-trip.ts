/**
 * How long a page waits for the daemon: `lsd.status({id})` from a page in Chromium and Firefox, through the extension and
 * the native host. The daemon is the real one, with a home of its own; `--double` takes a host that answers at once, which
 * leaves the browsers' share.
 */

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type {} from '../extension/page/lsd.d.ts';
import {
  BROWSERS,
  type BrowserName,
  buildExtension,
  doubleHost,
  eventually,
  launchBrowser,
  RUNTIME,
} from '../test/support/browsers.ts';
import { startTestSite } from '../test/support/test-site.ts';
import { runBench } from './report.ts';
import { quantile } from './rounds.ts';

const WARM_UP = 50;
/** below what the extension allows an origin in one burst */
const CALLS = 500;
const GOAL_MS = { chromium: 2, firefox: 4 } as const;
const PROGRAM = fileURLToPath(new URL('../bin/letsshare.mjs', import.meta.url));

interface Measured {
  browser: BrowserName;
  medianMs: number;
  p95Ms: number;
}

/** Runs in the page. */
async function measure(warmUp: number, calls: number): Promise<number[]> {
  const id = 'a'.repeat(40);
  const times: number[] = [];
  for (let call = 0; call < warmUp + calls; call++) {
    const start = performance.now();
    await window.lsd!.status({ id });
    if (call >= warmUp) times.push(performance.now() - start);
  }
  return times;
}

async function roundTrip(browser: BrowserName, host: 'daemon' | 'double', calls: number): Promise<Measured> {
  await using site = await startTestSite({ '/': '<!doctype html><title>site</title>' });
  const home = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  const letsshare = (...args: string[]) =>
    execFileSync(RUNTIME, [PROGRAM, ...args, '--home', home], { stdio: 'ignore' });
  const command = [RUNTIME, PROGRAM, 'connect', '--home', home];
  try {
    await using tested = await launchBrowser(browser, {
      host: host === 'double' ? doubleHost('normal', [site.origin()]) : command,
    });
    await eventually(async () => {
      const link = await tested.ui('link');
      return typeof link === 'object' && link !== null && 'state' in link && link.state === 'connected';
    }, 'the connection');
    if (host === 'daemon') letsshare('site', 'add', site.origin(), '--lan');
    const page = await tested.open(`${site.origin()}/`);
    const times = await page.evaluate(measure, WARM_UP, calls);
    return { browser, medianMs: quantile(times, 0.5), p95Ms: quantile(times, 0.95) };
  } finally {
    if (host === 'daemon') letsshare('stop');
    await rm(home, { recursive: true, force: true });
  }
}

await runBench(import.meta, async ({ quick }) => {
  buildExtension();
  const host = process.argv.includes('--double') ? 'double' : 'daemon';
  const results: Measured[] = [];
  for (const browser of quick ? BROWSERS.slice(0, 1) : BROWSERS)
    results.push(await roundTrip(browser, host, quick ? 100 : CALLS));
  return {
    title: 'Round trip: how long does a page wait for the daemon?',
    goal: '`lsd.status({id})` from page to extension to native host to daemon and back: median 2 ms in Chromium, 4 ms in Firefox.',
    rows: results.flatMap(({ browser, medianMs, p95Ms }) => [
      { what: `${browser}, median`, ours: medianMs, unit: 'ms', goal: { atMost: GOAL_MS[browser] } },
      { what: `${browser}, 95 of 100 calls`, ours: p95Ms, unit: 'ms' },
    ]),
    plots: [
      {
        kind: 'bars',
        name: 'round-trip',
        title: 'A call from a page to the daemon and back',
        xLabel: 'browser',
        yLabel: 'ms',
        series: [
          { name: 'median', points: results.map(each => [each.browser, each.medianMs]) },
          { name: '95 of 100 calls', points: results.map(each => [each.browser, each.p95Ms]) },
          { name: 'goal for the median', points: results.map(each => [each.browser, GOAL_MS[each.browser]]) },
        ],
      },
    ],
  };
});
