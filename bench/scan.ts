/** How fast is hashing a library, beside the programs that only compute SHA-1? */

import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hasher, Log } from '../host/core/ports.ts';
import { createHasher } from '../host/library/hasher.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { inTurn, seconds } from './rounds.ts';

const log: Log = { debug() {}, info() {}, warn() {}, error: console.error, child: () => log };

await runBench(import.meta, async options => {
  const directory = mkdtempSync(join(tmpdir(), 'lsd-bench-scan-'));
  const hasher = createHasher({ log });
  try {
    return question([await big(hasher, directory, options), await small(hasher, directory, options)]);
  } finally {
    await hasher.close();
    rmSync(directory, { recursive: true });
  }
});

function question(rows: Row[]): Question {
  return {
    title: 'Scan: how fast is a library hashed?',
    goal: 'Id and pieces in one read, as fast as programs that only compute one SHA-1. Bytes are in the page cache.',
    rows,
    plots: [
      {
        kind: 'bars',
        name: 'scan',
        title: 'Hashing: GB of file a second',
        xLabel: 'what is hashed',
        yLabel: 'GB/s',
        series: [
          { name: 'lets-share-data (id and pieces)', points: rows.map(row => [row.what, row.ours]) },
          { name: 'SHA-1 alone', points: rows.map(row => [row.what, row.peer?.value ?? 0]) },
        ],
      },
    ],
  };
}

async function big(hasher: Hasher, directory: string, options: BenchOptions): Promise<Row> {
  const size = options.quick ? 2 ** 28 : 2 ** 30;
  const path = join(directory, 'big');
  const file = await open(path, 'w');
  const block = Buffer.alloc(
    1 << 24,
    Uint8Array.from({ length: 251 }, (_, at) => at),
  );
  for (let at = 0; at < size; at += block.length) await file.write(block);
  await file.close();
  return compare(`one file of ${size / 2 ** 20} MiB`, size, 'openssl dgst -sha1', options, {
    ours: () => hasher.hashFile(path, new AbortController().signal),
    peer: () => execFileSync('openssl', ['dgst', '-sha1', path]),
  });
}

async function small(hasher: Hasher, directory: string, options: BenchOptions): Promise<Row> {
  const [files, size] = [options.quick ? 1000 : 5000, 200 * 1024];
  const folder = join(directory, 'small');
  mkdirSync(folder);
  for (let n = 0; n < files; n++) writeFileSync(join(folder, `${n}`), Buffer.alloc(size, `file ${n} `));
  const names = readdirSync(folder);
  const never = new AbortController().signal;
  return compare(`${files} files of 200 KiB`, files * size, 'sha1sum', options, {
    ours: () => Promise.all(names.map(name => hasher.hashFile(join(folder, name), never))),
    peer: () => execFileSync('sha1sum', names, { cwd: folder, maxBuffer: 1 << 24 }),
  });
}

async function compare(
  what: string,
  bytes: number,
  peer: string,
  { quick }: BenchOptions,
  run: { ours(): Promise<unknown>; peer(): unknown },
): Promise<Row> {
  const took = await inTurn(
    quick ? 1 : 3,
    { ours: () => seconds(run.ours), peer: () => seconds(run.peer) },
    { warmUp: true },
  );
  return { what, ours: bytes / took.ours / 1e9, unit: 'GB/s', peer: { name: peer, value: bytes / took.peer / 1e9 } };
}
