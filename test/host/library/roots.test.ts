/** What is still to be looked at in a root: what a failed scan leaves, and what goes on waiting. */

import { getEventListeners } from 'node:events';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { createRoots, type Root, type Roots } from '../../../host/library/roots.ts';
import type { ScanRequest, ScanResult } from '../../../host/library/scan.ts';
import { quiet } from './world.ts';

const ROOT = '/films';
const RESTLESS_MS = 30_000;
const never = new AbortController().signal;

beforeEach(() => {
  vi.useFakeTimers();
  onTestFinished(() => void vi.useRealTimers());
});

interface Watched {
  roots: Roots;
  root: Root;
  requests: ScanRequest[];
  /** what scans do from now on */
  scan: () => ScanResult;
}

/** One root, scanned once. */
async function watched(): Promise<Watched> {
  const known: Root[] = [];
  const requests: ScanRequest[] = [];
  const roots = createRoots({
    log: quiet,
    restlessMs: RESTLESS_MS,
    watch: async root => void known.push(root),
    scan: async request => {
      requests.push(request);
      return one.scan();
    },
  });
  await roots.set([ROOT]);
  const one = { roots, root: known[0]!, requests, scan: () => ({ restless: [] as string[] }) };
  await roots.idle(ROOT, never);
  requests.length = 0;
  return one;
}

function failing(): never {
  throw new Error('database or disk is full');
}

it('a confirmation outlives a scan that fails, and no scan that does not', async () => {
  const one = await watched();
  const { scan } = one;
  one.scan = failing;
  one.roots.look([ROOT], { confirmed: 7 });
  await one.roots.idle(ROOT, never);
  one.scan = scan;
  await vi.advanceTimersByTimeAsync(RESTLESS_MS);
  one.roots.look([ROOT]);
  await one.roots.idle(ROOT, never);
  expect(one.requests.map(({ confirmed }) => [...confirmed])).toEqual([[7], [7], []]);
});

it('waits with a timer for each look that is to come, and with nothing for those that were', async () => {
  const one = await watched();
  one.scan = () => ({ restless: [`${ROOT}/growing.mkv`] });
  one.roots.look([ROOT]);
  for (let looks = 0; looks < 5; looks++) await vi.advanceTimersByTimeAsync(RESTLESS_MS);
  expect(one.requests).toHaveLength(6);
  expect(vi.getTimerCount()).toBe(1);
  expect(getEventListeners(one.root.signal, 'abort')).toHaveLength(0);
  await one.roots.close();
  expect(vi.getTimerCount()).toBe(0);
});
