/** LBRY in the daemon: its room and its gateway, put together for main.ts, and taken down by `stop` or with the rest. */

import { randomBytes } from 'node:crypto';
import { arch, release, version as systemVersion, type } from 'node:os';
import { join, resolve } from 'node:path';
import { VERSION } from '../shared/protocol.ts';
import type { DownloadQueue } from './core/download-queue.ts';
import type { Events } from './core/events.ts';
import type { LbryDht } from './core/lbry.ts';
import type { ClaimStore } from './core/lbry-claims.ts';
import type { FileStore } from './core/lbry-files.ts';
import type { LbryStore } from './core/lbry-store.ts';
import type { Clock, Hasher, Log, Torrents } from './core/ports.ts';
import type { AddressLists, Settings } from './core/preferences.ts';
import type { FanOut } from './daemon/control/fan-out.ts';
import { openLbry } from './gateways/lbry/open.ts';
import { downloadFolder } from './gateways/lbry/settings.ts';
import { openLbryNetwork } from './lbry/open.ts';
import { createOwnAddress } from './lbry/own-address.ts';
import { openLbryRoom } from './lbry/room.ts';
import { type Config, hostsOf } from './platform/config.ts';
import type { DiskRoom } from './platform/disk-room.ts';
import { createNet } from './platform/net.ts';
import type { Timers } from './platform/timers.ts';

const INSTALLATION = 'lbry-installation';

export interface LbryGround {
  home: { path: string };
  config: Config;
  log: Log;
  clock: Clock;
  timers: Timers;
  events: Events;
  stack: AsyncDisposableStack;
}

export interface LbryRooms {
  torrents: Pick<Torrents, 'sessions'>;
  movers: FanOut;
  /** which of the daemon's downloads run, and the room that they have */
  queue: DownloadQueue;
  room: DiskRoom;
  /** of its network, while it is on */
  hashTable: { current: LbryDht | null };
  hasher: Hasher;
  /** Shows a file in the system's file manager. */
  reveal(path: string): Promise<void>;
}

interface LbryStores {
  settings: Settings;
  addresses: AddressLists;
  lbry: LbryStore;
  lbryClaims: ClaimStore;
  lbryFiles: FileStore;
}

/** What the ready line tells of it. */
export interface LbryPorts {
  /** of the JSON-RPC, of players, and of its BitTorrent client */
  rpc: number;
  media: number;
  bt: number;
  /** of the blob server (TCP) and the hash table (UDP; null: it is off) */
  peer: number;
  dht: number | null;
  node_id: string | null;
}

export async function startLbry(
  { home, config, log, clock, timers, events, stack: whole }: LbryGround,
  { torrents, movers, queue, room: diskRoom, hashTable, hasher, reveal }: LbryRooms,
  { settings, addresses, lbry, lbryClaims, lbryFiles }: LbryStores,
  onStop: () => void,
): Promise<LbryPorts> {
  const stack = whole.use(new AsyncDisposableStack());
  const folder = join(home.path, 'lbry');
  const downloads = resolve(config.lbryDownloadDir ?? join(folder, 'files'));
  const local = stack.use(createOwnAddress(config, log.child('lbry')));
  const network = await openLbryNetwork({
    ...{ config, local, store: lbry, addresses, events, folder, downloads, timers, now: clock.now, stack },
    log: log.child('lbry'),
    ...{ queue, room: diskRoom },
  });
  stack.defer(movers.join(network));
  hashTable.current = network.dht;
  stack.defer(() => {
    hashTable.current = null;
  });
  const net = createNet({ resolve: hostsOf(config.resolve) });
  stack.defer(() => net.close());
  const room = await openLbryRoom({
    network,
    torrents,
    claims: lbryClaims,
    files: lbryFiles,
    clock,
    ...{ timers, hasher },
    folder: join(home.path, 'lbry', 'torrents'),
    downloads,
    downloadFolder: () => downloadFolder(settings, downloads),
    roots: config.lbryRoot.map(each => resolve(each)),
    torrentPort: config.lbryBt,
    lan: config.lbryLan,
    hubs: config.lbryHub,
    net,
    local,
    log: log.child('lbry'),
    stack,
  });
  const ports = await openLbry({
    config,
    network,
    ...room,
    settings,
    downloads,
    daemon: {
      version: VERSION,
      installationId: installationId(settings),
      platform: platform(),
      skipped: () => (network.dht ? [] : ['dht']),
    },
    note: message => log.info('lbry.note', { message }),
    reveal: async path => reveal(await room.below(path)),
    stop: () => {
      onStop();
      // After the answer.
      setImmediate(() => void stack.disposeAsync());
    },
    log: log.child('lbry'),
    stack,
  });
  const { peerPort, dht } = network;
  return {
    ...ports,
    bt: room.torrentPort,
    peer: peerPort,
    dht: dht?.port ?? null,
    node_id: dht?.nodeId ?? null,
  };
}

function installationId(settings: Settings): string {
  const stored = settings.get(INSTALLATION);
  if (stored) return stored;
  const made = randomBytes(48).toString('hex');
  settings.set(INSTALLATION, made);
  return made;
}

function platform() {
  return { name: `${type()} ${release()} ${systemVersion()}`, system: type(), release: release(), processor: arch() };
}
