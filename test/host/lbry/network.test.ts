/** Homes with LBRY on, among each other: what one shares another fetches, reads while it comes, and shares again. */

import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { LbryNetwork, LbryStream } from '../../../host/core/lbry.ts';
import { listenBlobs } from '../../../host/lbry/exchange/server.ts';
import type { Config } from '../../../host/platform/config.ts';
import { allOf, createLbryHome, entryOf, type LbryHome } from '../../support/lbry-home.ts';
import { sampleBuffers } from '../../support/live-buffers.ts';

const { signal } = new AbortController();
const PLAIN = 2_097_151;

async function home(): Promise<LbryHome> {
  const made = await createLbryHome();
  onTestFinished(() => made[Symbol.asyncDispose]());
  return made;
}
async function opened(of: LbryHome, options?: Partial<Config>): Promise<LbryNetwork> {
  const { network, [Symbol.asyncDispose]: close } = await of.open(options);
  onTestFinished(close);
  return network;
}
async function fileOf(of: LbryHome, bytes: number, name = 'film.mp4'): Promise<{ path: string; content: Buffer }> {
  const path = join(of.folder, name);
  const content = randomBytes(bytes);
  await writeFile(path, content);
  return { path, content };
}
/** Of all files in it, and in its folders. */
async function bytesBelow(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(each => each.isFile()).map(each => stat(join(each.parentPath, each.name)));
  return (await Promise.all(files)).reduce((sum, { size }) => sum + size, 0);
}
const untilWhole = (stream: LbryStream) =>
  vi.waitFor(() => expect(stream.status()).toMatchObject({ complete: true }), { timeout: 20_000, interval: 20 });

describe('a file', () => {
  it('that one shares is found by its sd hash, read while it arrives, and given by the second', async () => {
    const [one, two, three] = [await home(), await home(), await home()];
    const first = await opened(one);
    const { path, content } = await fileOf(one, 3 * PLAIN + 1000);
    const offered = await first.offer(path, {}, signal);
    expect(offered.status()).toMatchObject({ state: 'seeding', complete: true, path });
    const { sdHash } = offered.description;

    const second = await opened(two, { lbryBootstrap: [entryOf(first)] });
    const fetched = await second.fetchStream(sdHash, { eager: false }, signal);
    await using reading = await fetched.open(signal);
    expect(reading.size).toBe(content.length);
    const middle: Uint8Array[] = [];
    for await (const chunk of reading.read({ start: PLAIN + 5, end: PLAIN + 500 }, signal)) middle.push(chunk);
    expect(Buffer.concat(middle).equals(content.subarray(PLAIN + 5, PLAIN + 500))).toBe(true);
    // The last for its length, and the one that was read.
    expect(fetched.status()).toMatchObject({ state: 'downloading', complete: false, blobsHere: 2 });

    fetched.start();
    expect((await allOf(reading)).equals(content)).toBe(true);
    await untilWhole(fetched);
    const saved = join(two.folder, 'files', 'film.mp4');
    expect(fetched.status()).toMatchObject({ state: 'seeding', path: saved, bytesHere: content.length });
    expect((await readFile(saved)).equals(content)).toBe(true);

    await first.close();
    const third = await opened(three, { lbryFixedPeer: [`127.0.0.1:${second.peerPort}`], lbryDht: false });
    const again = await third.fetchStream(sdHash, { fileName: '../other.mp4' }, signal);
    await untilWhole(again);
    const renamed = again.status().path ?? '';
    expect(dirname(renamed)).toBe(join(three.folder, 'files'));
    expect((await readFile(renamed)).equals(content)).toBe(true);
    expect(fetched.status().uploaded).toBeGreaterThan(content.length);
  });

  it('is there again after a restart, half fetched or shared, and goes on where it was', async () => {
    const [one, two] = [await home(), await home()];
    const { path, content } = await fileOf(one, 4 * PLAIN);
    const before = await one.open();
    const { sdHash } = (await before.network.offer(path, {}, signal)).description;
    const nodeId = before.network.dht?.nodeId;
    await before[Symbol.asyncDispose]();
    const first = await opened(one);
    expect(first.dht?.nodeId).toBe(nodeId);
    expect((await first.offer(path, {}, signal)).description.sdHash).toBe(sdHash);
    expect(first.list()).toHaveLength(1);

    const peers: Partial<Config> = { lbryFixedPeer: [`127.0.0.1:${first.peerPort}`], lbryDht: false };
    const half = await two.open(peers);
    const fetched = await half.network.fetchStream(sdHash, { eager: false }, signal);
    await using reading = await fetched.open(signal);
    for await (const _ of reading.read({ start: 0, end: 10 }, signal));
    await half[Symbol.asyncDispose]();

    const alone = await two.open({ lbryDht: false });
    const there = alone.network.stream(sdHash)!;
    expect(there.status()).toMatchObject({ state: 'downloading', blobsHere: 2, bytesHere: 2 * PLAIN });
    await using offline = await there.open(signal);
    for await (const chunk of offline.read({ start: 3, end: 9 }, signal))
      expect(content.subarray(3, 9).equals(chunk)).toBe(true);
    there.stop();
    await alone[Symbol.asyncDispose]();

    const second = await opened(two, peers);
    const again = second.stream(sdHash)!;
    expect(again.status().state).toBe('stopped');
    again.start();
    await untilWhole(again);
    expect((await readFile(again.status().path!)).equals(content)).toBe(true);
    await again.save({ folder: join(two.folder, 'elsewhere') }, signal);
    expect((await readFile(join(two.folder, 'elsewhere', 'film.mp4'))).equals(content)).toBe(true);
    expect(await readdir(join(two.folder, 'files'))).toEqual([]);
    expect(await second.remove(sdHash, { deleteFile: true })).toBe(true);
    expect(await readdir(join(two.folder, 'elsewhere'))).toEqual([]);
    expect(await first.remove(sdHash, { deleteFile: true })).toBe(true);
    expect((await readFile(path)).equals(content)).toBe(true);
  });

  it('whose beginning was deleted meanwhile is fetched anew, and what lay there before is not believed again', async () => {
    const [one, two] = [await home(), await home()];
    const first = await opened(one, { lbryDht: false });
    const { path, content } = await fileOf(one, 4 * PLAIN);
    const { sdHash } = (await first.offer(path, {}, signal)).description;
    const peers: Partial<Config> = { lbryFixedPeer: [`127.0.0.1:${first.peerPort}`], lbryDht: false };
    const read = async (number: number) => {
      const { network, [Symbol.asyncDispose]: close } = await two.open(peers);
      const fetched = await network.fetchStream(sdHash, { eager: false }, signal);
      await using reading = await fetched.open(signal);
      for await (const _ of reading.read({ start: number * PLAIN, end: number * PLAIN + 10 }, signal));
      const { blobsHere } = fetched.status();
      await close();
      return blobsHere;
    };
    expect([await read(0), await read(1)]).toEqual([2, 3]);
    for (const name of await readdir(join(two.folder, 'files'))) await rm(join(two.folder, 'files', name));
    // This one, and the last where it was asked for before there was a file again: a hole is in front of it.
    const here = await read(2);
    expect([1, 2]).toContain(here);
    const second = await opened(two, peers);
    const again = second.stream(sdHash)!;
    expect(again.status().blobsHere).toBe(here);
    again.start();
    await untilWhole(again);
    expect((await readFile(again.status().path!)).equals(content)).toBe(true);
  });

  it('of any length is shared, given and read in the memory of a few blobs, and lies on the disk once', async () => {
    const [one, two] = [await home(), await home()];
    const first = await opened(one, { lbryDht: false });
    const second = await opened(two, { lbryFixedPeer: [`127.0.0.1:${first.peerPort}`], lbryDht: false });
    const { path } = await fileOf(one, 0);
    const size = 64 * PLAIN + 1;
    await truncate(path, size);
    const before = await Promise.all([one, two].map(each => bytesBelow(each.folder)));
    const buffers = sampleBuffers();
    const { sdHash } = (await first.offer(path, {}, signal)).description;
    buffers.sample();
    const fetched = await second.fetchStream(sdHash, {}, signal);
    await using reading = await fetched.open(signal);
    let [read, sampled] = [0, 0];
    for await (const chunk of reading.read({ start: 0, end: size }, signal)) {
      read += chunk.length;
      if (read - sampled < 4 * PLAIN) continue;
      sampled = read;
      buffers.sample();
    }
    expect(read).toBe(size);
    await untilWhole(fetched);
    expect(buffers.count).toBeGreaterThan(10);
    expect(buffers.most).toBeLessThan(24 * PLAIN);
    const after = await Promise.all([one, two].map(each => bytesBelow(each.folder)));
    // Databases and their logs; blobs would be as much as the file.
    expect(after[0]! - before[0]!).toBeLessThan(size / 8);
    expect(after[1]! - before[1]! - size).toBeLessThan(size / 8);
  });

  it('is written of right bytes alone, whatever a peer sends under the names of its blobs', async () => {
    const [one, two] = [await home(), await home()];
    const first = await opened(one, { lbryDht: false });
    const { path, content } = await fileOf(one, 2 * PLAIN);
    const { sdHash } = (await first.offer(path, {}, signal)).description;
    const given: string[] = [];
    const liar = await listenBlobs({
      ...{ address: '127.0.0.1', port: 0, paymentAddress: '', mayServe: () => true },
      blobs: {
        has: async () => true,
        async get(hash) {
          given.push(hash);
          return hash === sdHash ? first.blobs.get(hash, signal) : randomBytes(PLAIN + 1);
        },
      },
    });
    onTestFinished(() => liar[Symbol.asyncDispose]());
    const peer = (port: number): Partial<Config> => ({ lbryFixedPeer: [`127.0.0.1:${port}`], lbryDht: false });
    const lied = await two.open(peer(liar.port));
    const fetched = await lied.network.fetchStream(sdHash, {}, signal);
    await vi.waitFor(() => expect(given.length).toBeGreaterThan(1), 20_000);
    await vi.waitFor(() => expect(lied.network.status().connections.out).toBe(0), 20_000);
    expect(fetched.status()).toMatchObject({ blobsHere: 0, complete: false });
    await lied[Symbol.asyncDispose]();
    for (const name of await readdir(join(two.folder, 'files'))) {
      const bytes = await readFile(join(two.folder, 'files', name));
      expect(bytes.equals(Buffer.alloc(bytes.length))).toBe(true);
    }
    const second = await opened(two, peer(first.peerPort));
    await untilWhole(second.stream(sdHash)!);
    expect((await readFile(second.stream(sdHash)!.status().path!)).equals(content)).toBe(true);
  });

  it('that changed is no longer given, and what did not change of it still is', async () => {
    const [one, two] = [await home(), await home()];
    const first = await opened(one, { lbryDht: false });
    const { path, content } = await fileOf(one, 2 * PLAIN);
    const offered = await first.offer(path, {}, signal);
    const [, head, tail] = (await first.blobs.list(offered.description.sdHash))!.map(({ hash }) => hash);
    content[PLAIN + 1]! ^= 1;
    await writeFile(path, content);
    const second = await opened(two, { lbryFixedPeer: [`127.0.0.1:${first.peerPort}`], lbryDht: false });
    expect(await second.blobs.get(head!, signal)).toHaveLength(PLAIN + 1);
    expect((await second.blobs.list())!.map(({ hash }) => hash)).toEqual([head]);
    await expect(second.blobs.get(tail!, AbortSignal.timeout(300))).rejects.toThrow();
    await using reading = await offered.open(signal);
    const read = async (start: number) => {
      for await (const chunk of reading.read({ start, end: start + 10 }, signal)) return Buffer.from(chunk);
      return undefined;
    };
    expect(content.subarray(0, 10).equals((await read(0))!)).toBe(true);
    await expect(read(PLAIN)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('the person', () => {
  it('pauses everything, limits the rates, and both hold at once', async () => {
    const [one, two] = [await home(), await home()];
    const first = await opened(one, { lbryDht: false });
    const { path, content } = await fileOf(one, 2 * PLAIN);
    const { sdHash } = (await first.offer(path, {}, signal)).description;
    const second = await opened(two, { lbryFixedPeer: [`127.0.0.1:${first.peerPort}`], lbryDht: false });
    second.setLimits({ down: 1_000_000, up: null, limitLan: true });
    const fetched = await second.fetchStream(sdHash, {}, signal);
    // At this rate the file takes four seconds.
    await vi.waitFor(() => expect(second.status().rates.down).toBeGreaterThan(0), { timeout: 10_000 });
    first.setPaused({ all: 'paused-by-user' });
    await vi.waitFor(() => expect(second.status().connections.out).toBe(0), { timeout: 10_000 });
    expect(first.status().connections.in).toBe(0);
    second.setPaused({ all: 'paused-by-user' });
    expect(fetched.status()).toMatchObject({ state: 'waiting', complete: false });
    await expect(second.blobs.get('ab'.repeat(48), signal)).rejects.toMatchObject({ code: 'denied' });
    first.setPaused({ all: null });
    first.setLimits({ down: null, up: 50_000_000, limitLan: true });
    second.setLimits({ down: null, up: null, limitLan: true });
    second.setPaused({ all: null });
    await untilWhole(fetched);
    expect((await readFile(fetched.status().path!)).equals(content)).toBe(true);
  });

  it('is told what is wrong with what they name, and with a port that is taken', async () => {
    const of = await home();
    const { path } = await fileOf(of, 0, 'empty');
    const there = await opened(of, { lbryDht: false });
    await expect(there.offer(path, {}, signal)).rejects.toMatchObject({ code: 'invalid' });
    await expect(there.offer(`${path}-not`, {}, signal)).rejects.toMatchObject({ code: 'not-found' });
    await expect(there.fetchStream('abc', {}, signal)).rejects.toMatchObject({ code: 'invalid' });
    await expect(there.fetchStream('ab'.repeat(48), {}, AbortSignal.timeout(50))).rejects.toThrow();
    expect(there.list()).toEqual([]);
    expect(await there.remove('ab'.repeat(48), { deleteFile: true })).toBe(false);
    const taken = (await home()).open({ lbryPeer: there.peerPort, lbryDht: false });
    await expect(taken).rejects.toThrow(/--lbry-peer/);
  });
});
