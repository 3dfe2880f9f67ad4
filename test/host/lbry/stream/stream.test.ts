/** Streams: made of files, kept as one file, read by range, and written as a file again. */

import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Content } from '../../../../host/core/content.ts';
import { type Blob, type BlobHash, type BlobSource, MAX_PLAIN_BYTES } from '../../../../host/lbry/blob.ts';
import { openBlobFolder } from '../../../../host/lbry/blob-folder.ts';
import { createBlobWorkers } from '../../../../host/lbry/off-thread/blob-workers.ts';
import { decodeDescriptor } from '../../../../host/lbry/stream/descriptor.ts';
import { type MadeStream, makeStream } from '../../../../host/lbry/stream/make.ts';
import { fetchDescriptor, openStream } from '../../../../host/lbry/stream/open.ts';
import { rebuildFile } from '../../../../host/lbry/stream/rebuild.ts';
import { vectors } from '../../../support/lbry-vectors.ts';
import { sampleBuffers } from '../../../support/live-buffers.ts';

let directory: string;
const workers = createBlobWorkers();
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'lsd-lbry-'));
});
afterAll(async () => {
  await workers[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

const { signal } = new AbortController();
const KEY = Buffer.from(Array.from({ length: 16 }, (_, index) => index));
const pattern = (length: number) => Buffer.alloc(length, Buffer.from(Array.from({ length: 256 }, (_, index) => index)));

/** IVs of byte 1, byte 2, and so on, as those of the vectors. */
function countedIvs(): () => Buffer {
  let number = 0;
  return () => Buffer.alloc(16, ++number);
}

async function fileOf(name: string, content: Uint8Array): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

async function streamOf(name: string, content: Uint8Array): Promise<MadeStream & { source: BlobSource }> {
  const path = await fileOf(name, content);
  const blobs = new Map<BlobHash, Uint8Array>();
  const onBlob = ({ hash, bytes }: Blob) => void blobs.set(hash, bytes);
  const made = await makeStream(path, { onBlob }, workers, signal);
  return { ...made, source: { get: async hash => blobs.get(hash) } };
}

/** `source`, and which blobs were asked of it. */
function counted(source: BlobSource, hashes: readonly BlobHash[]): BlobSource & { asked: number[] } {
  const asked: number[] = [];
  return {
    asked,
    get(hash, signal) {
      asked.push(hashes.indexOf(hash));
      return source.get(hash, signal);
    },
  };
}

async function bytesOf(content: Content, start = 0, end = content.size): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.read({ start, end }, signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

interface Created {
  file_name: string;
  file_len: number;
  file_content: string;
  sd_hash: string;
  stream_hash: string;
  sd_blob_ascii: string;
  old_sort_sd_hash: string;
}
const created: Created[] = vectors('stream_descriptors').created_with_fixed_key_and_ivs.cases;

describe('a stream that is made of a file', () => {
  it.each(created.map(each => [each.file_name, each] as const))(
    'is the one that lbry-sdk makes: %s',
    async (_, each) => {
      const content = each.file_content === "ascii 'hello'" ? Buffer.from('hello') : pattern(each.file_len);
      const path = await fileOf('vector', content);
      const options = { name: each.file_name, key: KEY };
      const made = await makeStream(path, { ...options, iv: countedIvs() }, workers, signal);
      expect(Buffer.from(made.sdBlob).toString()).toBe(each.sd_blob_ascii);
      expect(made.sdHash).toBe(each.sd_hash);
      expect(made.descriptor.streamHash).toBe(each.stream_hash);
      const old = await makeStream(path, { ...options, iv: countedIvs(), order: 'old' }, workers, signal);
      expect(old.sdHash).toBe(each.old_sort_sd_hash);
    },
  );

  it('has another key each time, and IVs of its own', async () => {
    const path = await fileOf('twice', pattern(MAX_PLAIN_BYTES + 1));
    const [one, two] = [await makeStream(path, {}, workers, signal), await makeStream(path, {}, workers, signal)];
    expect(one.sdHash).not.toBe(two.sdHash);
    expect(one.descriptor.key).not.toBe(two.descriptor.key);
    const ivs = [...one.descriptor.blobs.map(({ iv }) => iv), one.descriptor.terminatorIv];
    expect(new Set(ivs).size).toBe(3);
  });

  it('is refused for an empty file, and for one that no descriptor can hold', async () => {
    const path = await fileOf('empty', Buffer.alloc(0));
    await expect(makeStream(path, {}, workers, signal)).rejects.toThrow('An empty file makes no stream');
    for (const size of [30_000_000_000, 2 ** 43]) {
      await truncate(path, size);
      await expect(makeStream(path, {}, workers, signal)).rejects.toThrow(
        `A stream cannot hold a file of ${size} bytes`,
      );
    }
  });

  it('is made, and read from a folder of its blobs, in the memory of a few, whatever its length', async () => {
    const path = await fileOf('long', Buffer.alloc(0));
    const size = 40 * MAX_PLAIN_BYTES;
    await truncate(path, size);
    const source = openBlobFolder(join(directory, 'long-blobs'));
    // Each thread has blobs in advance.
    await using few = createBlobWorkers({ count: 2 });
    const buffers = sampleBuffers();
    let made = 0;
    const onBlob = async (blob: Blob) => {
      await source.put(blob);
      if (++made % 5 === 0) buffers.sample();
    };
    const { descriptor } = await makeStream(path, { onBlob }, few, signal);
    const content = await openStream(descriptor, source, signal);
    let read = 0;
    for await (const chunk of content.read({ start: 0, end: size }, signal)) {
      read += chunk.length;
      if (read % (5 * MAX_PLAIN_BYTES) === 0) buffers.sample();
    }
    expect([read, buffers.count]).toEqual([size, 16]);
    expect(buffers.most).toBeLessThan(16 * MAX_PLAIN_BYTES);
  });

  it('is not made of a file that changes meanwhile', async () => {
    const path = await fileOf('changing', pattern(MAX_PLAIN_BYTES + 1));
    const onBlob = () => writeFile(path, pattern(MAX_PLAIN_BYTES + 2));
    await expect(makeStream(path, { onBlob }, workers, signal)).rejects.toThrow('changed while the stream was made');
  });

  it('stops when that is asked for', async () => {
    const path = await fileOf('stopped', pattern(MAX_PLAIN_BYTES + 1));
    const stop = new AbortController();
    await expect(makeStream(path, { onBlob: () => stop.abort() }, workers, stop.signal)).rejects.toThrow(/abort/);
  });
});

describe('a stream', () => {
  const LENGTHS = [1, 15, 16, 17, MAX_PLAIN_BYTES - 1, MAX_PLAIN_BYTES, MAX_PLAIN_BYTES + 1, 2 * MAX_PLAIN_BYTES + 5];

  it.each(LENGTHS)('of a file of %i bytes gives them again', async length => {
    const { descriptor, source } = await streamOf('lengths', pattern(length));
    const content = await openStream(descriptor, source, signal);
    expect(content.size).toBe(length);
    expect((await bytesOf(content)).equals(pattern(length))).toBe(true);
  });

  it('is read by range with the blobs that the range touches alone, and the last, which tells its size', async () => {
    const file = pattern(3 * MAX_PLAIN_BYTES + 1000);
    const { descriptor, source } = await streamOf('ranges.MP4', file);
    const blobs = counted(
      source,
      descriptor.blobs.map(({ hash }) => hash),
    );
    const content = await openStream(descriptor, blobs, signal);
    expect(content.extension).toBe('mp4');
    const ranges: [start: number, end: number, touched: number[]][] = [
      [0, 1, [0]],
      [1, 5, []], // the blob that was read last is kept
      [MAX_PLAIN_BYTES - 1, MAX_PLAIN_BYTES + 1, [1]],
      [MAX_PLAIN_BYTES, 2 * MAX_PLAIN_BYTES, []],
      [2 * MAX_PLAIN_BYTES, content.size, [2, 3]],
      [5, 5, []],
    ];
    expect(blobs.asked.splice(0)).toEqual([3]);
    for (const [start, end, touched] of ranges) {
      expect((await bytesOf(content, start, end)).equals(file.subarray(start, end))).toBe(true);
      expect(blobs.asked.splice(0)).toEqual(touched);
    }
  });

  it('with a blob that is not there, or of another length, or not full, says so', async () => {
    const { descriptor, source } = await streamOf('broken', pattern(MAX_PLAIN_BYTES + 20));
    const [first, last] = descriptor.blobs;
    const without: BlobSource = {
      get: async (hash, signal) => (hash === first!.hash ? undefined : source.get(hash, signal)),
    };
    const content = await openStream(descriptor, without, signal);
    await expect(bytesOf(content, 0, 1)).rejects.toMatchObject({ code: 'not-found' });
    const longer = { ...descriptor, blobs: [first!, { ...last!, length: 48 }] };
    await expect(openStream(longer, source, signal)).rejects.toMatchObject({ code: 'invalid' });
    const turned = await openStream({ ...descriptor, blobs: [last!, first!] }, source, signal);
    await expect(bytesOf(turned, 0, 1)).rejects.toThrow('blob 0 is not full');
  });
});

describe('a folder of blobs', () => {
  it('holds a stream from which the file is written again, under its safe name and over no other', async () => {
    const file = pattern(MAX_PLAIN_BYTES + 1);
    const path = await fileOf('source', file);
    const blobs = openBlobFolder(join(directory, 'blobfiles'));
    const made = await makeStream(path, { name: 'a/b:c?.bin', onBlob: blob => blobs.put(blob) }, workers, signal);
    await blobs.put({ hash: made.sdHash, bytes: made.sdBlob });
    const names = [made.sdHash, ...made.descriptor.blobs.map(({ hash }) => hash)];
    expect((await readdir(join(directory, 'blobfiles'))).sort()).toEqual(names.sort());

    const descriptor = await fetchDescriptor(made.sdHash, blobs, signal);
    expect(descriptor).toEqual(decodeDescriptor(made.sdBlob));
    await using content = await openStream(descriptor, blobs, signal);
    const folder = join(directory, 'out');
    const written = [
      await rebuildFile(content, folder, 'abc.bin', signal),
      await rebuildFile(content, folder, 'abc.bin', signal),
    ];
    expect(written).toEqual([join(folder, 'abc.bin'), join(folder, 'abc_1.bin')]);
    for (const each of written) expect((await readFile(each)).equals(file)).toBe(true);
    expect((await readdir(folder)).sort()).toEqual(['abc.bin', 'abc_1.bin']);
  });

  it('is believed as little as a peer', async () => {
    const folder = join(directory, 'spoilt');
    const blobs = openBlobFolder(folder);
    const { sdHash, sdBlob } = await streamOf('spoilt.bin', pattern(10));
    await blobs.put({ hash: sdHash, bytes: sdBlob });
    await writeFile(join(folder, sdHash), `${Buffer.from(sdBlob)} `);
    expect(await blobs.get(sdHash, signal)).toBeUndefined();
    await truncate(join(folder, sdHash), 3_000_000);
    expect(await blobs.get(sdHash, signal)).toBeUndefined();
    await expect(fetchDescriptor(sdHash, blobs, signal)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('leaves nothing of a file behind that could not be written', async () => {
    const { descriptor, source } = await streamOf('half', pattern(MAX_PLAIN_BYTES + 100));
    const content = await openStream(descriptor, source, signal);
    const { hash } = descriptor.blobs[0]!;
    const broken: BlobSource = { get: async (each, signal) => (each === hash ? undefined : source.get(each, signal)) };
    const folder = join(directory, 'half-out');
    await expect(
      rebuildFile(await openStream(descriptor, broken, signal), folder, 'half', signal),
    ).rejects.toMatchObject({ code: 'not-found' });
    expect(await readdir(folder)).toEqual([]);
    await content[Symbol.asyncDispose]();
  });
});
