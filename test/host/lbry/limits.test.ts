/** What the person set for downloads, on streams: how many at once, the room that stays free, and when giving back ends. */

import { randomBytes } from 'node:crypto';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createDownloadQueue, type DownloadQueue } from '../../../host/core/download-queue.ts';
import { createEvents } from '../../../host/core/events.ts';
import type { LbryNetwork, LbryStream } from '../../../host/core/lbry.ts';
import type { TransferLimits } from '../../../host/core/ports.ts';
import type { AddressRanges, DownloadOrder } from '../../../host/core/preferences.ts';
import { parseRanges } from '../../../host/platform/address-ranges.ts';
import { createDiskRoom } from '../../../host/platform/disk-room.ts';
import { createTimers } from '../../../host/platform/timers.ts';
import { openDatabase } from '../../../host/store/database.ts';
import { createDownloadOrder } from '../../../host/store/download-order.ts';
import { allOf, createLbryHome, type LbryHome, type OpenLbry } from '../../support/lbry-home.ts';

const { signal } = new AbortController();
const FREE: TransferLimits = { down: null, up: null };
const SIZE = 300_000;
const WAITING = { timeout: 30_000, interval: 10 };

/** What is looked at every few seconds is looked at every few ms. */
const real = createTimers(thrown => {
  throw thrown;
});
const hasty = { after: (ms: number, work: () => void) => real.after(ms >= 5_000 ? 20 : ms, work) };

let giver: LbryHome;
let given: OpenLbry;
let taker: LbryHome;
let taking: OpenLbry;
let queue: DownloadQueue;
let order: DownloadOrder;
/** sd hashes of three files that the giver gives */
const sdHashes: string[] = [];
const onClose: (() => void)[] = [];
let free = 1e12;
let blocked: AddressRanges[] = [];
const events = createEvents(thrown => {
  throw thrown;
});
/** ms beside the machine's clock */
let beside = 0;

const written = () => taking.network.list().reduce((sum, each) => sum + each.status().bytesHere, 0);
const open = () => {
  queue = createDownloadQueue({ clock: { now: Date.now }, order, after: hasty.after });
  return taker.open(
    { lbryDht: false, lbryFixedPeer: [`localhost:${given.network.peerPort}`] },
    {
      timers: hasty,
      queue,
      room: createDiskRoom(async () => free - written()),
      now: () => Date.now() + beside,
      ...{ events, addresses: { all: () => blocked } },
    },
  );
};

beforeAll(async () => {
  [giver, taker] = await Promise.all([createLbryHome(), createLbryHome()]);
  given = await giver.open({ lbryDht: false });
  const database = openDatabase(join(giver.folder, 'order.db'));
  onClose.push(() => database.close());
  order = createDownloadOrder(database);
  for (const name of ['a.bin', 'b.bin', 'c.bin']) {
    const path = join(giver.folder, name);
    await writeFile(path, randomBytes(SIZE));
    sdHashes.push((await given.network.offer(path, {}, signal)).description.sdHash);
  }
});
afterAll(async () => {
  for (const close of onClose) close();
  await given[Symbol.asyncDispose]();
  await Promise.all([giver, taker].map(each => each[Symbol.asyncDispose]()));
});

beforeEach(async () => {
  free = 1e12;
  beside = 0;
  taking = await open();
  onTestFinished(async () => {
    for (const sdHash of sdHashes) await taking.network.remove(sdHash, { deleteFile: true });
    await taking[Symbol.asyncDispose]();
  });
});

/** One after the other: they stand in the queue as their descriptors came. */
async function fetchAll(from: LbryNetwork): Promise<LbryStream[]> {
  const streams: LbryStream[] = [];
  for (const each of sdHashes) streams.push(await from.fetchStream(each, {}, signal));
  return streams;
}
const isSo = (stream: LbryStream, status: object) =>
  vi.waitFor(() => expect(stream.status()).toMatchObject(status), WAITING);

describe('streams', () => {
  it('beyond the number wait, say so, and come in their order; one that is read does not wait', async () => {
    const { network } = taking;
    network.setLimits({ ...FREE, down: 20_000, activeDownloads: 1 });
    const [first, second, third] = await fetchAll(network);
    await isSo(second!, { state: 'waiting', reason: 'queued' });
    await isSo(third!, { state: 'waiting', reason: 'queued' });
    await isSo(first!, { state: 'downloading', reason: null, peers: 1 });
    const reading = third!.open(signal);
    await isSo(third!, { state: 'downloading', reason: null, peers: 1 });
    expect(second!.status()).toMatchObject({ state: 'waiting', peers: 0 });
    network.setLimits({ ...FREE, activeDownloads: 1 });
    await using content = await reading;
    expect(await allOf(content)).toHaveLength(SIZE);
    for (const each of [first, second, third]) await isSo(each!, { state: 'seeding', complete: true });
  });

  it('come in the order of the person, and what runs makes way', async () => {
    const { network } = taking;
    network.setLimits({ ...FREE, down: 20_000, activeDownloads: 1 });
    const [first, second, third] = await fetchAll(network);
    await isSo(first!, { state: 'downloading', peers: 1 });
    await isSo(third!, { state: 'waiting', reason: 'queued' });
    expect(queue.ids()).toEqual(sdHashes);
    order.move(sdHashes[2]!, 'top', queue.added());
    queue.reorder();
    await isSo(third!, { state: 'downloading', peers: 1 });
    expect([first, second].map(each => each?.status().reason)).toEqual(['queued', 'queued']);
    order.move(sdHashes[2]!, 'down', queue.added());
    expect(sdHashes.map(each => order.place(each, null))).toEqual([0, 2, 1]);
    await network.remove(sdHashes[0]!, { deleteFile: true });
    queue.reorder();
    expect(queue.ids()).toEqual([sdHashes[2], sdHashes[1]]);
  });

  it('wait, paused, with the reason of it, and so do their readers', async () => {
    const { network } = taking;
    network.setPaused({ all: 'on-battery' });
    const stream = (await network.fetchStream(sdHashes[0]!, {}, signal).catch(thrown => thrown)) as unknown;
    // Not even its descriptor comes.
    expect(stream).toMatchObject({ code: 'denied' });
    network.setPaused({ all: null });
    const asked = network.blobs.get('ab'.repeat(48), signal);
    await vi.waitFor(() => expect(network.status().connections.out).toBe(1), WAITING);
    network.setPaused({ all: 'on-battery' });
    await expect(asked).rejects.toMatchObject({ code: 'denied' });
    await vi.waitFor(() => expect(network.status().connections.out).toBe(0), WAITING);
    network.setPaused({ all: null });
    network.setLimits({ ...FREE, down: 20_000 });
    const fetched = await network.fetchStream(sdHashes[0]!, {}, signal);
    const reading = fetched.open(signal);
    await isSo(fetched, { state: 'downloading', peers: 1 });
    network.setPaused({ all: 'schedule' });
    await isSo(fetched, { state: 'waiting', reason: 'schedule', peers: 0 });
    network.setLimits(FREE);
    network.setPaused({ all: null });
    await using content = await reading;
    expect(await allOf(content)).toHaveLength(SIZE);
    await isSo(fetched, { complete: true });
    network.setPaused({ all: 'metered' });
    expect(fetched.status()).toMatchObject({ state: 'waiting', reason: 'metered' });
  });

  it('that are removed keep nobody waiting for them', async () => {
    const { network } = taking;
    network.setLimits({ ...FREE, activeDownloads: 0 });
    const fetched = await network.fetchStream(sdHashes[0]!, {}, signal);
    await isSo(fetched, { reason: 'queued' });
    const saving = fetched.save({ folder: join(taker.folder, 'elsewhere') }, signal);
    const gone = expect(saving).rejects.toMatchObject({ code: 'not-found' });
    await network.remove(sdHashes[0]!, { deleteFile: true });
    await gone;
    expect(network.list()).toEqual([]);
  });

  it('fail where their folder cannot be written, say what to do, and begin again when they are started', async () => {
    const { network } = taking;
    const folder = join(taker.folder, 'taken');
    await writeFile(folder, 'a file in the way');
    const fetched = await network.fetchStream(sdHashes[0]!, { folder }, signal);
    await isSo(fetched, { state: 'failed', trouble: { reason: 'unwritable' } });
    expect(fetched.status().trouble?.message).toMatch(
      /^The folder .*taken cannot be written .* start the file again\.$/,
    );
    await rm(folder);
    fetched.start();
    await isSo(fetched, { complete: true, trouble: null });
  });

  it('come from no blocked address: who is connected is let go at once', async () => {
    const { network } = taking;
    network.setLimits({ ...FREE, down: 20_000 });
    const fetched = await network.fetchStream(sdHashes[0]!, {}, signal);
    await isSo(fetched, { peers: 1 });
    blocked = [parseRanges('loopback:127.0.0.0-127.0.0.255').ranges];
    events.emit('addresses.changed', {});
    await isSo(fetched, { peers: 0, state: 'downloading' });
    expect(network.status().connections.out).toBe(0);
    network.setLimits(FREE);
    blocked = [];
    events.emit('addresses.changed', {});
    await isSo(fetched, { complete: true });
  });

  it('wait for room on the disk: for their own rest, and for what is to stay free', async () => {
    const { network } = taking;
    free = SIZE + 1_000;
    network.setLimits({ ...FREE, keepFree: 2_000 });
    const all = await fetchAll(network);
    const waiting = () => all.filter(each => !each.status().complete);
    const NO_SPACE = { state: 'waiting', reason: 'no-space', trouble: null };
    for (const each of all) await isSo(each, NO_SPACE);
    free += 2_000;
    await vi.waitFor(() => expect(waiting()).toHaveLength(2), WAITING);
    for (const each of waiting()) await isSo(each, NO_SPACE);
    // Another program wrote: what is to stay free is gone.
    free -= 2_000;
    for (const each of waiting()) await isSo(each, NO_SPACE);
    free = 1e12;
    for (const each of all) await isSo(each, { complete: true, state: 'seeding' });
  });

  it('are given back as often as the person set, then no more, until they are started again; a restart changes nothing', async () => {
    taking.network.setLimits({ ...FREE, seedRatio: 0.9 });
    const [stream] = await fetchAll(taking.network);
    const sdHash = sdHashes[0]!;
    await isSo(stream!, { state: 'seeding' });
    const third = await createLbryHome();
    onTestFinished(() => third[Symbol.asyncDispose]());
    const fetchFrom = async (from: LbryNetwork, patienceMs = 30_000) => {
      await using there = await third.open({ lbryDht: false, lbryFixedPeer: [`127.0.0.1:${from.peerPort}`] });
      const theirs = await there.network
        .fetchStream(sdHash, {}, AbortSignal.timeout(patienceMs))
        .catch(() => undefined);
      if (!theirs) return false;
      await isSo(theirs, { complete: true });
      return there.network.remove(sdHash, { deleteFile: true });
    };
    expect(await fetchFrom(taking.network)).toBe(true);
    await isSo(stream!, { state: 'seeded', complete: true });
    expect(await fetchFrom(taking.network, 300)).toBe(false);
    await taking[Symbol.asyncDispose]();

    taking = await open();
    const again = taking.network.stream(sdHash)!;
    expect(again.status()).toMatchObject({ state: 'seeded', complete: true });
    await using content = await again.open(signal);
    expect(await allOf(content)).toHaveLength(SIZE);
    taking.network.setLimits({ ...FREE, seedRatio: 0.9 });
    // To ask for it once more is no wish to give it once more.
    expect((await taking.network.fetchStream(sdHash, {}, signal)).status().state).toBe('seeded');
    again.start();
    expect(again.status().state).toBe('seeding');
    expect(await fetchFrom(taking.network)).toBe(true);
    await isSo(again, { state: 'seeded' });
    taking.network.setLimits(FREE);
    expect(again.status().state).toBe('seeding');
  });

  it('are given back for as long as the person set, which does not hold for files of their own', async () => {
    const hour = 3_600_000;
    taking.network.setLimits({ ...FREE, seedMs: hour });
    const [fetched] = await fetchAll(taking.network);
    await isSo(fetched!, { state: 'seeding' });
    const path = join(taker.folder, 'own.bin');
    await writeFile(path, randomBytes(10));
    const own = await taking.network.offer(path, {}, signal);
    beside = hour;
    await isSo(fetched!, { state: 'seeded' });
    expect(own.status().state).toBe('seeding');
    await taking.network.remove(own.description.sdHash, { deleteFile: true });
  });
});
