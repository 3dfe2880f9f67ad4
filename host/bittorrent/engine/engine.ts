/** The engine: what is awake, in which client, and what the daemon is told of it. */

import type { Socket } from 'node:net';
import { isDeepStrictEqual } from 'node:util';
import type { AddressRanges } from '../../core/preferences.ts';
import { boundTo } from '../../platform/local-address.ts';
import type { Net } from '../../platform/net.ts';
import { req2Digest } from '../../platform/req2.ts';
import { fetchTorrentFile } from '../../platform/torrent-file.ts';
import { createPieceBuffers } from '../fetching/piece-buffers.ts';
import { createAnnounceSchedule } from '../meeting/announce-schedule.ts';
import { createDhtNode } from '../meeting/dht.ts';
import { findItem } from '../meeting/dht-item.ts';
import { createLanDiscovery } from '../meeting/lan-discovery.ts';
import { dropBlocked } from '../peers/blocked.ts';
import { createConnectionCap } from '../peers/connections.ts';
import { createMeter } from '../peers/meter.ts';
import { createSilence } from '../peers/silence.ts';
import { createSlots } from '../peers/slots.ts';
import type { Introduction } from '../reach/door.ts';
import { welcome } from '../reach/incoming.ts';
import { type AwakeTorrent, createAwake } from './awake.ts';
import {
  type ClientName,
  type EngineLimits,
  type EngineOptions,
  type FromEngine,
  nameKey,
  type Place,
  type Places,
  type ToEngine,
  type TorrentName,
  type TorrentOrder,
} from './link.ts';
import { openSwarmClient, type SwarmClient, userAgent } from './swarm-client.ts';

/** how soon the daemon is told of what changed */
const TRAFFIC_MS = 250;
/** engine.md: about 40 packets, where a tracker takes a dozen */
const DHT_COST = 4;

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
  receive(message: ToEngine, connection?: Socket): void;
}

export function createEngine(deps: EngineDeps): Engine {
  const { options, send } = deps;
  const awake = new Map<string, AwakeTorrent>();
  const clients = new Map<ClientName, Promise<SwarmClient>>();
  const meter = createMeter({ now: () => performance.now(), after: timer(setTimeout, clearTimeout) });
  const slots = createSlots(timer(setInterval, clearInterval));
  const silence = createSilence(timer(setInterval, clearInterval));
  const schedule = createAnnounceSchedule({ now: () => performance.now(), after: timer(setTimeout, clearTimeout) });
  const buffers = createPieceBuffers();
  const cap = createConnectionCap();

  const trouble = (event: string) => (error: Error) =>
    send({ type: 'log', level: 'warn', event, detail: { message: error.message } });
  const dht = createDhtNode(options.dht, options.peerAddress, takeDhtTurn, trouble('dht'));
  let mainPort = 0;
  let told: FromEngine | undefined;
  const lan = createLanDiscovery({
    port: () => mainPort,
    address: boundTo(options.peerAddress),
    cookie: `lsd-${Math.random().toString(36).slice(2)}`,
    onTrouble: message => send({ type: 'log', level: 'debug', event: 'lan-discovery', detail: { message } }),
  });

  function takeDhtTurn(infoHash: string, announce: () => void): void {
    const here = () =>
      awake.get(`own:${infoHash}`) ??
      awake.get(`main:${infoHash}`) ??
      [...awake.values()].find(({ name }) => name.infoHash === infoHash);
    schedule.enter(schedule.now(), {
      cost: DHT_COST,
      urgency: () => (here()?.isFetching() ? 'fetching' : 'seeding'),
      run: () => {
        if (here()) announce();
      },
    });
  }

  /** Once; one that cannot be opened makes the engine useless. */
  function open({ client: name, port, peerId }: Extract<ToEngine, { type: 'open' }>): void {
    if (name === 'main') mainPort = port;
    if (clients.has(name)) return;
    const opening = openClient(port, peerId);
    clients.set(name, opening);
    opening.catch((error: Error) => send({ type: 'refused', message: error.message }));
  }

  async function openClient(port: number, peerId: string | undefined): Promise<SwarmClient> {
    const { version } = options;
    const swarm = await openSwarmClient({ port, version, onTrouble: trouble('engine'), ...(peerId && { peerId }) });
    meter.attach(swarm.client);
    return swarm;
  }

  function shut(name: ClientName): void {
    const client = clients.get(name);
    clients.delete(name);
    client?.then(swarm => swarm.close()).catch(trouble('engine'));
  }

  /** In the order in which they were asked for, also while the client is still being opened. */
  function inOrder(name: ClientName, work: (swarm: SwarmClient) => void, failed: (error: Error) => void): void {
    const client = clients.get(name);
    if (client) void client.then(work, failed);
    else failed(new Error(`The client ${name} was never opened.`));
  }

  function about(name: TorrentName, work: (torrent: AwakeTorrent) => void): void {
    const found = () => {
      const torrent = awake.get(nameKey(name));
      if (torrent) work(torrent);
    };
    inOrder(name.client, found, () => {});
  }

  function meet(torrent: AwakeTorrent, places: Places): void {
    allowPlaces({ places });
    torrent.meet(places);
  }

  function receivePeer(message: Extract<ToEngine, { type: 'peer' }>, connection: Socket | undefined): void {
    if (!connection) return;
    const close = () => void connection.destroy();
    inOrder(message.name.client, () => void letIn(message.name, connection, message).catch(close), close);
  }

  /** The torrent may have gone to sleep while the connection was on its way, and the peer may have left meanwhile. */
  async function letIn(name: TorrentName, connection: Socket, introduction: Introduction): Promise<void> {
    if (!cap.admit(connection)) return;
    cap.settled(connection);
    const torrent = await awake.get(nameKey(name))?.ready();
    if (torrent && !connection.destroyed && connection.remoteAddress) welcome(torrent, connection, introduction);
    else connection.destroy();
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
    try {
      const made = createAwake(
        {
          swarm,
          net: deps.net,
          // It tells the network the main client's port, which knows nothing of the others.
          lan: options.lan && order.client === 'main' ? lan : null,
          meter,
          slots,
          silence,
          schedule,
          buffers,
          options: {
            stun: options.stun,
            bindAddress: boundTo(options.peerAddress),
            userAgent: userAgent(options.version),
          },
          send,
          onGone: () => {
            if (awake.get(key) === made) awake.delete(key);
          },
        },
        order,
      );
      made.torrent.infoHashHash = req2Digest(order.infoHash);
      awake.set(key, made);
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
    if (awake.has(nameKey(name))) tellTraffic();
    const done = () => send({ type: 'removed', ticket });
    const close = async () => awake.get(nameKey(name))?.close();
    inOrder(name.client, () => void close().then(done, done), done);
  }

  function inspect(name: TorrentName, ticket: number): void {
    const tell = () => send({ type: 'inspected', ticket, view: awake.get(nameKey(name))?.view() ?? null });
    inOrder(name.client, tell, tell);
  }

  async function source({ name, torrent }: AwakeTorrent, { at, lan: allowed }: Place): Promise<void> {
    const left = new AbortController();
    torrent.once('close', () => left.abort());
    try {
      const options = { lan: allowed, signal: left.signal };
      send({ type: 'sourced', name, torrent: await fetchTorrentFile(deps.net, at, options) });
    } catch (thrown) {
      const message = thrown instanceof Error ? thrown.message : String(thrown);
      send({ type: 'log', level: 'debug', event: 'source-refused', detail: { at, message } });
    }
  }

  async function item(target: Uint8Array, salt: string | null, ticket: number): Promise<void> {
    const node = dht.get();
    const value = node ? await findItem(node, target, salt).catch(() => null) : null;
    send({ type: 'item', ticket, value });
  }

  /** Says nothing twice. */
  function tellTraffic(): void {
    const torrents = [...awake.values()].map(({ name, torrent, begun }) => ({
      ...name,
      downloaded: torrent.received,
      uploaded: torrent.uploaded,
      down: torrent.downloadSpeed,
      up: torrent.uploadSpeed,
      peers: torrent.numPeers,
      ...(name.client !== 'main' && name.client !== 'own' && { begun: begun() }),
    }));
    const sum = (of: 'down' | 'up') => torrents.reduce((total, each) => total + each[of], 0);
    const message = { type: 'traffic', torrents, down: sum('down'), up: sum('up') } as const;
    if (isDeepStrictEqual(message, told)) return;
    told = message;
    send(message);
  }

  function block(ranges: AddressRanges): void {
    deps.block(ranges);
    deps.net.dropBlocked();
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
    silence.close();
    schedule.close();
    lan.close();
    await Promise.all([...awake.values()].map(each => each.leave()));
    await Promise.all([...clients.values()].map(async opening => (await opening).close()));
    await dht.close();
    await deps.net.close();
  }

  const traffic = setInterval(tellTraffic, TRAFFIC_MS);

  return {
    receive(message, connection) {
      if (message.type === 'open') open(message);
      else if (message.type === 'shut') shut(message.client);
      else if (message.type === 'add') addInOrder(message.order);
      else if (message.type === 'peer') receivePeer(message, connection);
      else if (message.type === 'meet') about(message.name, torrent => meet(torrent, message.places));
      else if (message.type === 'remove') remove(message.name, message.ticket);
      else if (message.type === 'inspect') inspect(message.name, message.ticket);
      else if (message.type === 'source') about(message.name, torrent => void source(torrent, message.place));
      else if (message.type === 'item') void item(message.target, message.salt, message.ticket);
      else if (message.type === 'focus') about(message.name, torrent => torrent.focus(message.windows));
      else if (message.type === 'want') about(message.name, torrent => torrent.want(message.wants));
      else if (message.type === 'lost') about(message.name, torrent => torrent.lost(message.pieces));
      else if (message.type === 'seal') about(message.name, torrent => void torrent.seal(message.path, message.stamp));
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
