/** The daemon: the only place that knows every room. It composes them, and takes them down in the other order. */

import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { GatewayStatus } from '../shared/daemon-methods.ts';
import { createTorrents } from './bittorrent/torrents.ts';
import { openContent } from './core/api.ts';
import { createDownloadQueue } from './core/download-queue.ts';
import { createEvents, type Events } from './core/events.ts';
import type { LbryDht } from './core/lbry.ts';
import type { Capabilities, Clock, Library, Log, Torrents } from './core/ports.ts';
import type { Settings } from './core/preferences.ts';
import { createControl } from './daemon/control/control.ts';
import { createFanOut } from './daemon/control/fan-out.ts';
import { acquireLock } from './daemon/lock.ts';
import { createNatConsent } from './daemon/nat-consent.ts';
import { createRateHistory } from './daemon/rate-history.ts';
import { reloadOnChange } from './daemon/reload.ts';
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
import { createHasher } from './library/hasher.ts';
import { createLibrary } from './library/library.ts';
import { type Config, hostsOf, loadConfig } from './platform/config.ts';
import { createDiskRoom } from './platform/disk-room.ts';
import { revealFile } from './platform/file-manager.ts';
import { createHome, type Home } from './platform/home.ts';
import { createKeyring } from './platform/keyring.ts';
import { createLog, type LogFile } from './platform/log.ts';
import { giveBackMemory } from './platform/memory.ts';
import { readMetered } from './platform/metered.ts';
import { createNet } from './platform/net.ts';
import { portOwner } from './platform/port-owner.ts';
import { readPower } from './platform/power.ts';
import { createSecrets, homeId } from './platform/secrets.ts';
import { createTimers, type Timers } from './platform/timers.ts';
import { createSites } from './sites/sites.ts';
import { backUpDaily } from './store/backup.ts';
import { createAddressLists } from './store/blocked-addresses.ts';
import { createCatalogue } from './store/catalogue.ts';
import { openDatabase } from './store/database.ts';
import { createDownloadOrder } from './store/download-order.ts';
import { createFileList } from './store/file-list-process.ts';
import { createLbryStore } from './store/lbry.ts';
import { createClaimStore } from './store/lbry-claims.ts';
import { createFileStore } from './store/lbry-files.ts';
import { createRequestStore } from './store/requests.ts';
import { createBlocklist, createSettings } from './store/settings.ts';
import { createSiteLogStore } from './store/site-log.ts';
import { createSiteStore } from './store/sites.ts';
import { createUsage } from './store/usage.ts';

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

/** What every part is handed. `stack` takes down what was opened, the last first. */
export interface Ground {
  home: Home;
  config: Config;
  /** the options of the command line */
  given: Record<string, unknown>;
  argv: string[];
  log: LogFile;
  clock: Clock;
  timers: Timers;
  events: Events;
  stack: AsyncDisposableStack;
  /** resolved when all of it serves */
  standing: PromiseWithResolvers<void>;
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
  const control = await listenControl(home.socket, (channel, closed) =>
    serveControl(channel, closed, {
      ...rooms,
      capabilities,
      readers,
      events,
      reveal: path => revealFile(path),
      log: log.child('control'),
      httpPort: () => http.port,
      hashTable: () => hashTable.current,
      status,
      stop: () => setImmediate(stopAsked.resolve),
    }),
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
  store: ReturnType<typeof openStore>,
  off: (name: GatewayStatus['name']) => void,
): Promise<Opened> {
  const { home, config, log, stack } = ground;
  const net = createNet({ resolve: hostsOf(config.resolve) });
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

function openStore({ home, events, log, stack }: Ground) {
  const database = openDatabase(home.database);
  stack.defer(() => database.close());
  const backup = backUpDaily(database, home.backups, log.child('store'));
  stack.defer(() => backup.close());
  const files = createFileList({ database, path: home.database });
  stack.defer(() => files.close());
  return {
    settings: createSettings(database),
    blocklist: createBlocklist(database, events),
    catalogue: createCatalogue(database),
    files,
    requests: createRequestStore(database),
    sites: createSiteStore(database),
    siteHistory: createSiteLogStore(database),
    usage: createUsage(database),
    order: createDownloadOrder(database),
    addresses: createAddressLists(database, events),
    lbryClaims: createClaimStore(database),
    lbryFiles: createFileStore(database),
    lbry: createLbryStore(database),
  };
}

/** The rooms behind the gateways: what is held, what moves, what sites want. */
async function openRooms(ground: Ground, store: ReturnType<typeof openStore>, capabilities: Capabilities) {
  const { home, config, log, clock, timers, events, stack, standing } = ground;
  const { settings, blocklist, catalogue } = store;
  const hasher = createHasher({ log: log.child('hash') });
  stack.defer(() => hasher.close());
  const shared = { catalogue, hasher, events, clock };
  const library = createLibrary({
    ...shared,
    log: log.child('library'),
    home: home.path,
    homedir: homedir(),
    database: home.database,
    ready: standing.promise,
  });
  stack.defer(() => library.close());
  stack.defer(standing.resolve);
  const queue = createDownloadQueue({ clock, after: timers.after });
  const room = createDiskRoom();
  const torrents = await createTorrents({
    ...shared,
    ...{ queue, room },
    log: log.child('bittorrent'),
    blocklist,
    folder: home.downloads,
    options: torrentOptions(config),
    order: store.order,
    served: id => store.usage.served(id),
    addresses: store.addresses,
    isWanted: id => store.requests.ofId(id).some(row => row.state === 'open'),
    onSuspect: path => library.suspect(path),
  });
  stack.defer(() => torrents.close());

  const secrets = createSecrets({
    home: home.secrets,
    keyring: config.keyring ? createKeyring(() => homeId(settings)) : null,
    settings,
    timers,
    log: log.child('secrets'),
  });
  stack.defer(() => secrets.close());
  const net = createNet({ resolve: hostsOf(config.resolve) });
  stack.defer(() => net.close());
  const sites = createSites({
    ...store,
    secrets,
    torrents,
    library,
    events,
    net,
    log: log.child('sites'),
    clock,
    timers,
    capabilities,
    options: { pollSeconds: config.pollSeconds ?? null, userTrackers: config.tracker },
  });
  stack.defer(() => sites.close());
  const control = openControl(ground, store, torrents, library);
  const nat = createNatConsent(settings, config.nat, torrents);
  const history = createRateHistory({ events, clock });
  stack.defer(() => history.close());
  return {
    library,
    hasher,
    torrents,
    ...{ queue, room },
    sites,
    ...control,
    nat,
    history,
    files: store.files,
    catalogue,
    blocklist,
    order: store.order,
    addresses: store.addresses,
  };
}

/** The person's hand on all of it. */
function openControl(
  ground: Ground,
  store: ReturnType<typeof openStore>,
  torrents: Torrents,
  library: Pick<Library, 'setPace'>,
) {
  const { home, config, given, log, clock, events, stack } = ground;
  const movers = createFanOut(torrents);
  const control = createControl({
    ...store,
    torrents: { ...movers, queue: torrents.queue },
    library,
    events,
    clock,
    log: log.child('control'),
    configured: config.limits,
    zone: () => Temporal.Now.timeZoneId(),
    after: ground.timers.after,
    readPower,
    readMetered,
  });
  stack.defer(() => control.close());
  const reload = reloadOnChange({
    ...{ path: home.config, given, config, control },
    addresses: store.addresses,
    log: log.child('control'),
  });
  stack.defer(() => reload.close());
  return { control, reload, movers };
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
    peerInterface: config.peerInterface ?? null,
    dht: {
      enabled: config.dht,
      port: config.dhtPort,
      bootstrap: config.dhtBootstrap,
      publicIp: config.dhtPublicIp,
    },
    lan: config.lan,
    stun: config.stun,
    userTrackers: config.tracker,
    graceMs: config.graceSeconds * 1000,
    resolve: hostsOf(config.resolve),
  };
}

/** Kept across restarts, so that URLs stay good for their 24 hours. */
function capabilitySecret(settings: Settings): Uint8Array {
  const stored = settings.get(CAPABILITY_SECRET);
  if (stored) return Buffer.from(stored, 'hex');
  const made = randomBytes(32);
  settings.set(CAPABILITY_SECRET, made.toString('hex'));
  return made;
}
