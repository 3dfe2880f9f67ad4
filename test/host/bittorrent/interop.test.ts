/** Files go both ways between us and the programs that people use, encrypted and plain, with the metadata from the other side. */

import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bareTorrent } from '../../../host/bittorrent/metainfo.ts';
import { hasAria2, startAria2 } from '../../support/peers/aria2.ts';
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

type Start = (order: PeerOrder) => Promise<RealPeer>;
const PEERS: [name: string, present: boolean, start: Start][] = [
  ['libtorrent', hasLibtorrent, startLibtorrent],
  ['transmission', hasTransmission, startTransmission],
  ['aria2', hasAria2, startAria2],
];
/** Each way of finding a tracker and each kind of handshake, without a process for every pair of them. */
const WAYS: [encryption: Encryption, tracker: 'http' | 'udp'][] = [
  ['plain', 'http'],
  ['encrypted', 'udp'],
];
/** transmission unchokes and asks in rounds of 10 s */
const PATIENCE_MS = 90_000;

let tracker: TestTracker;
let home: Home;
const folders: string[] = [];
const peers: RealPeer[] = [];
const outcomes = new Map<string, Promise<Buffer>>();
const files = new Map<string, Described>();

/** All begin at once, since they mostly wait for the peers' own rounds; each test then waits for its own. */
beforeAll(async () => {
  tracker = await openTracker();
  home = await openHome();
  for (const [name, present, start] of PEERS) {
    for (const [encryption, kind] of present ? WAYS : []) {
      begin(`${name} fetches, ${encryption}`, file => fetchedFromUs(start, encryption, tracker[kind], file));
      begin(`${name} seeds, ${encryption}`, file => fetchedByUs(start, encryption, tracker[kind], file));
    }
  }
});

afterAll(async () => {
  await Promise.all(peers.map(peer => peer.close()));
  await home.close();
  await tracker.close();
  await Promise.all(folders.map(folder => rm(folder, { recursive: true, force: true })));
});

function begin(name: string, work: (file: Described) => Promise<Buffer>): void {
  const file = someBytes(2 * 1024 * 1024 + 123);
  files.set(name, file);
  const outcome = work(file);
  outcomes.set(name, outcome);
  outcome.catch(() => {});
}

async function joinSwarm(start: Start, order: Omit<PeerOrder, 'folder'>, folder: string): Promise<RealPeer> {
  const peer = await start({ ...order, folder });
  peers.push(peer);
  return peer;
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-peer-'));
  folders.push(folder);
  return folder;
}

/** What the peer has in the end, that was given a magnet link. */
async function fetchedFromUs(start: Start, encryption: Encryption, at: string, file: Described): Promise<Buffer> {
  const folder = await newFolder();
  await hold(home, file);
  const order: Omit<PeerOrder, 'folder'> = { mode: 'fetch', encryption, infoHash: file.infoHash, trackers: [at] };
  const peer = await joinSwarm(start, order, folder);
  await announced(file);
  request(home, meeting(at, { by: `https://${file.id}.example` }), [file.id]);
  await peer.complete();
  const path = join(folder, file.id);
  await until('the file to have its length', async () => (await readFile(path)).length === file.bytes.length);
  return readFile(path);
}

/** What we have in the end, who were given an info hash. */
async function fetchedByUs(start: Start, encryption: Encryption, at: string, file: Described): Promise<Buffer> {
  const folder = await newFolder();
  await writeFile(join(folder, file.id), file.bytes);
  const torrent = await torrentFile(folder, at, file);
  await joinSwarm(start, { mode: 'seed', encryption, torrent, trackers: [at] }, folder);
  await announced(file);
  const verified = event(home.events, 'download.verified', ({ id }) => id === file.id);
  home.torrents.download(wish(file, [meeting(at)]));
  await verified;
  return readFile(home.catalogue.download(file.id)?.path ?? '');
}

async function announced(file: Described): Promise<void> {
  await until('the peer to announce itself', () => {
    const swarm = tracker.server.torrents[file.infoHash];
    return swarm && swarm.complete + swarm.incomplete > 0;
  });
}

/** Transmission and aria2 take the trackers from the file. */
async function torrentFile(folder: string, at: string, file: Described): Promise<string> {
  const path = join(folder, 'it.torrent');
  const bare = Buffer.from(bareTorrent(file.info));
  const announce = Buffer.from(`8:announce${at.length}:${at}`);
  await writeFile(path, Buffer.concat([bare.subarray(0, 1), announce, bare.subarray(1)]));
  return path;
}

describe.each(PEERS)('%s', (name, present) => {
  const through = present ? 'found through a tracker' : `(skipped: ${name} is not installed)`;
  describe.skipIf(!present)(through, () => {
    it.each(WAYS)(
      'takes a requested file from us by a magnet link, %s, over %s',
      { timeout: PATIENCE_MS },
      async way => {
        const key = `${name} fetches, ${way}`;
        expect(files.get(key)?.bytes.equals((await outcomes.get(key)) ?? Buffer.alloc(0))).toBe(true);
      },
    );

    it.each(WAYS)('gives a file to us by its info hash alone, %s, over %s', { timeout: PATIENCE_MS }, async way => {
      const key = `${name} seeds, ${way}`;
      expect(files.get(key)?.bytes.equals((await outcomes.get(key)) ?? Buffer.alloc(0))).toBe(true);
    });
  });
});
