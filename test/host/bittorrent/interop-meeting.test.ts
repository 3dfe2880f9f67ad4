/** The other ways in which we and other programs find each other: WebSocket trackers, PEX, LAN discovery, DHT, web seeds. */

import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client as Dht } from 'bittorrent-dht';
import { describe, expect, it, type TestContext } from 'vitest';
import { bareTorrent } from '../../../host/bittorrent/metainfo.ts';
import type { TorrentsOptions } from '../../../host/bittorrent/torrents.ts';
import type { Meeting } from '../../../host/core/ports.ts';
import { manyFiles } from '../../support/many-files.ts';
import { hasNginx, startNginx } from '../../support/peers/nginx.ts';
import { startWebTorrent } from '../../support/peers/webtorrent.ts';
import { hasLibtorrent, type LibtorrentPeer, type PeerOrder, startLibtorrent } from '../../support/peers.ts';
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
  until,
  wish,
} from '../../support/swarm.ts';

const PUBLIC = meeting(null, { reach: 'public' });

/** Everything that a test opens, closed in the other order when it is over, also where it ran out of time. */
async function openWorld({ onTestFinished }: TestContext) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const folder = await mkdtemp(join(tmpdir(), 'lsd-interop-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  let peers = 0;

  /** Its folder, with the file in it where it seeds; and its order. */
  async function order(mode: PeerOrder['mode'], file: Described, more: Partial<PeerOrder> = {}): Promise<PeerOrder> {
    const own = join(folder, `${++peers}`);
    await mkdir(own);
    const torrent = join(own, 'it.torrent');
    await writeFile(torrent, bareTorrent(file.info));
    if (mode === 'seed') await writeFile(join(own, file.id), file.bytes);
    const what = mode === 'seed' ? { torrent } : { infoHash: file.infoHash };
    return { mode, encryption: 'encrypted', trackers: [], folder: own, ...what, ...more };
  }

  return {
    stack,
    folder,
    async home(options: Partial<TorrentsOptions> = {}): Promise<Home> {
      const home = await openHome(options);
      stack.defer(() => home.close());
      return home;
    },
    async libtorrent(...given: Parameters<typeof order>): Promise<LibtorrentPeer & { folder: string }> {
      const its = await order(...given);
      const peer = await startLibtorrent(its);
      stack.defer(() => peer.close());
      return { ...peer, folder: its.folder };
    },
    async webTorrent(...given: Parameters<typeof order>) {
      const its = await order(...given);
      const peer = await startWebTorrent(its);
      stack.defer(() => peer.close());
      return { ...peer, folder: its.folder };
    },
  };
}

/** Downloads it, and gives what is there in the end. */
async function download(
  home: Home,
  file: Described,
  place: Meeting,
  { torrent, ms }: { torrent?: Uint8Array; ms?: number } = {},
): Promise<Buffer> {
  const verified = event(home.events, 'download.verified', () => true, ms);
  home.torrents.download(wish(file, [place], torrent ? { torrent: () => torrent } : {}));
  await verified;
  return readFile(home.catalogue.download(file.id)?.path ?? '');
}

async function expectSame(file: Described, path: string): Promise<void> {
  expect(file.bytes.equals(await readFile(path))).toBe(true);
}

/** They mostly wait for the other program's rounds, which in libtorrent's peer exchange is a minute. */
const AT_ONCE = { concurrent: true };

/**
 * node-datachannel 0.33.4 fails a connection over loopback whose answer is overtaken by its own handshake (no fingerprint to
 * compare it with is there yet), which a busy machine lets happen; WebTorrent then takes no other offer for 25 s. We offer anew after 35 s.
 */
const SEVERAL_TRIES_MS = 240_000;

describe('a WebSocket tracker', { ...AT_ONCE, timeout: SEVERAL_TRIES_MS + 30_000 }, () => {
  it('brings a WebTorrent peer to us, which takes the file over WebRTC', async context => {
    const world = await openWorld(context);
    const tracker = await openTracker();
    world.stack.defer(() => tracker.close());
    const holder = await world.home();
    const file = someBytes(1_500_000);
    await hold(holder, file);
    const peer = await world.webTorrent('fetch', file, { trackers: [tracker.ws] });
    await until('it to announce', () => tracker.server.torrents[file.infoHash]);
    request(holder, meeting(tracker.ws), [file.id]);
    await peer.complete(SEVERAL_TRIES_MS);
    await expectSame(file, join(peer.folder, file.id));
  });

  it('brings us to a WebTorrent peer, which gives the file over WebRTC', async context => {
    const world = await openWorld(context);
    const tracker = await openTracker();
    world.stack.defer(() => tracker.close());
    const requester = await world.home();
    const file = someBytes(1_500_000);
    await world.webTorrent('seed', file, { trackers: [tracker.ws] });
    await until('it to announce', () => tracker.server.torrents[file.infoHash]);
    expect(file.bytes.equals(await download(requester, file, meeting(tracker.ws), { ms: SEVERAL_TRIES_MS }))).toBe(
      true,
    );
  });
});

describe(hasNginx ? 'nginx as a web seed' : 'nginx as a web seed (skipped: nginx is not installed)', AT_ONCE, () => {
  /** A home, a file, and where a server has it. */
  async function served(context: TestContext) {
    const world = await openWorld(context);
    const requester = await world.home();
    const file = someBytes(20_000_003);
    await writeFile(join(world.folder, 'a film.mp4'), file.bytes);
    const server = await startNginx(world.folder);
    world.stack.defer(() => server.close());
    return { requester, file, place: meeting(null, { webseeds: [`${server.origin}a%20film.mp4`] }) };
  }

  it.skipIf(!hasNginx)('gives us the whole file, without any peer', async context => {
    const { requester, file, place } = await served(context);
    expect(file.bytes.equals(await download(requester, file, place, { torrent: bareTorrent(file.info) }))).toBe(true);
  });

  it.skipIf(!hasNginx)('gives us pieces that are longer than any message of a peer may be', async context => {
    const { requester, file, place } = await served(context);
    const { infoHash, metainfo } = manyFiles([{ path: '', bytes: file.bytes }], {
      pieceLength: 4 * 1024 * 1024,
      single: true,
    });
    const downloaded = await download(requester, { ...file, infoHash }, place, { torrent: metainfo });
    expect(file.bytes.equals(downloaded)).toBe(true);
  });
});

describe.skipIf(!hasLibtorrent)(
  hasLibtorrent ? 'libtorrent' : 'libtorrent (skipped: it is not installed)',
  AT_ONCE,
  () => {
    it('hears of another peer from us (PEX)', async context => {
      const world = await openWorld(context);
      const holder = await world.home();
      const file = someBytes(4_000_000);
      await hold(holder, file);
      holder.torrents.setLimits({ down: null, up: 50_000 });
      request(holder, PUBLIC, [file.id]);
      const peers = [`127.0.0.1:${holder.torrents.peerPort}`];
      const [one, other] = [
        await world.libtorrent('fetch', file, { peers, pex: true }),
        await world.libtorrent('fetch', file, { peers, pex: true }),
      ];
      const told = (who: LibtorrentPeer, of: LibtorrentPeer) =>
        who.met().some(peer => peer.at === `127.0.0.1:${of.port}` && peer.by.includes('pex'));
      await until('one to be connected to the other', () => told(one, other) || told(other, one));
      holder.torrents.setLimits({ down: null, up: null });
      await Promise.all([one.complete(), other.complete()]);
      await expectSame(file, join(one.folder, file.id));
      await expectSame(file, join(other.folder, file.id));
    });

    it('tells us of another peer (PEX)', async context => {
      const world = await openWorld(context);
      const requester = await world.home();
      const file = someBytes(4_000_000);
      const seed = await world.libtorrent('seed', file, { pex: true });
      // It would take minutes from this one.
      const slow = { pex: true, downloadLimit: 20_000, uploadLimit: 20_000, peers: [`127.0.0.1:${seed.port}`] };
      const between = await world.libtorrent('fetch', file, slow);
      await until('the two to meet', () => between.met().length > 0);
      const place = { ...PUBLIC, peers: [`127.0.0.1:${between.port}`] };
      expect(file.bytes.equals(await download(requester, file, place))).toBe(true);
    });

    it('gives us metadata of several blocks, three of it together', async context => {
      const world = await openWorld(context);
      const requester = await world.home();
      const file = someBytes(40_000_003);
      const { info, infoHash } = manyFiles([{ path: '', bytes: file.bytes }], { name: file.id, single: true });
      expect(info.length).toBeGreaterThan(2 * 16 * 1024);
      const short = { ...file, info, infoHash };
      const seeds = await Promise.all([1, 2, 3].map(() => world.libtorrent('seed', short)));
      const place = meeting(null, { peers: seeds.map(({ port }) => `127.0.0.1:${port}`) });
      expect(file.bytes.equals(await download(requester, short, place))).toBe(true);
    });

    it('hears us on the local network (BEP 14)', async context => {
      const world = await openWorld(context);
      const holder = await world.home({ lan: true });
      const file = someBytes(1_500_000);
      await hold(holder, file);
      const peer = await world.libtorrent('fetch', file, { lsd: true });
      request(holder, PUBLIC, [file.id]);
      await peer.complete();
      expect(peer.met().some(({ by }) => by.includes('lsd'))).toBe(true);
      await expectSame(file, join(peer.folder, file.id));
    });

    it('is heard by us on the local network (BEP 14)', async context => {
      const world = await openWorld(context);
      const requester = await world.home({ lan: true });
      const file = someBytes(1_500_000);
      const downloaded = download(requester, file, PUBLIC);
      await until('it to look for peers', () => requester.torrents.transfer(file.id)?.reason === 'no-peers');
      await world.libtorrent('seed', file, { lsd: true });
      expect(file.bytes.equals(await downloaded)).toBe(true);
    });

    it('finds us, and we find it, through the nodes of a DHT', async context => {
      const world = await openWorld(context);
      const [first, second] = [await openNode(), await openNode()];
      world.stack.defer(() => Promise.all([first.close(), second.close()]).then());
      second.node.addNode({ host: '127.0.0.1', port: first.port });
      const dht = { enabled: true, port: 0, bootstrap: [`127.0.0.1:${first.port}`] };
      const home = await world.home({ dht });
      const [ours, its] = [someBytes(1_500_000), someBytes(1_600_000)];
      await hold(home, ours);
      const bootstrap = `127.0.0.1:${second.port}`;
      await world.libtorrent('seed', its, { dht: true, bootstrap });
      request(home, PUBLIC, [ours.id]);
      const known = (file: Described) => () => [first, second].some(node => node.announced.has(file.infoHash));
      await until('both to announce', () => known(ours)() && known(its)());
      const peer = await world.libtorrent('fetch', ours, { dht: true, bootstrap });
      expect(its.bytes.equals(await download(home, its, PUBLIC))).toBe(true);
      await peer.complete();
      expect(peer.met().some(({ by }) => by.includes('dht'))).toBe(true);
      await expectSame(ours, join(peer.folder, ours.id));
    });
  },
);

/** A DHT node that knows nobody, and remembers what was announced to it. */
async function openNode() {
  const node = new Dht({ bootstrap: false });
  const announced = new Set<string>();
  node.on('announce', (_peer: unknown, infoHash: Buffer) => announced.add(infoHash.toString('hex')));
  await new Promise<void>(resolve => node.listen(0, '127.0.0.1', resolve));
  const close = () => new Promise<void>(resolve => node.destroy(resolve));
  return { node, announced, port: node.address().port, close };
}
