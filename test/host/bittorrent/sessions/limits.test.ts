/** What the person set for downloads, on torrents that sessions save: how many at once, the room, pauses, and the end of giving. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDownloadQueue } from '../../../../host/core/download-queue.ts';
import { NO_METAINFO } from '../../../../host/core/metainfo-file.ts';
import type { TransferLimits } from '../../../../host/core/ports.ts';
import type { AddressRanges } from '../../../../host/core/preferences.ts';
import type { SavedTorrent, TorrentSession } from '../../../../host/core/torrent-sessions.ts';
import { parseRanges } from '../../../../host/platform/address-ranges.ts';
import { createDiskRoom } from '../../../../host/platform/disk-room.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { type ManyFiles, manyFiles } from '../../../support/many-files.ts';
import { GOING, type Home, openHome, until } from '../../../support/swarm.ts';

const SIZE = 400_000;
const FREE: TransferLimits = { down: null, up: null };
const [first, second, own] = ['first', 'second', 'own'].map(name =>
  manyFiles([{ path: `${name}.bin`, size: SIZE }], { name: `${name}.bin`, single: true }),
) as [ManyFiles, ManyFiles, ManyFiles];

/** A home, its one session, and what the test sets of it. */
interface Saving {
  home: Home;
  session: TorrentSession;
  root: string;
  close(): Promise<void>;
}

let folder: string;
let giver: Saving;
let taker: Saving;
let blocked: AddressRanges[] = [];
let free = 1e12;
/** ms beside the machine's clock */
let beside = 0;

async function open(name: string, limits = FREE): Promise<Saving> {
  const path = join(folder, name);
  const root = join(path, 'root');
  await mkdir(root, { recursive: true });
  const clock = { now: () => Date.now() + beside };
  const { after } = createTimers(thrown => {
    throw thrown;
  });
  const home = await openHome(
    {},
    {
      path,
      clock,
      // What is looked at every few seconds is looked at every few ms.
      queue: createDownloadQueue({ clock, after: (ms, work) => after(Math.min(ms, 50), work) }),
      room: createDiskRoom(async () => (name === 'taker' ? free : 1e12)),
      addresses: { all: () => (name === 'taker' ? blocked : []) },
    },
  );
  home.torrents.setLimits(limits);
  const sessions = await home.torrents.sessions({
    ...{ root, folder: join(path, 'kept'), sessions: 1, torrents: 10, lan: true },
  });
  const session = sessions.list()[0] ?? (await sessions.create({ first: 0, last: 0, memoryOnly: false }));
  return { home, session, root, close: () => home.close() };
}

function add(to: Saving, torrent: ManyFiles, peers: string[] = []) {
  const { infoHash, info } = torrent;
  const source = { infoHash, trackers: [], webseeds: [], peers };
  return to.session.add({
    torrent: peers.length > 0 ? { source } : { file: { ...NO_METAINFO, info } },
    ...{ savePath: to.root, paused: false, allocate: false, memoryOnly: false, files: null, sequential: false },
  });
}
const from = ({ session }: Saving) => [`127.0.0.1:${session.port}`];
const rests = (torrent: SavedTorrent | undefined, reason: string | null) =>
  until(`it to rest: ${reason}, not ${JSON.stringify(torrent?.status())}`, () => torrent?.status().rests === reason);
const isWhole = (torrent: SavedTorrent) => until('all of it', () => torrent.status().state === 'seeding');

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lsd-saved-limits-'));
  [giver, taker] = await Promise.all([open('giver'), open('taker')]);
  for (const each of [first, second]) {
    await each.write(giver.root);
    await isWhole(await add(giver, each));
  }
});
afterAll(async () => {
  await Promise.all([giver.close(), taker.close()]);
  await rm(folder, { recursive: true });
});

it('those beyond the number wait, and so do all while all is paused; then they come', async () => {
  const { torrents } = taker.home;
  // Neither is whole before this is through.
  const slow = { ...FREE, down: 20_000 };
  torrents.setLimits(slow);
  const one = await add(taker, first, from(giver));
  const other = await add(taker, second, from(giver));
  await until('both to be known', () => one.description() && other.description());
  torrents.setLimits({ ...slow, activeDownloads: 1 });
  await rests(other, 'queued');
  expect(one.status()).toMatchObject({ rests: null, paused: false });
  torrents.setPaused({ ...GOING, all: 'schedule' });
  await rests(one, 'schedule');
  await rests(other, 'schedule');
  await until('nobody to be there', () => one.status().peers === 0);
  torrents.setPaused(GOING);
  await rests(one, null);
  await rests(other, 'queued');

  // Somebody reads it: it comes beside the other.
  const reading = other.open(0);
  if (!reading) throw new Error('it is not known what is in it');
  await rests(other, null);
  torrents.setLimits({ ...FREE, activeDownloads: 1 });
  const chunks: Uint8Array[] = [];
  for await (const chunk of reading.read({ start: 0, end: SIZE }, new AbortController().signal)) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(second.bytes)).toBe(true);
  await reading[Symbol.asyncDispose]();
  await Promise.all([one, other].map(isWhole));
  for (const each of [first, second]) await taker.session.remove(each.infoHash, { data: true });
});

it('waits for the room that it needs, beside what is to stay free', async () => {
  free = SIZE + 1_000;
  taker.home.torrents.setLimits({ ...FREE, keepFree: 2_000 });
  const one = await add(taker, first, from(giver));
  await rests(one, 'no-space');
  expect(one.status()).toMatchObject({ trouble: null, progress: 0 });
  free = 1_000;
  await rests(one, 'no-space');
  free = 1e12;
  await isWhole(one);
  await taker.session.remove(first.infoHash, { data: true });
});

it('lets blocked addresses go, and comes from them when they are not blocked any more', async () => {
  const { home } = taker;
  home.torrents.setLimits({ ...FREE, down: 50_000 });
  const one = await add(taker, first, from(giver));
  await until('a peer', () => one.status().peers > 0);
  blocked = [parseRanges('loopback:127.0.0.0-127.0.0.255').ranges];
  home.events.emit('addresses.changed', {});
  await until('nobody to be there', () => one.status().peers === 0);
  blocked = [];
  home.events.emit('addresses.changed', {});
  home.torrents.setLimits(FREE);
  one.change({ paused: true });
  one.change({ paused: false });
  await isWhole(one);
  await taker.session.remove(first.infoHash, { data: true });
});

it('is given back as often, and for as long, as the person set, over a restart; a file of their own for ever', async () => {
  const limits = { ...FREE, seedRatio: 0.9, seedMs: 3_600_000 };
  taker.home.torrents.setLimits(limits);
  const one = await add(taker, first, from(giver));
  await isWhole(one);
  await own.write(taker.root);
  const theirs = await add(taker, own);
  await isWhole(theirs);
  // Else it would give it to the third, of which it hears.
  await giver.session.remove(first.infoHash, { data: false });
  const third = await open('third');
  await isWhole(await add(third, first, from(taker)));
  await rests(one, 'seeded');
  expect(one.status()).toMatchObject({ state: 'seeding', paused: false, trouble: null });
  await third.session.remove(first.infoHash, { data: true });
  const again = await add(third, first, from(taker));

  await taker.close();
  taker = await open('taker', limits);
  const [restored, kept] = [first, own].map(({ infoHash }) => taker.session.torrent(infoHash));
  await isWhole(restored!);
  await rests(restored, 'seeded');
  expect(again.status().progress).toBe(0);
  restored!.change({ paused: false });
  await rests(restored, null);
  await third.session.remove(first.infoHash, { data: true });
  await isWhole(await add(third, first, from(taker)));
  await rests(restored, 'seeded');

  taker.home.torrents.setLimits({ ...limits, seedRatio: null });
  await rests(restored, null);
  beside = limits.seedMs;
  await rests(restored, 'seeded');
  await isWhole(kept!);
  expect(kept!.status().rests).toBeNull();
  await third.close();
});
