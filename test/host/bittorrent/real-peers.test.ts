import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { bareTorrent } from '../../../host/bittorrent/metainfo.ts';
import {
  type Encryption,
  hasLibtorrent,
  hasTransmission,
  type PeerOrder,
  type RealPeer,
  startLibtorrent,
  startTransmission,
} from '../../support/peers.ts';
import {
  type Described,
  event,
  type Home,
  hold,
  meeting,
  openHome,
  openTracker,
  request,
  someBytes,
  type TestTracker,
  until,
  wish,
} from '../../support/swarm.ts';

const PEERS: [name: string, present: boolean, start: (order: PeerOrder) => Promise<RealPeer>][] = [
  ['libtorrent', hasLibtorrent, startLibtorrent],
  ['transmission', hasTransmission, startTransmission],
];
const ENCRYPTIONS: Encryption[] = ['plain', 'encrypted'];

/** transmission unchokes and asks in rounds of 10 s */
const PATIENCE_MS = 90_000;

interface World extends AsyncDisposable {
  tracker: TestTracker;
  home: Home;
  /** the peer's own */
  folder: string;
  join(order: Omit<PeerOrder, 'trackers' | 'folder'>): Promise<RealPeer>;
}

async function openWorld(start: (order: PeerOrder) => Promise<RealPeer>): Promise<World> {
  const [tracker, home] = [await openTracker(), await openHome()];
  const folder = await mkdtemp(join(tmpdir(), 'lsd-peer-'));
  let peer: RealPeer | undefined;
  return {
    tracker,
    home,
    folder,
    async join(order) {
      peer = await start({ ...order, trackers: [tracker.http], folder });
      return peer;
    },
    async [Symbol.asyncDispose]() {
      await peer?.close();
      await home.close();
      await tracker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function announced({ tracker }: World, file: Described): Promise<void> {
  await until('the peer to announce itself', () => {
    const swarm = tracker.server.torrents[file.infoHash];
    return swarm && swarm.complete + swarm.incomplete > 0;
  });
}

async function torrentWith({ tracker, folder }: World, file: Described): Promise<string> {
  const path = join(folder, 'it.torrent');
  const bare = Buffer.from(bareTorrent(file.info));
  // transmission takes its trackers from the file
  const announce = Buffer.from(`8:announce${tracker.http.length}:${tracker.http}`);
  await writeFile(path, Buffer.concat([bare.subarray(0, 1), announce, bare.subarray(1)]));
  return path;
}

describe.each(PEERS)('%s', (name, present, start) => {
  const found = present ? 'found through a tracker' : `(skipped: ${name} is not installed)`;
  // They mostly wait for the peers' own rounds, so they wait together.
  describe.skipIf(!present).concurrent(found, () => {
    it.each(ENCRYPTIONS)('downloads a requested file from us, %s', { timeout: PATIENCE_MS }, async encryption => {
      await using world = await openWorld(start);
      const file = someBytes(2 * 1024 * 1024 + 123);
      await hold(world.home, file);
      const peer = await world.join({ mode: 'fetch', encryption, infoHash: file.infoHash });
      await announced(world, file);
      request(world.home, meeting(world.tracker.http), [file.id]);
      await peer.complete();
      const path = join(world.folder, file.id);
      await until('the same bytes', async () => file.bytes.equals(await readFile(path).catch(() => Buffer.alloc(0))));
    });

    it.each(ENCRYPTIONS)('seeds a file to us, %s', { timeout: PATIENCE_MS }, async encryption => {
      await using world = await openWorld(start);
      const file = someBytes(2 * 1024 * 1024 + 321);
      await writeFile(join(world.folder, file.id), file.bytes);
      await world.join({ mode: 'seed', encryption, torrent: await torrentWith(world, file) });
      await announced(world, file);
      const verified = event(world.home.events, 'download.verified');
      world.home.torrents.download(wish(file, [meeting(world.tracker.http)]));
      await verified;
      const path = world.home.catalogue.download(file.id)?.path ?? '';
      expect(file.bytes.equals(await readFile(path))).toBe(true);
    });
  });
});
