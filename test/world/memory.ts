/** What a daemon and its engine take of the machine's memory, file handles and sockets (Linux). */

import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { median } from '../../bench/rounds.ts';
import { residentBytes } from './load.ts';

/** The process and all that it started, the oldest first. */
export async function processesOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '');
  const below = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(processesOf));
  return [pid, ...below.flat()];
}

/** bytes resident, of the process and all that it started */
export async function residentBytesOfAll(pid: number): Promise<number> {
  const sizes = await Promise.all((await processesOf(pid)).map(each => residentBytes(each).catch(() => 0)));
  return sizes.reduce((sum, size) => sum + (size || 0), 0);
}

/** open file handles, of the process and all that it started */
export async function openHandles(pid: number): Promise<number> {
  const all = await processesOf(pid);
  const lists = await Promise.all(all.map(each => readdir(`/proc/${each}/fd`).catch(() => [])));
  return lists.flat().length;
}

export interface MemorySample {
  /** since the watch began */
  seconds: number;
  bytes: number;
}

/** Looks at the memory of the process and all that it started every `everyMs`, until it is ended. */
export function watchMemory(pid: number, everyMs: number): { end(): Promise<MemorySample[]> } {
  const samples: MemorySample[] = [];
  const begun = performance.now();
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      samples.push({ seconds: (performance.now() - begun) / 1000, bytes: await residentBytesOfAll(pid) });
      await delay(everyMs, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return {
    async end() {
      ended.abort();
      await watching;
      return samples;
    },
  };
}

/**
 * How much the line through the samples after `settledSeconds` (least squares) rises from the first of them to the last, as a
 * share of where it begins: 0.1 is a tenth. A slow leak shows here, and single peaks hardly.
 */
export function riseOf(samples: readonly MemorySample[], settledSeconds: number): number {
  const settled = samples.filter(({ seconds }) => seconds >= settledSeconds);
  const mean = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middle, level] = [mean(settled.map(({ seconds }) => seconds)), mean(settled.map(({ bytes }) => bytes))];
  const over = mean(settled.map(({ seconds, bytes }) => (seconds - middle) * (bytes - level)));
  const slope = over / mean(settled.map(({ seconds }) => (seconds - middle) ** 2));
  const [first, last] = [settled[0]?.seconds ?? Number.NaN, settled.at(-1)?.seconds ?? Number.NaN];
  return (slope * (last - first)) / (level + slope * (first - middle));
}

/** How much more the second half of the time after `settledSeconds` took than the first (medians): 0.1 is a tenth. */
export function growthOf(samples: readonly MemorySample[], settledSeconds: number): number {
  const settled = samples.filter(({ seconds }) => seconds >= settledSeconds).map(({ bytes }) => bytes);
  const half = Math.floor(settled.length / 2);
  return median(settled.slice(half)) / median(settled.slice(0, half)) - 1;
}
