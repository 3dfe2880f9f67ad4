/** What other programs and we say to each other, plain and encrypted, as somebody on the way sees it: a relay that keeps it. */

import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRelay, type Relay } from '../../support/net/relay.ts';
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
  request,
  someBytes,
  until,
  wish,
} from '../../support/swarm.ts';

type Start = (order: PeerOrder) => Promise<RealPeer>;
type Direction = 'fetches' | 'seeds';
interface Exchange {
  file: Described;
  /** what arrived */
  bytes: Buffer;
  relay: Relay;
}

interface Case {
  name: string;
  present: boolean;
  start: Start;
  encryption: Encryption;
  direction: Direction;
}

const LIBTORRENT = { name: 'libtorrent', present: hasLibtorrent, start: startLibtorrent };
const TRANSMISSION = { name: 'transmission', present: hasTransmission, start: startTransmission };
const ARIA2 = { name: 'aria2', present: hasAria2, start: startAria2 };
/** We begin encrypted, and only libtorrent can be told to refuse that. Transmission dials no address of loopback. */
const CASES: Case[] = [
  { ...LIBTORRENT, encryption: 'plain', direction: 'fetches' },
  { ...LIBTORRENT, encryption: 'plain', direction: 'seeds' },
  { ...LIBTORRENT, encryption: 'encrypted', direction: 'fetches' },
  { ...LIBTORRENT, encryption: 'encrypted', direction: 'seeds' },
  { ...TRANSMISSION, encryption: 'encrypted', direction: 'seeds' },
  { ...ARIA2, encryption: 'encrypted', direction: 'fetches' },
  { ...ARIA2, encryption: 'encrypted', direction: 'seeds' },
];

/** BEP 3: the length of the name, and the name */
const GREETING = '\x13BitTorrent protocol';
/** transmission unchokes and asks in rounds of 10 s */
const PATIENCE_MS = 90_000;

const stack = new AsyncDisposableStack();
const exchanges = new Map<Case, Promise<Exchange>>();
let home: Home;

/** All begin at once, since they mostly wait for the peers' own rounds; each test then waits for its own. */
beforeAll(async () => {
  home = await openHome();
  stack.defer(() => home.close());
  for (const each of CASES.filter(({ present }) => present)) {
    const exchange = each.direction === 'fetches' ? fetchedFromUs(each) : fetchedByUs(each);
    exchange.catch(() => {});
    exchanges.set(each, exchange);
  }
});
afterAll(() => stack.disposeAsync());

/** A tracker that names this port alone, or nobody. */
async function openTracker(names: number | null): Promise<{ url: string; isAsked(): boolean }> {
  let asked = 0;
  const peers = names === null ? Buffer.alloc(0) : Buffer.from([127, 0, 0, 1, names >> 8, names & 0xff]);
  const server = createServer((_, to) => {
    asked++;
    to.end(
      Buffer.concat([
        Buffer.from(`d8:completei1e10:incompletei1e8:intervali600e5:peers${peers.length}:`),
        peers,
        Buffer.from('e'),
      ]),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stack.defer(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/announce`, isAsked: () => asked > 0 };
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-wire-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function startPeer(start: Start, order: PeerOrder): Promise<RealPeer> {
  const peer = await start(order);
  stack.defer(() => peer.close());
  return peer;
}

/** It is given a magnet link, and knows us by the relay alone. */
async function fetchedFromUs({ start, encryption }: Case): Promise<Exchange> {
  const file = someBytes(1024 * 1024 + 123);
  await hold(home, file);
  request(home, meeting(null, { by: `https://${file.id}.example` }), [file.id]);
  const relay = stack.use(await openRelay(home.torrents.peerPort));
  const { url } = await openTracker(relay.port);
  const folder = await newFolder();
  const peer = await startPeer(start, { mode: 'fetch', encryption, infoHash: file.infoHash, trackers: [url], folder });
  await peer.complete();
  const path = join(folder, file.id);
  await until('the file to have its length', async () => (await readFile(path)).length === file.bytes.length);
  return { file, bytes: await readFile(path), relay };
}

/** We are given an info hash, and know it by the relay alone. */
async function fetchedByUs({ start, encryption }: Case): Promise<Exchange> {
  const file = someBytes(1024 * 1024 + 123);
  const folder = await newFolder();
  await writeFile(join(folder, file.id), file.bytes);
  const { url, isAsked } = await openTracker(null);
  const torrent = join(folder, 'it.torrent');
  const bare = Buffer.from(file.metainfo);
  await writeFile(
    torrent,
    Buffer.concat([bare.subarray(0, 1), Buffer.from(`8:announce${url.length}:${url}`), bare.subarray(1)]),
  );
  const peer = await startPeer(start, { mode: 'seed', encryption, torrent, trackers: [url], folder });
  await until('it to be ready', isAsked);
  const relay = stack.use(await openRelay(peer.port));
  const verified = event(home.events, 'download.verified', ({ id }) => id === file.id);
  home.torrents.download(wish(file, [meeting(null, { peers: [relay.at] })]));
  await verified;
  return { file, bytes: await readFile(home.catalogue.download(file.id)?.path ?? ''), relay };
}

describe.each(CASES)('$name $direction, $encryption', each => {
  it.skipIf(!each.present)('and the wire shows it', { timeout: PATIENCE_MS }, async () => {
    const { file, bytes, relay } = await exchanges.get(each)!;
    expect(bytes.equals(file.bytes)).toBe(true);
    const both = relay.connections.map(({ caller, called }) => [caller(), called()] as const);
    const sizes = both.map(([caller, called]) => caller.length + called.length);
    // Others may have been tries in the other manner.
    const [caller, called] = both[sizes.indexOf(Math.max(...sizes))]!;
    // Who is called gives, in both directions.
    expect(called.length).toBeGreaterThan(file.bytes.length);
    // Within one block.
    const stretch = file.bytes.subarray(100_000, 100_032);
    if (each.encryption === 'plain') {
      for (const side of [caller, called]) {
        expect(side[0]).toBe(0x13);
        expect(side.toString('latin1', 0, GREETING.length)).toBe(GREETING);
        expect(side.toString('hex', 28, 48)).toBe(file.infoHash);
      }
      expect(called.includes(stretch)).toBe(true);
    } else {
      for (const side of [caller, called]) {
        expect(side.toString('latin1', 0, GREETING.length)).not.toBe(GREETING);
        for (const word of ['BitTorrent protocol', file.id, Buffer.from(file.infoHash, 'hex'), stretch]) {
          expect(side.includes(word)).toBe(false);
        }
      }
    }
  });
});
