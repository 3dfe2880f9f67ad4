/** Downloads and seeds that the person stops: one site's, one file's, those behind others, those of blocked addresses. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDownloadQueue } from '../../../host/core/download-queue.ts';
import type { AddressRanges, DownloadOrder } from '../../../host/core/preferences.ts';
import { parseRanges } from '../../../host/platform/address-ranges.ts';
import { createTimers } from '../../../host/platform/timers.ts';
import {
  type Described,
  event,
  GOING,
  type Home,
  hold,
  meeting,
  openHome,
  request,
  someBytes,
  until,
  wish,
} from '../../support/swarm.ts';

let holder: Home;
let requester: Home;
let blocked: AddressRanges[] = [];
let served = 0;

beforeEach(async () => {
  blocked = [];
  served = 0;
  const addresses = { all: () => blocked };
  [holder, requester] = await Promise.all([openHome({}, { served: () => served }), openHome({}, { addresses })]);
});
afterEach(async () => {
  await Promise.all([holder.close(), requester.close()]);
});

const queueIn = (order: Pick<DownloadOrder, 'place' | 'remove'>, readGraceMs?: number) =>
  createDownloadQueue({
    ...{ clock: { now: Date.now }, after: createTimers(console.error).after, order },
    ...(readGraceMs !== undefined && { readGraceMs }),
  });
const at = (by = 'https://site.example') => meeting(null, { by, peers: [`127.0.0.1:${holder.torrents.peerPort}`] });
const state = (file: Described) => {
  const { state, reason } = requester.torrents.transfer(file.id) ?? { state: 'gone', reason: undefined };
  return `${state} ${reason ?? ''}`.trim();
};

async function offer(...files: Described[]): Promise<void> {
  for (const file of files) await hold(holder, file);
  request(
    holder,
    meeting(null),
    files.map(({ id }) => id),
  );
}

it('downloads come one after the other, in the order that the person gives them', async () => {
  const files = [someBytes(2_000_000), someBytes(2_000_000), someBytes(2_000_000)] as const;
  await offer(...files);
  const order = new Map<string, number>(files.map(({ id }, place) => [id, place]));
  await requester.close();
  const queue = queueIn({ place: id => order.get(id) ?? 0, remove: id => void order.delete(id) });
  requester = await openHome({}, { queue });
  const done: string[] = [];
  requester.events.on('download.verified', ({ id }) => done.push(id));
  requester.torrents.setLimits({ down: 300_000, up: null, activeDownloads: 1 });
  for (const file of files) {
    // Each comes by itself, long after the limit.
    await new Promise(setImmediate);
    requester.torrents.download(wish(file, [at()]));
  }
  await until('two that wait', () => state(files[1]) === 'waiting queued' && state(files[2]) === 'waiting queued');
  order.set(files[2].id, -1);
  queue.reorder();
  await until('the first to make way', () => state(files[0]) === 'waiting queued');
  expect(queue.ids()).toEqual([files[2].id, files[0].id, files[1].id]);
  // What has come is verified while the next comes, which takes longer than that.
  requester.torrents.setLimits({ down: 4_000_000, up: null, activeDownloads: 1 });
  await until('all', () => done.length === 3);
  expect(done).toEqual([files[2].id, files[0].id, files[1].id]);
});

it('a download that somebody reads goes before the others until its last reader has gone', async () => {
  const files = [someBytes(4_000_000), someBytes(4_000_000)] as const;
  const [first, opened] = files;
  await offer(...files);
  const order = { place: (id: string) => files.findIndex(file => file.id === id), remove() {} };
  await requester.close();
  const queue = queueIn(order, 0);
  requester = await openHome({}, { queue });
  requester.torrents.setLimits({ down: 40_000, up: null, activeDownloads: 1 });
  for (const file of files) requester.torrents.download(wish(file, [at()], { torrent: () => file.metainfo }));
  const waits = (file: Described) => state(file) === 'waiting queued';
  await until('one that waits', () => !waits(first) && waits(opened));
  const contents = await Promise.all([requester.torrents.open(opened.id), requester.torrents.open(opened.id)]);
  expect(contents.map(content => content?.size)).toEqual([4_000_000, 4_000_000]);
  // Closed twice, it is one reader less, all the same.
  for (const _ of [1, 2]) await contents[0]?.[Symbol.asyncDispose]();
  await until('the peer of the first', () => requester.torrents.transfer(first.id)?.peers === 1);
  expect([waits(first), waits(opened)]).toEqual([false, false]);
  await contents[1]?.[Symbol.asyncDispose]();
  await until('what nobody reads any more to wait', () => !waits(first) && waits(opened));
});

it('a paused site and a paused file stand still, keep what they have, and go on', async () => {
  const [ofSite, ofItem] = [someBytes(2_000_000), someBytes(2_000_000)];
  await offer(ofSite, ofItem);
  requester.torrents.setLimits({ down: 400_000, up: null });
  requester.torrents.download(wish(ofSite, [at('https://paused.example')]));
  requester.torrents.download(wish(ofItem, [at()]));
  const isUnderWay = (file: Described) => (requester.torrents.transfer(file.id)?.progress ?? 0) > 0.2;
  await until('a part of both', () => isUnderWay(ofSite) && isUnderWay(ofItem));
  const pauses = { ...GOING, sites: new Set(['https://paused.example']), items: new Set([ofItem.id]) };
  requester.torrents.setPaused(pauses);
  await until('both to stand still', () => [ofSite, ofItem].every(file => state(file) === 'paused paused-by-user'));
  expect(isUnderWay(ofSite)).toBe(true);
  requester.torrents.setPaused({ ...pauses, all: 'on-battery' });
  await until('the reason of all', () => state(ofItem) === 'paused on-battery');
  requester.torrents.setLimits({ down: null, up: null });
  const verified = [ofSite, ofItem].map(file =>
    event(requester.events, 'download.verified', ({ id }) => id === file.id),
  );
  requester.torrents.setPaused(GOING);
  await Promise.all(verified);
});

it('a download waits while the disk is to keep its room, and for a site that has used up its quota', async () => {
  const file = someBytes(300_000);
  await offer(file);
  requester.torrents.setLimits({ down: null, up: null, keepFree: Number.MAX_SAFE_INTEGER });
  requester.torrents.download(wish(file, [at()]));
  await until('it to wait for room', () => state(file) === 'waiting no-space');
  requester.torrents.setPaused({ ...GOING, spent: new Set(['https://site.example']) });
  await until('it to wait for the quota', () => state(file) === 'waiting quota');
  requester.torrents.setLimits({ down: null, up: null, keepFree: 'auto' });
  const verified = event(requester.events, 'download.verified');
  requester.torrents.setPaused(GOING);
  await verified;
});

it('a download that is paused when the home starts shows what it already has', async () => {
  const file = someBytes(1_500_000);
  await offer(file);
  const path = await mkdtemp(join(tmpdir(), 'lsd-held-'));
  const before = await openHome({}, { path });
  before.torrents.setLimits({ down: 400_000, up: null });
  before.torrents.download(wish(file, [at()]));
  const here = await until('some of it', () => before.torrents.transfer(file.id)?.downloaded);
  await before.close();
  const after = await openHome({}, { path });
  after.torrents.setPaused({ ...GOING, all: 'paused-by-user' });
  after.torrents.download(wish(file, [at()]));
  await until('what it has', () => (after.torrents.transfer(file.id)?.downloaded ?? 0) >= here);
  expect(after.torrents.transfer(file.id)).toMatchObject({ state: 'paused', size: file.bytes.length });
  await after.close();
  await rm(path, { recursive: true });
});

it('what a paused site asks for is not served, and what was given back often enough sleeps', async () => {
  const file = someBytes(300_000);
  await offer(file);
  const isSeeding = () => holder.torrents.transfer(file.id)?.state === 'seeding';
  await until('it awake', isSeeding);
  holder.torrents.setPaused({ ...GOING, sites: new Set(['https://site.example']) });
  await until('it asleep', () => !isSeeding());
  holder.torrents.setPaused(GOING);
  await until('it awake again', isSeeding);
  // Another site that asked for it, and does no longer, does not keep it awake.
  const other = meeting(null, { by: 'https://other.example' });
  request(holder, other, [file.id]);
  request(holder, other, []);
  holder.torrents.setPaused({ ...GOING, sites: new Set(['https://site.example']) });
  expect(isSeeding()).toBe(false);
  holder.torrents.setPaused(GOING);
  await until('it awake once more', isSeeding);
  // A file of the person's own is nobody's request.
  served = 1_000_000;
  holder.torrents.setLimits({ down: null, up: null, seedRatio: 1 });
  request(holder, meeting(null), [file.id]);
  expect(isSeeding()).toBe(true);
  requester.torrents.download(wish(file, [at()]));
  await event(requester.events, 'download.verified');
  requester.torrents.setLimits({ down: null, up: null, seedMs: 0 });
  request(requester, meeting(null), [file.id]);
  await until('the download asleep', () => requester.torrents.transfer(file.id) === undefined);
  requester.torrents.setLimits({ down: null, up: null });
  request(requester, meeting(null), [file.id]);
  await until('it awake', () => requester.torrents.transfer(file.id)?.state === 'seeding');
});

it('a file whose bytes changed by themselves is served no more, but a good copy of it is', async () => {
  const file = someBytes(300_000);
  // As a disk does that fails: the catalogue knows this stamp, with the bytes that were there before.
  const spoilt = await hold(holder, { ...file, bytes: Buffer.alloc(300_000) }, { name: '1.mp4' });
  const good = await hold(holder, file, { name: '2.mp4' });
  request(holder, meeting(null), [file.id]);
  expect(holder.catalogue.pathsOf(file.id)[0]?.path).toBe(spoilt);
  holder.catalogue.recordRot(holder.catalogue.file(spoilt)!, 1);
  holder.events.emit('file.rotten', { path: spoilt, id: file.id, rotten: true });
  holder.events.emit('library.changed', { folders: [] });
  requester.torrents.download(wish(file, [at()]));
  await event(requester.events, 'download.verified');
  holder.catalogue.recordRot(holder.catalogue.file(good)!, 1);
  holder.events.emit('file.rotten', { path: good, id: file.id, rotten: true });
  holder.events.emit('library.changed', { folders: [] });
  expect(holder.torrents.transfer(file.id)).toBeUndefined();
});

it('a file that is blocked by one of its names sleeps at once, and wakes when it is asked for after that', async () => {
  const file = someBytes(300_000);
  await offer(file);
  const isSeeding = () => holder.torrents.transfer(file.id)?.state === 'seeding';
  for (const hash of [file.id, file.infoHash]) {
    await until('it awake', isSeeding);
    holder.blocklist.configure([hash]);
    expect(isSeeding()).toBe(false);
    request(holder, meeting(null), [file.id]);
    expect(isSeeding()).toBe(false);
    holder.blocklist.configure([]);
    request(holder, meeting(null), [file.id]);
  }
  await until('it awake', isSeeding);
});

it('a blocked address is let go at once, and dialled no more, until it is no longer blocked', async () => {
  const file = someBytes(2_000_000);
  await offer(file);
  requester.torrents.setLimits({ down: 200_000, up: null });
  requester.torrents.download(wish(file, [at()]));
  await until('its peer', () => requester.torrents.transfer(file.id)?.peers === 1);
  blocked = [parseRanges('loopback:127.0.0.0-127.0.0.255').ranges];
  requester.events.emit('addresses.changed', {});
  await until('it to be let go', () => state(file) === 'waiting no-peers');
  requester.torrents.download(wish(file, [at()]));
  requester.torrents.setLimits({ down: null, up: null });
  blocked = [];
  requester.events.emit('addresses.changed', {});
  const verified = event(requester.events, 'download.verified');
  requester.torrents.download(wish(file, [at()]));
  await verified;
});
