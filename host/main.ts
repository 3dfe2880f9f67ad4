/** The daemon: the only place that knows every room. It composes them, and takes them down in the other order. */

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { LsdError } from '../shared/errors.ts';
import { createTorrents } from './bittorrent/torrents.ts';
import { openContent } from './core/api.ts';
import { createEvents } from './core/events.ts';
import type { Log, Settings } from './core/ports.ts';
import { acquireLock } from './daemon/lock.ts';
import { listenControl } from './daemon/socket.ts';
import { daemonStatus } from './daemon/status.ts';
import { createThrottle } from './daemon/throttle.ts';
import { logUncaught } from './daemon/uncaught.ts';
import { serveControl } from './gateways/control.ts';
import { mountGet } from './gateways/get.ts';
import { createCapabilities, createReaders } from './http/capability.ts';
import { createHttpServer, type HttpServer } from './http/server.ts';
import { createHasher } from './library/hasher.ts';
import { createLibrary } from './library/library.ts';
import { type Config, loadConfig } from './platform/config.ts';
import { createHome, type Home } from './platform/home.ts';
import { createLog, type LogFile } from './platform/log.ts';
import { createNet } from './platform/net.ts';
import { portOwner } from './platform/port-owner.ts';
import { createSecrets } from './platform/secrets.ts';
import { createSites } from './sites/sites.ts';
import { backUpDaily } from './store/backup.ts';
import { createCatalogue } from './store/catalogue.ts';
import { openDatabase } from './store/database.ts';
import { createRequestStore } from './store/requests.ts';
import { createBlocklist, createSettings } from './store/settings.ts';
import { createSiteStore } from './store/sites.ts';

export const DEFAULT_HTTP_PORT = 15_550;
const HTTP_PORT = 'http-port';
const CAPABILITY_SECRET = 'capability-secret';

/** What the ready line tells. */
export interface Ready {
  http: number;
  peer: number;
  socket: string;
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
  await using rooms = new AsyncDisposableStack();
  const lock = acquireLock(home.lock, home.path);
  rooms.defer(() => lock.release());
  const log = await createLog(home.log, config.logLevel);
  rooms.defer(() => log.close());
  rooms.use(logUncaught(log));

  const daemon = await compose(home, config, argv, log, rooms);
  log.info('ready', { http: daemon.ready.http, peer: daemon.ready.peer });
  const standing = rooms.move();
  return { ...daemon, close: () => standing.disposeAsync() };
}

async function compose(home: Home, config: Config, argv: string[], log: LogFile, rooms: AsyncDisposableStack) {
  const clock = { now: () => Date.now() };
  const events = createEvents(thrown => log.error('a listener failed', { error: thrown }));
  const database = openDatabase(home.database);
  rooms.defer(() => database.close());
  const settings = createSettings(database);
  const blocklist = createBlocklist(database, events);
  const catalogue = createCatalogue(database);
  const requests = createRequestStore(database);
  const siteStore = createSiteStore(database);
  const backup = backUpDaily(database, home.backups, log.child('store'));
  rooms.defer(() => backup.close());

  const net = createNet({ resolve: hostsOf(config.resolve) });
  rooms.defer(() => net.close());
  const secrets = createSecrets({ home: home.secrets, keyring: config.keyring, settings });
  const hasher = createHasher({ log: log.child('hash') });
  rooms.defer(() => hasher.close());
  const library = createLibrary({
    catalogue,
    hasher,
    events,
    log: log.child('library'),
    clock,
    home: home.path,
    homedir: homedir(),
  });
  rooms.defer(() => library.close());
  const torrents = await createTorrents({
    catalogue,
    hasher,
    events,
    log: log.child('bittorrent'),
    clock,
    blocklist,
    folder: home.downloads,
    options: torrentOptions(config),
    onSuspect: path => library.suspect(path),
  });
  rooms.defer(() => torrents.close());

  const readers = createReaders();
  const capabilities = createCapabilities({ secret: capabilitySecret(settings), port: () => http.port, clock });
  const sites = createSites({
    catalogue,
    sites: siteStore,
    requests,
    settings,
    secrets,
    blocklist,
    torrents,
    library,
    events,
    net,
    log: log.child('sites'),
    clock,
    capabilities,
    options: { pollSeconds: config.pollSeconds ?? null, userTrackers: config.tracker },
  });
  rooms.defer(() => sites.close());
  const throttle = createThrottle({ settings, torrents, events, clock });
  rooms.defer(() => throttle.close());

  const http = createHttpServer({ log: log.child('http'), portOwner });
  rooms.defer(() => http.close());
  mountGet(http, {
    open: (id, reader) => openContent(id, reader, { library, torrents, catalogue }),
    sites,
    capabilities,
    readers,
    blocklist,
    openToPrograms: () => config.openToPrograms,
  });

  const taken = await listenHttp(http, config, settings, log);

  const stopAsked = Promise.withResolvers<void>();
  const httpPort = () => http.port;
  const statusDeps = {
    home,
    library,
    catalogue,
    sites,
    torrents,
    throttle,
    http: () => ({ port: http.port, taken }),
    argv,
  };
  const control = await listenControl(home.socket, (channel, closed) =>
    serveControl(channel, closed, {
      library,
      catalogue,
      sites,
      torrents,
      blocklist,
      capabilities,
      readers,
      events,
      log: log.child('control'),
      httpPort,
      throttle,
      status: () => daemonStatus(statusDeps),
      stop: () => setImmediate(stopAsked.resolve),
    }),
  );
  rooms.defer(() => control.close());
  return { ready: { http: http.port, peer: torrents.peerPort, socket: home.socket }, stopAsked: stopAsked.promise };
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

function torrentOptions(config: Config) {
  return {
    peerPort: config.peerPort,
    peerAddress: config.peerAddress ?? null,
    dht: { enabled: config.dht, port: config.dhtPort, bootstrap: config.dhtBootstrap },
    lan: config.lan,
    nat: config.nat,
    stun: config.stun,
    userTrackers: config.tracker,
    graceMs: config.graceSeconds * 1000,
    resolve: hostsOf(config.resolve),
  };
}

/** `HOST:ADDRESS`; the address may hold colons itself. */
function hostsOf(pairs: string[]): Map<string, string> {
  return new Map(
    pairs.map(pair => {
      const colon = pair.indexOf(':');
      if (colon < 1) throw new LsdError('invalid', `--resolve wants HOST:ADDRESS, not "${pair}".`);
      return [pair.slice(0, colon), pair.slice(colon + 1)];
    }),
  );
}

/** Kept across restarts, so that URLs stay good for their 24 hours. */
function capabilitySecret(settings: Settings): Uint8Array {
  const stored = settings.get(CAPABILITY_SECRET);
  if (stored) return Buffer.from(stored, 'hex');
  const made = randomBytes(32);
  settings.set(CAPABILITY_SECRET, made.toString('hex'));
  return made;
}
