/** The threads that make blobs: in which order, and when there are none. What they make the tests of blobs and streams say. */

import { once } from 'node:events';
import { type FileHandle, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { hashOf } from '../../../../host/lbry/blob.ts';
import { type BlobWorkersOptions, createBlobWorkers } from '../../../../host/lbry/off-thread/blob-workers.ts';
import type { MakeJob } from '../../../../host/lbry/off-thread/job.ts';
import { encryptBlob } from '../../../support/lbry-blob.ts';

const CONTENT = Buffer.from(Array.from({ length: 200_000 }, (_, index) => index % 251));
const [KEY, IV] = ['00112233445566778899aabbccddeeff', 'ff'.repeat(16)];

let directory: string;
let file: FileHandle;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lsd-blobs-'));
  await writeFile(join(directory, 'file'), CONTENT);
  file = await open(join(directory, 'file'));
});
afterAll(async () => {
  await file.close();
  await rm(directory, { recursive: true });
});

function started(options: BlobWorkersOptions = {}) {
  const threads: Worker[] = [];
  const onWorker = (worker: Worker) => void threads.push(worker);
  process.on('worker', onWorker);
  const workers = createBlobWorkers(options);
  onTestFinished(async () => {
    process.off('worker', onWorker);
    await workers[Symbol.asyncDispose]();
  });
  return { workers, threads };
}
const job = (position: number, length = 1000, more: Partial<MakeJob> = {}): MakeJob => {
  return { fd: file.fd, position, length, key: KEY, iv: IV, wanted: 'blob', ...more };
};
const blobAt = (position: number, length = 1000) =>
  encryptBlob(CONTENT.subarray(position, position + length), Buffer.from(KEY, 'hex'), Buffer.from(IV, 'hex'));

it('make what is asked for, however much at once, with as many as they may be', async () => {
  const { workers, threads } = started({ count: 2 });
  const made = await Promise.all(Array.from({ length: 20 }, (_, index) => workers.make(job(index * 7, 150_000))));
  for (const [index, { hash, bytes, length }] of made.entries()) {
    const blob = blobAt(index * 7, 150_000);
    expect({ hash, length }).toEqual({ hash: blob.hash, length: blob.bytes.length });
    expect(Buffer.from(bytes).equals(blob.bytes)).toBe(true);
  }
  expect(threads).toHaveLength(2);
  const { bytes, ...only } = await workers.make(job(0, 1000, { wanted: 'hash' }));
  expect(bytes).toHaveLength(0);
  expect(only).toMatchObject({ hash: blobAt(0).hash, length: 1008 });
});

it('hash a blob, and give its bytes back', async () => {
  const { workers } = started({ count: 1 });
  for (const length of [1000, 100_000]) {
    const { hash, bytes } = await workers.hash(new Uint8Array(CONTENT.subarray(0, length)));
    expect(hash).toBe(hashOf(CONTENT.subarray(0, length)));
    expect(CONTENT.subarray(0, length).equals(bytes)).toBe(true);
  }
});

it('write what is in a blob where it belongs, if it is as much as it must be, and the key is right', async () => {
  const { workers } = started({ count: 1 });
  await using written = await open(join(directory, 'written'), 'w+');
  const opening = (length: number | null, key = KEY) => {
    const bytes = new Uint8Array(blobAt(0, 150_000).bytes);
    return workers.open({ bytes, key, iv: IV, fd: written.fd, position: 5, length });
  };
  expect(await opening(160_000)).toBe(150_000);
  await expect(opening(null, 'ab'.repeat(16))).rejects.toMatchObject({ code: 'invalid' });
  expect((await written.stat()).size).toBe(0);
  for (const length of [null, 150_000]) {
    expect(await opening(length)).toBe(150_000);
    const all = await readFile(join(directory, 'written'));
    expect(all.equals(Buffer.concat([Buffer.alloc(5), CONTENT.subarray(0, 150_000)]))).toBe(true);
    await written.truncate();
  }
});

it('say why there is no blob: the file is shorter, or cannot be read', async () => {
  const { workers } = started({ count: 1 });
  await expect(workers.make(job(CONTENT.length - 10))).rejects.toThrow('The file is shorter than it was.');
  await expect(workers.make(job(0, 10, { fd: 1_000_000 }))).rejects.toMatchObject({ code: 'EBADF' });
  expect((await workers.make(job(0))).hash).toBe(blobAt(0).hash);
});

it('end when nothing was asked for a while, and are started again', async () => {
  const { workers, threads } = started({ count: 2, idleMs: 1 });
  for (const round of [1, 2]) {
    const made = await Promise.all([workers.make(job(0)), workers.make(job(7))]);
    expect(made.map(({ hash }) => hash)).toEqual([blobAt(0).hash, blobAt(7).hash]);
    await Promise.all(threads.slice(-2).map(thread => once(thread, 'exit')));
    expect(threads).toHaveLength(2 * round);
  }
});

it('that die are told of to whoever waits, and others go on', async () => {
  const { workers } = started({ count: 1, entry: new URL('./mortal-worker.ts', import.meta.url) });
  const asked = [0, 1, 2, 3, 7].map(position => workers.make(job(position)));
  const told = (await Promise.allSettled(asked)).map(({ status }) => status === 'fulfilled');
  // With the second goes what waits in the same thread; what was not given to it is made by the next.
  expect(told).toEqual([true, false, false, true, true]);
  await expect(asked[1]).rejects.toMatchObject({ code: 'internal' });
  expect((await asked[4])?.hash).toBe(blobAt(7).hash);
});

it('answer everything that waits when they are closed', async () => {
  const { workers } = started({ count: 1 });
  const asked = Promise.allSettled([0, 1, 2].map(position => workers.make(job(position))));
  await workers[Symbol.asyncDispose]();
  for (const each of [...(await asked), ...(await Promise.allSettled([workers.make(job(0))]))])
    expect(each).toMatchObject({ status: 'rejected', reason: { code: 'aborted' } });
});
