/** How fast is hashing a library, beside the programs that only compute SHA-1? By size of file, and by number. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hasher, Log } from '../host/core/ports.ts';
import { createHasher } from '../host/library/hasher.ts';
import { forEachOf } from '../host/library/limit.ts';
import { type Question, runBench } from './report.ts';
import { inTurn, seconds } from './rounds.ts';

const MIB = 2 ** 20;
const SMALL = 200 * 1024;
/** as many as a scan has in its pipeline */
const IN_FLIGHT = 256;
const log: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => log };

/** GB/s of file, for so many bytes or files */
interface Sample {
  of: number;
  ours: number;
  peer: number;
}

await runBench(import.meta, async ({ quick }) => {
  const directory = mkdtempSync(join(tmpdir(), 'lsd-bench-scan-'));
  const hasher = createHasher({ log });
  try {
    const big: Sample[] = [];
    for (const size of quick ? [4, 64] : [1, 4, 16, 64, 256, 1024])
      big.push(await oneFile(hasher, directory, size, quick));
    const small: Sample[] = [];
    for (const files of quick ? [200, 1000] : [500, 1000, 2000, 5000]) {
      small.push(await manyFiles(hasher, directory, files, quick));
    }
    return question(big, small);
  } finally {
    await hasher.close();
    rmSync(directory, { recursive: true });
  }
});

/** Beside two programs that read the whole file each: what the two cores can do. */
async function oneFile(hasher: Hasher, directory: string, mib: number, quick: boolean): Promise<Sample> {
  const path = join(directory, 'one');
  const file = await open(path, 'w');
  const block = Buffer.alloc(
    MIB,
    Uint8Array.from({ length: 251 }, (_, at) => at),
  );
  for (let written = 0; written < mib; written++) await file.write(block);
  await file.close();
  const openssl = () => run('openssl', ['dgst', '-sha1', path]);
  const took = await measure(quick, {
    ours: () => hasher.hashFile(path, new AbortController().signal),
    peer: () => Promise.all([openssl(), openssl()]),
  });
  return { of: mib, ours: (mib * MIB) / took.ours / 1e9, peer: (mib * MIB) / took.peer / 1e9 };
}

async function manyFiles(hasher: Hasher, directory: string, files: number, quick: boolean): Promise<Sample> {
  const folder = join(directory, `small ${files}`);
  mkdirSync(folder);
  const names = Array.from({ length: files }, (_, n) => `${n}`);
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(SMALL, `file ${name} `));
  const never = new AbortController().signal;
  async function* paths() {
    for (const name of names) yield join(folder, name);
  }
  const took = await measure(quick, {
    ours: () =>
      forEachOf(paths(), IN_FLIGHT, async path => {
        await hasher.hashFile(path, never, { urgency: 'scan', size: SMALL });
      }),
    peer: () => run('sha1sum', names, folder),
  });
  rmSync(folder, { recursive: true });
  return { of: files, ours: (files * SMALL) / took.ours / 1e9, peer: (files * SMALL) / took.peer / 1e9 };
}

function measure(quick: boolean, work: Record<'ours' | 'peer', () => Promise<unknown>>) {
  const rounds = quick ? 1 : 5;
  return inTurn(rounds, { ours: () => seconds(work.ours), peer: () => seconds(work.peer) }, { warmUp: true });
}

async function run(command: string, args: string[], cwd?: string): Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore', ...(cwd !== undefined && { cwd }) });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

function question(big: Sample[], small: Sample[]): Question {
  const [largest, most] = [big.at(-1)!, small.at(-1)!];
  const lines = (samples: Sample[], peer: string) => [
    { name: 'lets-share-data (id and pieces)', points: samples.map(({ of, ours }) => [of, ours] as const) },
    { name: peer, points: samples.map(each => [each.of, each.peer] as const) },
  ];
  return {
    title: 'Scan: how fast is a library hashed?',
    goal: 'Id and pieces in one read keep both cores busy: 0.95 of two openssl that read the file at once; small files at 1.5 times sha1sum.',
    rows: [
      {
        what: `one file of ${largest.of} MiB`,
        ours: largest.ours,
        unit: 'GB/s',
        peer: { name: 'two openssl at once', value: largest.peer },
        goal: { ratioAtLeast: 0.95 },
      },
      {
        what: `${most.of.toLocaleString('en')} files of 200 KiB`,
        ours: most.ours,
        unit: 'GB/s',
        peer: { name: 'sha1sum', value: most.peer },
        goal: { ratioAtLeast: 1.5 },
      },
    ],
    plots: [
      {
        kind: 'lines',
        log: true,
        name: 'scan-size',
        title: 'Hashing one file, by its size',
        xLabel: 'MiB',
        yLabel: 'GB of file a second',
        series: lines(big, 'two openssl at once'),
      },
      {
        kind: 'lines',
        log: true,
        name: 'scan-files',
        title: 'Hashing files of 200 KiB, by their number',
        xLabel: 'files',
        yLabel: 'GB of file a second',
        series: lines(small, 'sha1sum'),
      },
    ],
    notes: [
      'Bytes are in the page cache. GB/s is the size of the file, once, over the time; the time of the two openssl is that of the slower.',
    ],
  };
}
