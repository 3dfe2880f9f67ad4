/** The store, and the rooms behind the gateways, put together for main.ts: what is held, what moves, what sites want. */

import { homedir } from 'node:os';
import { createTorrents } from './bittorrent/torrents.ts';
import { createDownloadQueue, type DownloadQueue } from './core/download-queue.ts';
import type { Events } from './core/events.ts';
import type { Capabilities, Clock, Library, Torrents } from './core/ports.ts';
import { createControl } from './daemon/control/control.ts';
import { createFanOut } from './daemon/control/fan-out.ts';
import { createNatConsent } from './daemon/nat-consent.ts';
import { createRateHistory } from './daemon/rate-history.ts';
import { reloadOnChange } from './daemon/reload.ts';
import { createHasher } from './library/hasher.ts';
import { createLibrary } from './library/library.ts';
import { type Config, hostsOf } from './platform/config.ts';
import { createDiskRoom } from './platform/disk-room.ts';
import type { Home } from './platform/home.ts';
import { createKeyring } from './platform/keyring.ts';
import type { LogFile } from './platform/log.ts';
import { readMetered } from './platform/metered.ts';
import { createNet } from './platform/net.ts';
import { readPower } from './platform/power.ts';
import { createSecrets, homeId } from './platform/secrets.ts';
import type { Timers } from './platform/timers.ts';
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

/** Everything that is kept, each table behind the port of the room that it is for. */
export function openStore({ home, config, events, log, stack }: Ground) {
  const database = openDatabase(home.database);
  stack.defer(() => database.close());
  const backup = backUpDaily(database, home.backups, log.child('store'));
  stack.defer(() => backup.close());
  const files = createFileList({ database, path: home.database });
  stack.defer(() => files.close());
  return {
    settings: createSettings(database),
    blocklist: createBlocklist(database, events, config.block),
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

export type Store = ReturnType<typeof openStore>;

/** The rooms behind the gateways: what is held, what moves, what sites want. */
export async function openRooms(ground: Ground, store: Store, capabilities: Capabilities) {
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
  const queue = createDownloadQueue({ clock, order: store.order, after: timers.after });
  const room = createDiskRoom();
  const torrents = await createTorrents({
    ...shared,
    ...{ queue, room },
    log: log.child('bittorrent'),
    blocklist,
    folder: home.downloads,
    options: torrentOptions(config),
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
  const control = openControl(ground, store, { torrents, queue, library });
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
  store: Store,
  { torrents, queue, library }: { torrents: Torrents; queue: DownloadQueue; library: Pick<Library, 'setPace'> },
) {
  const { home, config, given, log, clock, events, stack } = ground;
  const movers = createFanOut(torrents, ground.timers);
  const control = createControl({
    ...store,
    torrents: movers,
    queue,
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
    ...{ addresses: store.addresses, blocklist: store.blocklist },
    log: log.child('control'),
  });
  stack.defer(() => reload.close());
  return { control, reload, movers };
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
