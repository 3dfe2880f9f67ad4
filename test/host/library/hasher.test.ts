/** The hash workers: the vectors, big and small files, and what goes wrong. */

import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonicalInfo } from '../../../host/core/canonical.ts';
import type { HashedFile } from '../../../host/core/ports.ts';
import { createHasher } from '../../../host/library/hasher.ts';
import { vectors } from '../core/canonical-vectors.ts';
import { patterned, quiet, sha1 } from './world.ts';

const never = new AbortController().signal;

async function setUp(workers = 2, more: { entry?: URL } = {}) {
  const directory = await mkdtemp(join(tmpdir(), 'lsd-hasher-'));
  const hasher = createHasher({ workers, log: quiet, ...more });
  onTestFinished(async () => {
    await hasher.close();
    await rm(directory, { recursive: true });
  });
  return { hasher, at: (name: string) => join(directory, name) };
}

function asVector(hashed: HashedFile) {
  return {
    id: hashed.id,
    pieces: hashed.pieces.length / 20,
    pieces_sha1: sha1(hashed.pieces),
    info_hash: sha1(canonicalInfo(hashed.id, hashed.stamp.size, hashed.pieces)),
  };
}

/** The vectors of 2 GiB and more take 4 s each; `LSD_LARGE=1` runs them too. */
const largest = process.env.LSD_LARGE ? Number.POSITIVE_INFINITY : 1 << 30;

describe('a file becomes its canonical torrent', () => {
  it.each(vectors.files.filter(({ size }) => size <= largest))('of $size bytes', async vector => {
    const { hasher, at } = await setUp();
    await writePattern(at('file'), vector.size);
    const { id, pieces, pieces_sha1, info_hash } = vector;
    expect(asVector(await hasher.hashFile(at('file'), never))).toEqual({ id, pieces, pieces_sha1, info_hash });
  });

  it('is the same with one worker, which reads a big file alone', async () => {
    const { hasher, at } = await setUp(1);
    const bytes = patterned(9_000_000);
    await writeFile(at('file'), bytes);
    const hashed = await hasher.hashFile(at('file'), never, { sha256: true });
    expect(hashed.id).toBe(sha1(bytes));
    expect(hashed.pieces).toHaveLength(20 * 35);
    expect(hashed.sha256).toBe(createHash('sha256').update(bytes).digest('hex'));
    expect([...hashed.head]).toEqual([...bytes.subarray(0, 256)]);
  });
});

/** Written in blocks of a whole number of periods, so that all are alike. */
async function writePattern(path: string, size: number): Promise<void> {
  const block = patterned(251 * 65_536);
  const file = await open(path, 'w');
  for (let at = 0; at < size; at += block.length) await file.write(block, 0, Math.min(block.length, size - at));
  await file.close();
}

it('hashes many small files at once, each its own', async () => {
  const { hasher, at } = await setUp();
  const contents = Array.from({ length: 300 }, (_, n) => `content ${n}`);
  for (const [n, content] of contents.entries()) await writeFile(at(`${n}`), content);
  const hashed = await Promise.all(contents.map((_, n) => hasher.hashFile(at(`${n}`), never)));
  expect(hashed.map(({ id }) => id)).toEqual(contents.map(sha1));
});

it('refuses none, however many are asked for at once', async () => {
  const { hasher, at } = await setUp();
  await writeFile(at('file'), 'here');
  const asked = Array.from({ length: 10_000 }, () => hasher.hashFile(at('file'), never, { urgency: 'scan', size: 4 }));
  expect(new Set((await Promise.all(asked)).map(({ id }) => id))).toEqual(new Set([sha1('here')]));
});

describe('a file that changes while it is read', () => {
  it.each([1, 2])('is discarded, with %i workers', async workers => {
    const { hasher, at } = await setUp(workers);
    await writeFile(at('file'), new Uint8Array(200 * 1024 * 1024));
    let changed = false;
    const onProgress = () => {
      if (!changed) appendFileSync(at('file'), 'more');
      changed = true;
    };
    await expect(hasher.hashFile(at('file'), never, { onProgress })).rejects.toMatchObject({ code: 'aborted' });
  });
});

it('hashes what is waited for before what is only scanned', async () => {
  const { hasher, at } = await setUp(1);
  const order: string[] = [];
  const hash = async (name: string, background: boolean) => {
    await hasher.hashFile(at(name), never, { urgency: background ? 'scan' : 'now' });
    order.push(name);
  };
  const scanned = Array.from({ length: 20 }, (_, n) => `${n}`);
  for (const name of [...scanned, 'download']) await writeFile(at(name), new Uint8Array(10_000_000));
  const all = scanned.map(name => hash(name, true));
  await Promise.all([...all, hash('download', false)]);
  expect(order.indexOf('download')).toBeLessThan(10);
});

it('stops in the middle of a file', async () => {
  const { hasher, at } = await setUp();
  await writeFile(at('file'), new Uint8Array(200 * 1024 * 1024));
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  await expect(hasher.hashFile(at('file'), stop.signal, { onProgress })).rejects.toMatchObject({ code: 'aborted' });
  await writeFile(at('next'), 'next');
  expect((await hasher.hashFile(at('next'), never)).id).toBe(sha1('next'));
});

it('stops at once what waits for a worker', async () => {
  const { hasher, at } = await setUp(1);
  hasher.setPace({ rate: 1, priority: 'low' });
  await writeFile(at('file'), new Uint8Array(10_000_000));
  const scan = (signal: AbortSignal) => hasher.hashFile(at('file'), signal, { urgency: 'scan', size: 10_000_000 });
  const reading = scan(never).catch(thrown => thrown.code);
  const stop = new AbortController();
  const waiting = [scan(stop.signal), scan(stop.signal)];
  stop.abort();
  const ended = await Promise.allSettled(waiting);
  expect(ended.map(each => each.status === 'rejected' && each.reason.code)).toEqual(['aborted', 'aborted']);
  await hasher.close();
  expect(await reading).toBe('aborted');
});

it('stops all that share a signal, and nothing that comes after with another', async () => {
  const { hasher, at } = await setUp(1);
  const names = ['0', '1', '2'];
  for (const name of names) await writeFile(at(name), new Uint8Array(50 * 1024 * 1024));
  const stop = new AbortController();
  const onProgress = () => stop.abort();
  const ended = await Promise.allSettled(names.map(name => hasher.hashFile(at(name), stop.signal, { onProgress })));
  expect(ended.map(each => each.status === 'rejected' && each.reason.code)).toEqual(['aborted', 'aborted', 'aborted']);
  const after = await Promise.all(names.map(name => hasher.hashFile(at(name), never)));
  expect(after.map(({ stamp }) => stamp.size)).toEqual(names.map(() => 50 * 1024 * 1024));
});

it('starts its workers before the first file where it is told that files come', async () => {
  const threads = () => readdirSync('/proc/self/task').length;
  const { hasher, at } = await setUp();
  const before = threads();
  hasher.warmUp();
  await expect.poll(threads).toBeGreaterThanOrEqual(before + 2);
  await writeFile(at('file'), 'here');
  expect((await hasher.hashFile(at('file'), never)).id).toBe(sha1('here'));
  await hasher.close();
  hasher.warmUp();
  await expect(hasher.hashFile(at('file'), never)).rejects.toMatchObject({ code: 'aborted' });
});

it('says which file cannot be read, and goes on', async () => {
  const { hasher, at } = await setUp();
  await expect(hasher.hashFile(at('nowhere'), never)).rejects.toThrow(/ENOENT/);
  writeFileSync(at('file'), 'here');
  expect((await hasher.hashFile(at('file'), never)).id).toBe(sha1('here'));
});

it('answers everything that waits when it is closed', async () => {
  const { hasher, at } = await setUp(1);
  await writeFile(at('file'), new Uint8Array(100 * 1024 * 1024));
  const waiting = [1, 2, 3].map(() => hasher.hashFile(at('file'), never).catch(thrown => thrown.name));
  await hasher.close();
  expect(await Promise.all(waiting)).toEqual(['LSDError', 'LSDError', 'LSDError']);
});

describe('a worker that dies', () => {
  const entry = new URL('./mortal-worker.ts', import.meta.url);

  it('is replaced, and what it had is hashed by the next', async () => {
    const { hasher, at } = await setUp(1, { entry });
    const names = ['a', 'kills-once', 'b', 'c', 'd'];
    for (const name of names) await writeFile(at(name), name);
    const hashed = await Promise.all(names.map(name => hasher.hashFile(at(name), never)));
    expect(hashed.map(({ id }) => id)).toEqual(names.map(sha1));
  });

  it('twice over the same file gives that file up with an error, and nothing else', async () => {
    const { hasher, at } = await setUp(1, { entry });
    const names = ['before', 'kills-always', 'beside', 'behind'];
    for (const name of [...names, 'next']) await writeFile(at(name), name);
    const hashed = await Promise.allSettled(names.map(name => hasher.hashFile(at(name), never)));
    expect(hashed.map(each => (each.status === 'fulfilled' ? each.value.id : each.reason.code))).toEqual(
      names.map(name => (name === 'kills-always' ? 'internal' : sha1(name))),
    );
    expect((await hasher.hashFile(at('next'), never)).id).toBe(sha1('next'));
  });
});
