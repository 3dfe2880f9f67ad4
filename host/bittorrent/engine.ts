/** The engine: what is awake, in which client, and what the daemon is told of it. */

import { createHash } from 'node:crypto';
import type { Torrent } from 'webtorrent';
import type { AddressRanges } from '../core/preferences.ts';
import { boundTo } from '../platform/local-address.ts';
import type { Net } from '../platform/net.ts';
import { type AwakeTorrent, createAwake } from './awake.ts';
import { dropBlocked } from './blocked.ts';
import { createDhtNode } from './dht.ts';
import { answerHandshakes } from './incoming.ts';
import { createLanDiscovery } from './lan-discovery.ts';
import { createConnectionCap, createMissLimit } from './limits.ts';
import {
  type ClientName,
  type EngineLimits,
  type EngineOptions,
  type FromEngine,
  type HashKind,
  nameKey,
  type ToEngine,
  type TorrentName,
  type TorrentOrder,
} from './link.ts';
import { createMeter } from './meter.ts';
import { createSlots } from './slots.ts';
import { openSwarmClient, type SwarmClient, userAgent } from './swarm-client.ts';

/** how often the daemon is told of rates */
const TRAFFIC_MS = 250;

export interface EngineDeps {
  options: EngineOptions;
  net: Net;
  send(message: FromEngine): void;
  /** a host that may be private by the word of a meeting */
  allowLan(host: string): void;
  /** what `net` knows as blocked from now on */
  block(ranges: AddressRanges): void;
}

export interface Engine {
  receive(message: ToEngine): void;
}

export async function createEngine(deps: EngineDeps): Promise<Engine> {
  const { options, send } = deps;
  const awake = new Map<string, AwakeTorrent>();
  /** the key in `awake` of client and SHA-1('req2' + info hash) */
  const digests = new Map<string, string>();
  const clients = new Map<ClientName, Promise<SwarmClient>>();
  const waking = new Map<string, Promise<Torrent | null>>();
  const tickets = new Map<number, (order: TorrentOrder | null) => void>();
  const misses = createMissLimit(() => performance.now());
  let lastTicket = 0;
  const meter = createMeter({ now: () => performance.now(), after: timer(setTimeout, clearTimeout) });
  const slots = createSlots(timer(setInterval, clearInterval));

  const trouble = (event: string) => (error: Error) =>
    send({ type: 'log', level: 'warn', event, detail: { message: error.message } });
  const dht = createDhtNode(options.dht, options.peerAddress, trouble('dht'));
  let mainPort = 0;
  const lan = createLanDiscovery({
    port: () => mainPort,
    address: boundTo(options.peerAddress),
    cookie: `lsd-${Math.random().toString(36).slice(2)}`,
    onTrouble: message => send({ type: 'log', level: 'debug', event: 'lan-discovery', detail: { message } }),
  });

  function client(name: ClientName): Promise<SwarmClient> {
    const existing = clients.get(name);
    if (existing) return existing;
    const opening = openClient(name);
    clients.set(name, opening);
    // One that cannot be opened now may be later.
    opening.catch(() => clients.delete(name));
    return opening;
  }

  async function openClient(name: ClientName): Promise<SwarmClient> {
    const swarm = await openSwarmClient({
      port: name === 'main' ? options.peerPort : 0,
      address: options.peerAddress,
      version: options.version,
      onTrouble: trouble('engine'),
    });
    answerHandshakes(swarm.client, (kind, hash, address) => find(name, kind, hash, address), createConnectionCap());
    meter.attach(swarm.client);
    return swarm;
  }

  async function find(of: ClientName, kind: HashKind, hash: string, address: string): Promise<Torrent | null> {
    if (deps.net.isBlocked(address)) return null;
    const here = awake.get(kind === 'info' ? `${of}:${hash}` : (digests.get(`${of}:${hash}`) ?? ''));
    if (here) return here.ready();
    if (of === 'own') return null;
    await misses.turn(address);
    const torrent = await wake(kind, hash);
    if (!torrent) misses.missed(address);
    return torrent;
  }

  /** Asks the daemon; peers that ask for the same hash meanwhile share the answer. */
  function wake(kind: HashKind, hash: string): Promise<Torrent | null> {
    const joined = waking.get(hash);
    if (joined) return joined;
    const ticket = ++lastTicket;
    const answer = new Promise<TorrentOrder | null>(resolve => tickets.set(ticket, resolve));
    const woken = answer.then(async order => (order ? await add(main, order)?.ready() : null) ?? null);
    waking.set(
      hash,
      woken.finally(() => waking.delete(hash)),
    );
    send({ type: 'wake', ticket, kind, hash });
    return woken;
  }

  /** In the order in which they were asked for, also while the client is still being opened. */
  function inOrder(name: ClientName, work: (swarm: SwarmClient) => void, failed: (error: Error) => void): void {
    if (name === 'main') work(main);
    else void client(name).then(work, failed);
  }

  function addInOrder(order: TorrentOrder): void {
    const failed = ({ message }: Error) => send({ type: 'failed', name: order, failure: 'engine', message });
    inOrder(order.client, swarm => add(swarm, order), failed);
  }

  function add(swarm: SwarmClient, order: TorrentOrder): AwakeTorrent | undefined {
    const key = nameKey(order);
    const existing = awake.get(key);
    if (existing) {
      existing.meet(order.places);
      return existing;
    }
    allowPlaces(order);
    if (order.places.reach === 'public') swarm.client.dht = dht.get() ?? false;
    const digest = req2Digest(order.infoHash);
    try {
      const made = createAwake(
        {
          swarm,
          net: deps.net,
          // It tells the network the main client's port, which knows nothing of the others.
          lan: options.lan && order.client === 'main' ? lan : null,
          meter,
          slots,
          options: {
            stun: options.stun,
            bindAddress: boundTo(options.peerAddress),
            userAgent: userAgent(options.version),
          },
          send,
          onGone: () => {
            if (awake.get(key) !== made) return;
            awake.delete(key);
            digests.delete(`${order.client}:${digest}`);
          },
        },
        order,
      );
      made.torrent.infoHashHash = digest;
      awake.set(key, made);
      digests.set(`${order.client}:${digest}`, key);
      return made;
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      send({ type: 'failed', name: order, failure: 'mismatch', message });
      return undefined;
    }
  }

  function allowPlaces({ places }: { places: TorrentOrder['places'] }): void {
    for (const { at, lan: allowed } of [...places.trackers, ...places.webseeds]) {
      if (allowed && URL.canParse(at)) deps.allowLan(new URL(at).hostname);
    }
  }

  function remove(name: TorrentName, ticket: number): void {
    // The last that it moved counts, too.
    if (awake.has(nameKey(name))) void tellTraffic();
    const done = () => send({ type: 'removed', ticket });
    if (!clients.has(name.client)) done();
    else
      inOrder(name.client, () => void (awake.get(nameKey(name))?.close() ?? Promise.resolve()).then(done, done), done);
  }

  async function tellTraffic(): Promise<void> {
    const torrents = [...awake.values()].map(({ name, torrent }) => ({
      ...name,
      downloaded: torrent.received,
      uploaded: torrent.uploaded,
      down: torrent.downloadSpeed,
      up: torrent.uploadSpeed,
      peers: torrent.numPeers,
    }));
    const sum = (of: 'down' | 'up') => torrents.reduce((total, each) => total + each[of], 0);
    send({ type: 'traffic', torrents, down: sum('down'), up: sum('up') });
  }

  function block(ranges: AddressRanges): void {
    deps.block(ranges);
    for (const { torrent } of awake.values()) dropBlocked(torrent, deps.net);
  }

  function setLimits(limits: EngineLimits): void {
    meter.set(limits);
    slots.set(limits.uploadSlots);
  }

  async function close(): Promise<void> {
    clearInterval(traffic);
    meter.close();
    slots.close();
    lan.close();
    await Promise.all([...awake.values()].map(each => each.leave()));
    await Promise.all([...clients.values()].map(async opening => (await opening).close()));
    await dht.close();
    await deps.net.close();
  }

  const main = await client('main');
  mainPort = main.port;
  const traffic = setInterval(() => void tellTraffic(), TRAFFIC_MS);
  send({ type: 'listening', port: mainPort });

  return {
    receive(message) {
      if (message.type === 'add') addInOrder(message.order);
      else if (message.type === 'meet') {
        allowPlaces(message);
        awake.get(nameKey(message.name))?.meet(message.places);
      } else if (message.type === 'remove') remove(message.name, message.ticket);
      else if (message.type === 'woken') {
        tickets.get(message.ticket)?.(message.order);
        tickets.delete(message.ticket);
      } else if (message.type === 'focus') awake.get(nameKey(message.name))?.focus(message.windows);
      else if (message.type === 'seal') void awake.get(nameKey(message.name))?.seal(message.path, message.stamp);
      else if (message.type === 'blocked') block(message.ranges);
      else if (message.type === 'limits') setLimits(message.limits);
      else void close().finally(() => process.exit(0));
    },
  };
}

/** The way to call off what was to come. */
function timer(start: typeof setTimeout | typeof setInterval, stop: typeof clearTimeout) {
  return (ms: number, work: () => void) => {
    const started = start(work, ms);
    return () => stop(started);
  };
}

/** What an encrypted handshake (MSE) names a torrent by. */
export function req2Digest(infoHash: string): string {
  return createHash('sha1').update('req2').update(Buffer.from(infoHash, 'hex')).digest('hex');
}
