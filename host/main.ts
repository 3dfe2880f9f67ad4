/** The daemon: it composes every room and every gateway, and takes them down in the other order. */

import { randomBytes } from 'node:crypto';
import { join, resolve } from 'node:path';
import type { GatewayStatus } from '../shared/daemon-methods.ts';
import { openContent } from './core/api.ts';
import { createEvents } from './core/events.ts';
import type { LbryDht } from './core/lbry.ts';
import type { Log, Torrents } from './core/ports.ts';
import type { Settings } from './core/preferences.ts';
import { acquireLock } from './daemon/lock.ts';
import { listenControl } from './daemon/socket.ts';
import { daemonStatus } from './daemon/status.ts';
import { logUncaught } from './daemon/uncaught.ts';
import { openConfluence } from './gateways/confluence/open.ts';
import { serveControl } from './gateways/control.ts';
import { mountGet } from './gateways/get.ts';
import { openRestTorrent } from './gateways/resttorrent/open.ts';
import { mountSubtitles } from './gateways/subtitles.ts';
import { createCapabilities, createReaders } from './http/capability.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import type { LbryPorts, LbryRooms } from './lbry-service.ts';
import { type Config, hostsOf, loadConfig } from './platform/config.ts';
import { revealFile } from './platform/file-manager.ts';
import { createHome, type Home } from './platform/home.ts';
import { addressChoice, createLocalAddress } from './platform/local-address.ts';
import { createLog } from './platform/log.ts';
import { giveBackMemory } from './platform/memory.ts';
import { createNet } from './platform/net.ts';
import { portOwner } from './platform/port-owner.ts';
import { createTimers } from './platform/timers.ts';
import { type Ground, openRooms, openStore, type Store } from './rooms.ts';

export const DEFAULT_HTTP_PORT = 15_550;
const HTTP_PORT = 'http-port';
const CAPABILITY_SECRET = 'capability-secret';

/** What the ready line tells. */
export interface Ready extends Opened {
  http: number;
  peer: number;
  socket: string;
}

interface Opened {
  /** ports of the Confluence gateway, where it is on */
  confluence?: number;
  confluencePeer?: number;
  /** port of the RestTorrent gateway, where it is on */
  resttorrent?: number;
  /** ports of LBRY, where it is on */
  lbry?: LbryPorts;
}

export interface Daemon {
  readonly ready: Ready;
  /** resolves when a stop was asked for over the control socket */
  readonly stopAsked: Promise<void>;
  close(): Promise<void>;
}

/** Starts all of it; whatever fails takes down what stood already. */
export async function startDaemon(home: Home, given: Record<string, unknown>, argv: string[]): Promise<Daemon> {
  createHome(home);
  const config = loadConfig(home.config, given);
  await using stack = new AsyncDisposableStack();
  const lock = acquireLock(home.lock, home.path);
  stack.defer(() => lock.release());
  const log = createLog(home.log, config.logLevel);
  stack.defer(() => log.close());
  stack.use(logUncaught(log));
  stack.use(giveBackMemory());

  const clock = { now: () => Date.now() };
  const events = createEvents(thrown => log.error('a listener failed', { error: thrown }));
  const timers = createTimers(thrown => log.error('timed work failed', { error: thrown }));
  const standing = Promise.withResolvers<void>();
  const ground = { home, config, given, argv, log, clock, timers, events, stack, standing };
  const daemon = await compose(ground);
  log.info('ready', { http: daemon.ready.http, peer: daemon.ready.peer });
  standing.resolve();
  const all = stack.move();
  return { ...daemon, close: () => all.disposeAsync() };
}

async function compose(ground: Ground): Promise<Omit<Daemon, 'close'>> {
  const store = openStore(ground);
  const http = createHttpServer({ log: ground.log.child('http'), portOwner });
  const readers = createReaders();
  const capabilities = createCapabilities({
    secret: capabilitySecret(store.settings),
    port: () => http.port,
    clock: ground.clock,
  });
  const rooms = await openRooms(ground, store, capabilities);

  ground.stack.defer(() => http.close());
  const rights = { ...rooms, capabilities, readers, openToPrograms: () => ground.config.openToPrograms };
  mountSubtitles(http, { ...rights, subtitles: rooms.library.subtitles });
  mountGet(http, { ...rights, open: (id, reader, signal) => openContent(id, reader, rooms, signal) });
  const taken = await listenHttp(http, ground.config, store.settings, ground.log);

  const stopAsked = Promise.withResolvers<void>();
  const { home, argv, events, log } = ground;
  let gateways: GatewayStatus[] = [];
  const off = (name: GatewayStatus['name']) => {
    gateways = gateways.filter(each => each.name !== name);
  };
  const status = () =>
    daemonStatus({ ...rooms, home, argv, http: () => ({ port: http.port, taken }), gateways: () => gateways });
  const hashTable: { current: LbryDht | null } = { current: null };
  const controlLog = log.child('control');
  const control = await listenControl(
    home.socket,
    (channel, closed) =>
      serveControl(channel, closed, {
        ...rooms,
        capabilities,
        readers,
        events,
        reveal: path => revealFile(path),
        log: controlLog,
        httpPort: () => http.port,
        hashTable: () => hashTable.current,
        status,
        stop: () => setImmediate(stopAsked.resolve),
      }),
    error => controlLog.warn('accept-failed', { error }),
  );
  ground.stack.defer(() => control.close());
  const opened = await openGateways(ground, { ...rooms, hashTable, reveal: path => revealFile(path) }, store, off);
  gateways.push(...portsOf(opened));
  const ready = { http: http.port, peer: rooms.torrents.peerPort, socket: home.socket, ...opened };
  return { ready, stopAsked: stopAsked.promise };
}

/** Each is off unless a port is given for it. */
async function openGateways(
  ground: Ground,
  rooms: LbryRooms & { torrents: Torrents },
  store: Store,
  off: (name: GatewayStatus['name']) => void,
): Promise<Opened> {
  const { home, config, log, stack } = ground;
  const local = createLocalAddress(addressChoice(config.peerAddress ?? null, config.peerInterface ?? null));
  stack.defer(() => local.close());
  const net = createNet({ resolve: hostsOf(config.resolve), local });
  stack.defer(() => net.close());
  const given = { config, torrents: rooms.torrents, net, stack };
  const confluence = await openConfluence({
    ...given,
    folder: join(home.path, 'confluence'),
    files: config.confluenceDir === undefined ? null : resolve(config.confluenceDir),
    log: log.child('confluence'),
  });
  const resttorrent = await openRestTorrent({
    ...given,
    root: resolve(config.resttorrentRoot ?? join(home.path, 'resttorrent')),
    folder: join(home.path, 'resttorrent-sessions'),
    log: log.child('resttorrent'),
  });
  const others = { ...confluence, ...resttorrent };
  if (!config.lbry) return others;
  const { startLbry } = await import('./lbry-service.ts');
  return { ...others, lbry: await startLbry(ground, rooms, store, () => off('lbry')) };
}

function portsOf({ confluence, resttorrent, lbry }: Opened): GatewayStatus[] {
  return [
    ...(confluence === undefined ? [] : [{ name: 'confluence', port: confluence } as const]),
    ...(resttorrent === undefined ? [] : [{ name: 'resttorrent', port: resttorrent } as const]),
    ...(lbry === undefined ? [] : [{ name: 'lbry', port: lbry.rpc } as const]),
  ];
}

/** The port asked for, or an error; else the default one, the one chosen before where that is taken, or a free one. */
async function listenHttp(http: HttpServer, config: Config, settings: Settings, log: Log): Promise<boolean> {
  if (config.http !== undefined) {
    await http.listen({ port: config.http });
    return false;
  }
  const remembered = settings.get(HTTP_PORT);
  const instead = remembered === undefined ? [0] : [Number(remembered), 0];
  const { port, taken } = await http.listen({ port: DEFAULT_HTTP_PORT, instead });
  if (!taken) return false;
  settings.set(HTTP_PORT, String(port));
  log.warn('http-port-taken', { port, reason: taken.message });
  return true;
}

/** Kept across restarts, so that URLs stay good for their 24 hours. */
function capabilitySecret(settings: Settings): Uint8Array {
  const stored = settings.get(CAPABILITY_SECRET);
  if (stored) return Buffer.from(stored, 'hex');
  const made = randomBytes(32);
  settings.set(CAPABILITY_SECRET, made.toString('hex'));
  return made;
}
