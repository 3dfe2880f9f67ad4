/** Opens LBRY's network as the options say, and takes it down. Loaded where it is switched on, and nowhere else. */

import { lookup } from 'node:dns/promises';
import { join, resolve } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/protocol.ts';
import type { DownloadQueue } from '../core/download-queue.ts';
import type { Events } from '../core/events.ts';
import type { LbryNetwork } from '../core/lbry.ts';
import type { LbryStore } from '../core/lbry-store.ts';
import type { Log } from '../core/ports.ts';
import type { AddressLists } from '../core/preferences.ts';
import { isInRanges, mergeRanges } from '../platform/address-ranges.ts';
import { isAllowed } from '../platform/addresses.ts';
import type { Config } from '../platform/config.ts';
import type { DiskRoom } from '../platform/disk-room.ts';
import { createOwnAddresses } from '../platform/own-addresses.ts';
import type { Timers } from '../platform/timers.ts';
import { openBlobFolder } from './blob-folder.ts';
import type { Key } from './dht/id.ts';
import { openLastingNode } from './dht/lasting.ts';
import type { Peer } from './dht/messages.ts';
import { hostAndPort, seedsOf } from './dht/seeds.ts';
import { openUdpAlong, type UdpSocket } from './dht/udp.ts';
import type { PeerAddress } from './exchange/client.ts';
import { createLbryNetwork } from './network.ts';
import { createBlobWorkers } from './off-thread/blob-workers.ts';
import { ANYWHERE, type OwnAddress } from './own-address.ts';
import { trackerPeerId } from './tracker/udp-tracker.ts';

export interface NetworkOpening {
  config: Config;
  local: OwnAddress;
  store: LbryStore;
  addresses: Pick<AddressLists, 'all'>;
  events: Pick<Events, 'on'>;
  /** of LBRY in the home */
  folder: string;
  /** where files go, when nothing else is said */
  downloads: string;
  queue: DownloadQueue;
  room: DiskRoom;
  timers: Timers;
  log: Log;
  now(): number;
  /** takes down what was opened */
  stack: AsyncDisposableStack;
}

export async function openLbryNetwork(opening: NetworkOpening): Promise<LbryNetwork> {
  const { config, local, store, addresses, events, timers, log, now, stack } = opening;
  let blocked = mergeRanges(addresses.all());
  const unheard = events.on('addresses.changed', () => {
    blocked = mergeRanges(addresses.all());
  });
  stack.defer(unheard);
  const isPermitted = (address: string) => isAllowed(address, { lan: config.lbryLan }) && !isInRanges(blocked, address);
  const mayContact = (address: string) => local.trouble() === null && isPermitted(address);

  const fixed = config.lbryFixedPeer.map(text => hostAndPort(text, 'peer'));

  let network: LbryNetwork | undefined;
  const own = createOwnAddresses(now);
  const isAnywhere = () => local.listening() === ANYWHERE;
  /** The network tells nobody how it sees them: behind a router this stays unknown. */
  function ownPeer(key: Key): Peer | undefined {
    const address = isAnywhere() ? own.onlyPublic() : local.listening();
    if (!network?.dht || address === undefined || store.placesOf(key).length === 0) return undefined;
    return { id: network.dht.nodeId as Key, address, tcpPort: network.peerPort };
  }

  let seeds: Awaited<ReturnType<typeof seedsOf>> = [];
  const socket = await openSocket(opening);
  const node =
    socket &&
    openLastingNode({
      store,
      socket,
      async seeds() {
        seeds = await seedsOf(config.lbryBootstrap, config.lbryLan);
        return seeds;
      },
      timers,
      now,
      mayContact,
      ownPeer,
    });
  network = await createLbryNetwork({
    store,
    blobFolder: openBlobFolder(join(opening.folder, 'blobfiles')),
    folder: resolve(opening.downloads),
    workers: stack.use(createBlobWorkers()),
    local,
    port: config.lbryPeer,
    paymentAddress: config.lbryPaymentAddress,
    node,
    hasSeeds: () => config.lbryBootstrap.length > 0 || store.contacts().length > 0,
    trackers: [...config.lbryTracker.map(trackerOf), ...config.tracker.flatMap(udpTracker)],
    trackerPeerId: trackerPeerId(VERSION),
    reflectors: config.lbryReflector,
    fixedPeers: () => fixedPeers(fixed, mayContact),
    mayContact,
    isOwnAddress: address => (isAnywhere() ? own.has(address) : address === local.listening()),
    // Told after the ranges above, which are heard of first.
    onContacts: work => events.on('addresses.changed', work),
    queue: opening.queue,
    room: opening.room,
    timers,
    log,
    now,
  }).catch(thrown => {
    node?.close();
    throw portError(thrown, '--lbry-peer', config.lbryPeer);
  });
  stack.defer(() => network?.close());
  return network;
}

async function openSocket({ config, local, timers, log, stack }: NetworkOpening): Promise<UdpSocket | null> {
  const { lbryDht } = config;
  if (lbryDht === false) return null;
  const socket = await openUdpAlong({ local, port: lbryDht, timers, log }).catch(thrown => {
    throw portError(thrown, '--lbry-dht', lbryDht);
  });
  stack.use(socket);
  return socket;
}

function portError(thrown: unknown, option: string, port: number): unknown {
  if (!(thrown instanceof Error && 'code' in thrown)) return thrown;
  if (thrown.code === 'EADDRINUSE') {
    const message = `Port ${port} of this machine is in use by another program. Stop that, or choose another port with ${option} PORT (0: any).`;
    return new LsdError('invalid', message, { params: { reason: 'port-in-use' }, cause: thrown });
  }
  if (thrown.code === 'EADDRNOTAVAIL')
    return new LsdError('invalid', 'The address of --lbry-address is none of this machine.', { cause: thrown });
  return thrown;
}

/** A name is looked up each time; one that nobody knows, or that leads where nothing may go, is left out. */
async function* fixedPeers(
  named: readonly { host: string; port: number }[],
  mayContact: (address: string) => boolean,
): AsyncGenerator<PeerAddress> {
  for (const { host, port: tcpPort } of named) {
    const { address = '' } = await lookup(host, { family: 4 }).catch(() => ({ address: undefined }));
    if (mayContact(address)) yield { address, tcpPort };
  }
}

function trackerOf(text: string): { host: string; port: number } {
  return hostAndPort(text.replace(/^udp:\/\//, '').replace(/\/.*$/, ''), 'tracker');
}

/** Of the trackers that the options name, those that speak BEP 15. */
function udpTracker(url: string): { host: string; port: number }[] {
  return url.startsWith('udp://') ? [trackerOf(url)] : [];
}
