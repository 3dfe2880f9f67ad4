/** How fast is hashing a library, beside the programs that only compute SHA-1? By size of file, and by number; by hasher and daemon. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Hasher, Log } from '../host/core/ports.ts';
import { createHasher } from '../host/library/hasher.ts';
import { forEachOf } from '../host/library/limit.ts';
import { type Question, type Row, rounded, runBench } from './report.ts';
import { inTurn, seconds } from './rounds.ts';
import { JUST_WRITTEN, OLD, scanByDaemon } from './scan/by-daemon.ts';

const MIB = 2 ** 20;
const SMALL = 200 * 1024;
/** as many as a scan has in its pipeline */
const IN_FLIGHT = 256;
const never = new AbortController().signal;
const log: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => log };

/** GB/s of file, for so many bytes or files */
interface Sample {
  of: number;
  /** the hasher alone */
  hasher: number;
  /** from folder.add to the end of folder.wait */
  daemon: number;
  peer: number;
}
/** s that a daemon takes longer for files that were written a moment ago */
interface Settling {
  big: number;
  small: number;
}

await runBench(import.meta, async ({ quick }) => {
  const directory = mkdtempSync(join(tmpdir(), 'lsd-bench-scan-'));
  const hasher = createHasher({ log });
  try {
    const big: Sample[] = [];
    for (const size of quick ? [64] : [1, 4, 16, 64, 256, 1024]) {
      const path = await oneFile(directory, size);
      const openssl = () => run('openssl', ['dgst', '-sha1', path]);
      const took = await measure(quick, {
        hasher: () => hasher.hashFile(path, never),
        daemon: dirname(path),
        // Each reads the whole file: what the two cores can do.
        peer: () => Promise.all([openssl(), openssl()]),
      });
      big.push(sample(size, size * MIB, took));
    }
    const small: Sample[] = [];
    for (const files of quick ? [1000] : [500, 1000, 2000, 5000]) {
      const { folder, names } = manyFiles(directory, files);
      const took = await measure(quick, {
        hasher: () => hashAll(hasher, folder, names),
        daemon: folder,
        peer: () => run('sha1sum', names, folder),
      });
      small.push(sample(files, files * SMALL, took));
    }
    // Four daemons more, which a look at it all does without.
    const settling = quick
      ? undefined
      : {
          big: await settlingOf(oneFolder(directory, big.at(-1)!.of)),
          small: await settlingOf(manyFolder(directory, small.at(-1)!.of)),
        };
    return question(big, small, settling);
  } finally {
    await hasher.close();
    rmSync(directory, { recursive: true });
  }
});

function oneFolder(directory: string, mib: number): string {
  return join(directory, `one of ${mib} MiB`);
}

function manyFolder(directory: string, files: number): string {
  return join(directory, `${files} files`);
}

/** Its path, in a folder of its own. */
async function oneFile(directory: string, mib: number): Promise<string> {
  const folder = oneFolder(directory, mib);
  mkdirSync(folder);
  const path = join(folder, 'one');
  const file = await open(path, 'w');
  const block = Buffer.alloc(
    MIB,
    Uint8Array.from({ length: 251 }, (_, at) => at),
  );
  for (let written = 0; written < mib; written++) await file.write(block);
  await file.close();
  return path;
}

function manyFiles(directory: string, files: number): { folder: string; names: string[] } {
  const folder = manyFolder(directory, files);
  mkdirSync(folder);
  const names = Array.from({ length: files }, (_, n) => `${n}`);
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(SMALL, `file ${name} `));
  return { folder, names };
}

function hashAll(hasher: Hasher, folder: string, names: readonly string[]): Promise<void> {
  async function* paths() {
    for (const name of names) yield join(folder, name);
  }
  return forEachOf(paths(), IN_FLIGHT, async path => {
    await hasher.hashFile(path, never, { urgency: 'scan', size: SMALL });
  });
}

interface Measures {
  hasher(): Promise<unknown>;
  /** the folder that it is told of */
  daemon: string;
  peer(): Promise<unknown>;
}

/** s of each */
function measure(quick: boolean, { hasher, daemon, peer }: Measures): Promise<Record<keyof Measures, number>> {
  return inTurn(
    quick ? 1 : 5,
    { hasher: () => seconds(hasher), daemon: () => scanByDaemon(daemon, OLD), peer: () => seconds(peer) },
    { warmUp: !quick },
  );
}

function sample(of: number, bytes: number, took: Record<keyof Measures, number>): Sample {
  const rate = (each: number) => bytes / each / 1e9;
  return { of, hasher: rate(took.hasher), daemon: rate(took.daemon), peer: rate(took.peer) };
}

async function settlingOf(folder: string): Promise<number> {
  const { old, young } = await inTurn(3, {
    old: () => scanByDaemon(folder, OLD),
    young: () => scanByDaemon(folder, JUST_WRITTEN),
  });
  return young - old;
}

async function run(command: string, args: string[], cwd?: string): Promise<void> {
  const child = spawn(command, args, { stdio: 'ignore', ...(cwd !== undefined && { cwd }) });
  const [code] = await once(child, 'exit');
  if (code !== 0) throw new Error(`${command} ended with ${code}`);
}

function question(big: Sample[], small: Sample[], settling: Settling | undefined): Question {
  const [largest, most] = [big.at(-1)!, small.at(-1)!];
  const lines = (samples: Sample[], peer: string) => [
    { name: 'hasher (id and pieces)', points: samples.map(each => [each.of, each.hasher] as const) },
    { name: 'daemon', points: samples.map(each => [each.of, each.daemon] as const) },
    { name: peer, points: samples.map(each => [each.of, each.peer] as const) },
  ];
  const rows = (what: string, { hasher, daemon, peer }: Sample, name: string, ratioAtLeast: number): Row[] => {
    const beside = { unit: 'GB/s', peer: { name, value: peer }, goal: { ratioAtLeast } };
    return [
      { what: `${what}: the hasher alone`, ours: hasher, ...beside },
      { what: `${what}: a daemon`, ours: daemon, ...beside },
    ];
  };
  const axes = { kind: 'lines', log: true, yLabel: 'GB of file a second' } as const;
  return {
    title: 'Scan: how fast is a library hashed?',
    goal: 'Id and pieces in one read keep both cores busy: 0.95 of two openssl that read the file at once; small files at 1.5 times sha1sum.',
    rows: [
      ...rows(`one file of ${largest.of} MiB`, largest, 'two openssl at once', 0.95),
      ...rows(`${most.of.toLocaleString('en')} files of 200 KiB`, most, 'sha1sum', 1.5),
    ],
    plots: [
      {
        ...axes,
        name: 'scan-size',
        title: 'Hashing one file, by its size',
        xLabel: 'MiB',
        series: lines(big, 'two openssl at once'),
      },
      {
        ...axes,
        name: 'scan-files',
        title: 'Hashing files of 200 KiB, by their number',
        xLabel: 'files',
        series: lines(small, 'sha1sum'),
      },
    ],
    notes: [
      'Bytes are in the page cache. GB/s is the size of the file, once, over the time; the time of the two openssl is that of the slower.',
      'A daemon: all of the time from folder.add to the end of folder.wait, by one that was started for it and came to rest: the look at the folder, the start of the hash workers and the catalogue are in it. Compiled code is in its cache, as after any earlier run that ended in order. The files were last written to an hour ago.',
      ...(settling
        ? [
            `Files that were written a moment ago are waited for until they are still (size and date the same twice): in the same way that takes a daemon ${rounded(settling.big)} s more for the one file, and ${rounded(settling.small)} s for the ${most.of.toLocaleString('en')}.`,
          ]
        : []),
    ],
  };
}
