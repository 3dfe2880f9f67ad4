/** How hard hashing uses the machine, and that it does no more than it must. */

import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import { readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { createHasher } from '../../../host/library/hasher.ts';
import { runJobs } from '../../../host/library/read-and-hash.ts';
import { quiet, sha1 } from './world.ts';

const never = new AbortController().signal;

async function setUp(workers = 1) {
  const directory = await mkdtemp(join(tmpdir(), 'lsd-pace-'));
  const hasher = createHasher({ workers, log: quiet });
  onTestFinished(async () => {
    await hasher.close();
    await rm(directory, { recursive: true });
  });
  const write = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(directory, name), bytes);
    return join(directory, name);
  };
  return { hasher, write };
}

/** This process's threads, with their nice values (proc(5), field 19). */
function threads(): { thread: string; nice: number }[] {
  return readdirSync('/proc/self/task').flatMap(thread => {
    try {
      const stat = readFileSync(`/proc/self/task/${thread}/stat`, 'latin1');
      return [{ thread, nice: Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16]) }];
    } catch {
      return [];
    }
  });
}

const niceValues = () => threads().map(({ nice }) => nice);

/** ioprio_set(2), as ionice says it */
const diskClassOf = (thread: string) => spawnSync('ionice', ['-p', thread], { encoding: 'utf8' }).stdout.trim();
const hasDiskClasses = process.platform === 'linux' && spawnSync('ionice', ['--version']).error === undefined;

it.runIf(process.platform === 'linux')('reads with low priority, unless told otherwise, and then at once', async () => {
  const { hasher, write } = await setUp();
  const path = write('a', Buffer.from('a'));
  const usual = niceValues()[0];
  await hasher.hashFile(path, never);
  expect(niceValues().filter(nice => nice === 10)).toHaveLength(1);
  hasher.setPace({ rate: null, priority: 'normal' });
  await hasher.hashFile(path, never);
  expect(new Set(niceValues())).toEqual(new Set([usual]));
});

it.runIf(hasDiskClasses)('leaves the disk to others where it reads for more than a moment', async () => {
  const { hasher, write } = await setUp(2);
  const [usual] = threads();
  const before = diskClassOf(usual!.thread);
  await Promise.all(['a', 'b'].map(name => hasher.hashFile(write(name, Buffer.alloc(9_000_000, name)), never)));
  const readers = threads().filter(({ nice }) => nice === 10);
  expect(readers).toHaveLength(2);
  await vi.waitFor(() => expect(readers.map(({ thread }) => diskClassOf(thread))).toEqual(['idle', 'idle']), 5_000);
  hasher.setPace({ rate: null, priority: 'normal' });
  // They are raised, or where this process may not do so they have ended.
  await vi.waitFor(
    () => expect(readers.map(({ thread }) => diskClassOf(thread)).every(each => each !== 'idle')).toBe(true),
    5_000,
  );
  expect(diskClassOf(usual!.thread)).toBe(before);
});

it.each(['scan', 'verify'] as const)(
  'a cap holds a %s back, not what is waited for, and a changed one those that wait',
  async reading => {
    const { hasher, write } = await setUp();
    const [a, b] = [write('a', Buffer.alloc(600_000, 'a')), write('b', Buffer.alloc(600_000, 'b'))];
    hasher.setPace({ rate: 1, priority: 'low' });
    const order: string[] = [];
    const hash = async (path: string, urgency: 'now' | 'scan' | 'verify') => {
      await hasher.hashFile(path, never, { urgency });
      order.push(urgency);
    };
    await hash(a, 'now');
    const scanned = hash(b, reading);
    hasher.setPace({ rate: null, priority: 'low' });
    await scanned;
    expect(order).toEqual(['now', reading]);
  },
);

describe('what is waited for passes by what is held back', () => {
  const KIB = 1024;
  const MIB = 1024 * KIB;
  it.each([
    { held: 'verify', size: 64 * MIB, wanted: 64 * MIB, workers: 2 },
    { held: 'verify', size: 9 * MIB, wanted: 9 * MIB, workers: 1 },
    { held: 'scan', size: 64 * MIB, wanted: 64 * MIB, workers: 2 },
    { held: 'scan', size: 9 * MIB, wanted: 64 * MIB, workers: 2 },
    { held: 'scan', size: 9 * MIB, wanted: KIB, workers: 1 },
    { held: 'scan', size: 400 * KIB, wanted: KIB, workers: 2 },
  ] as const)('files of $size bytes ($held) one of $wanted, with $workers workers', async row => {
    const { hasher, write } = await setUp(row.workers);
    const [a, b] = [write('a', Buffer.from('a')), write('b', Buffer.from('b'))];
    truncateSync(a, row.size);
    truncateSync(b, row.wanted);
    hasher.setPace({ rate: 1, priority: 'low' });
    let isOver = false;
    const held = Array.from({ length: 20 }, () => hasher.hashFile(a, never, { urgency: row.held, size: row.size }));
    const over = Promise.allSettled(held).then(ended => {
      isOver = true;
      return ended;
    });
    const wanted = [1, 2, 3].map(() => hasher.hashFile(b, never, { size: row.wanted }));
    expect(new Set((await Promise.all(wanted)).map(({ stamp }) => stamp.size))).toEqual(new Set([row.wanted]));
    expect(isOver).toBe(false);
    await hasher.close();
    expect((await over).map(({ status }) => status)).not.toContain('fulfilled');
  });

  it('also where the cap comes after both of them', async () => {
    const { hasher, write } = await setUp();
    const [a, b] = [write('a', Buffer.from('a')), write('b', Buffer.from('b'))];
    truncateSync(a, 1024 * MIB);
    const { promise: begun, resolve } = Promise.withResolvers<number>();
    const held = hasher.hashFile(a, never, { urgency: 'scan', onProgress: resolve }).catch(thrown => thrown.code);
    await begun;
    const wanted = hasher.hashFile(b, never, { size: 1 });
    hasher.setPace({ rate: 1, priority: 'low' });
    expect((await wanted).stamp.size).toBe(1);
    await hasher.close();
    expect(await held).toBe('aborted');
  });
});

describe('one read of a file', () => {
  it.each([
    ['of one piece takes one SHA-1', 262_144, 1],
    ['of two pieces takes two, and one for its id', 262_145, 3],
  ])('%s', async (_, size, sums) => {
    const { write } = await setUp();
    const bytes = Buffer.alloc(size, 'x');
    const path = write('file', bytes);
    const oneShot = vi.spyOn(crypto, 'hash');
    const objects = vi.spyOn(crypto, 'createHash');
    syncBuiltinESMExports();
    onTestFinished(() => {
      vi.restoreAllMocks();
      syncBuiltinESMExports();
    });
    const shared = {
      stops: new Int32Array(new SharedArrayBuffer(4)),
      turns: { now: null, scan: null, verify: null },
    };
    const replies: unknown[] = [];
    runJobs([{ job: 1, path, part: 'both', sha256: false, urgency: 'now', stop: 0 }], shared, reply =>
      replies.push(reply),
    );
    expect(oneShot.mock.calls.length + objects.mock.calls.length).toBe(sums);
    expect(replies).toMatchObject([{ kind: 'answers', answers: [{ kind: 'done', result: { id: sha1(bytes) } }] }]);
  });
});
