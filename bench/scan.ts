/** How fast is hashing a library, next to the programs that only compute SHA-1? `node bench/scan.ts [--json]` */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Hasher, Log } from '../host/core/ports.ts';
import { createHasher } from '../host/library/hasher.ts';

const BIG = 1 << 30;
const SMALL = { files: 5000, size: 200 * 1024 };
const ROUNDS = 3;

interface Row {
  what: string;
  /** of file, a second; the median of the rounds */
  gigabytesPerSecond: number;
  /** over the program that only computes SHA-1 of the same bytes, in the same run */
  ratio: number;
  peer: string;
}

const { values: options } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const log: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => log };
const directory = mkdtempSync(join(tmpdir(), 'lsd-bench-scan-'));
const hasher = createHasher({ log });
try {
  const rows = [await big(hasher), await small(hasher)];
  if (options.json) console.log(JSON.stringify({ cores: availableParallelism(), rounds: ROUNDS, rows }));
  else console.table(rows);
} finally {
  await hasher.close();
  rmSync(directory, { recursive: true });
}

async function big(hasher: Hasher): Promise<Row> {
  const path = join(directory, 'big');
  const file = await open(path, 'w');
  const block = Buffer.alloc(
    1 << 24,
    Uint8Array.from({ length: 251 }, (_, at) => at),
  );
  for (let at = 0; at < BIG; at += block.length) await file.write(block);
  await file.close();
  return compare('one file of 1 GiB: id and pieces', BIG, 'openssl dgst -sha1', {
    ours: () => hasher.hashFile(path, new AbortController().signal),
    peer: () => execFileSync('openssl', ['dgst', '-sha1', path]),
  });
}

async function small(hasher: Hasher): Promise<Row> {
  const folder = join(directory, 'small');
  mkdirSync(folder);
  for (let n = 0; n < SMALL.files; n++) writeFileSync(join(folder, `${n}`), Buffer.alloc(SMALL.size, `file ${n} `));
  const names = readdirSync(folder);
  const never = new AbortController().signal;
  return compare('5,000 files of 200 KiB: id and pieces', SMALL.files * SMALL.size, 'sha1sum', {
    ours: () => Promise.all(names.map(name => hasher.hashFile(join(folder, name), never))),
    peer: () => execFileSync('sha1sum', names, { cwd: folder, maxBuffer: 1 << 24 }),
  });
}

/** Both in turn, so that what else the machine does falls on both; the first round fills the page cache and is not counted. */
async function compare(
  what: string,
  bytes: number,
  peer: string,
  run: { ours(): Promise<unknown>; peer(): unknown },
): Promise<Row> {
  const [ours, theirs]: [number[], number[]] = [[], []];
  for (let round = 0; round <= ROUNDS; round++) {
    const a = await seconds(run.ours);
    const b = await seconds(run.peer);
    if (round === 0) continue;
    ours.push(a);
    theirs.push(b);
  }
  const rate = bytes / median(ours) / 1e9;
  return { what, gigabytesPerSecond: rounded(rate), ratio: rounded(median(theirs) / median(ours)), peer };
}

async function seconds(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}
