/** The sites room with a real database, real HTTP, and the hands of its clock in the test's hand; the engine is recorded. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEvents, type Events } from '../../host/core/events.ts';
import type {
  DownloadWish,
  FileStamp,
  Library,
  Log,
  Meeting,
  Secrets,
  Sites,
  Torrents,
  Transfer,
  WantedId,
} from '../../host/core/ports.ts';
import type { Catalogue } from '../../host/core/stored.ts';
import { createNet } from '../../host/platform/net.ts';
import { createSecrets } from '../../host/platform/secrets.ts';
import type { Timers } from '../../host/platform/timers.ts';
import type { RequestLimits } from '../../host/sites/request-limits.ts';
import { createSites } from '../../host/sites/sites.ts';
import { createCatalogue } from '../../host/store/catalogue.ts';
import { type Database, openDatabase } from '../../host/store/database.ts';
import { createRequestStore } from '../../host/store/requests.ts';
import { createBlocklist, createSettings } from '../../host/store/settings.ts';
import { createSiteLogStore } from '../../host/store/site-log.ts';
import { createSiteStore } from '../../host/store/sites.ts';
import { type Id, type InfoHash, parseId, parseInfoHash } from '../../shared/id.ts';

export const idOf = (n: number): Id => parseId(n.toString(16).padStart(40, '0'))!;
export const hashOf = (n: number): InfoHash => parseInfoHash(`f${n.toString(16).padStart(39, '0')}`)!;

const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

/** The engine's side, written down. */
export interface FakeTorrents extends Torrents {
  warmUps: number;
  wishes: Map<Id, DownloadWish>;
  cancelled: Id[];
  aside: Id[];
  requested: Map<string, { meeting: Meeting; wanted: Map<Id, WantedId> }>;
  forgotten: string[];
  stopped: Id[];
  all: Map<Id, Transfer>;
}

function fakeTorrents(): FakeTorrents {
  const fake: FakeTorrents = {
    peerPort: 1,
    warmUps: 0,
    wishes: new Map(),
    cancelled: [],
    aside: [],
    requested: new Map(),
    forgotten: [],
    stopped: [],
    all: new Map(),
    download: wish => void fake.wishes.set(wish.id, wish),
    async cancel(id) {
      fake.wishes.delete(id);
      fake.cancelled.push(id);
    },
    async setAside(id) {
      fake.wishes.delete(id);
      fake.aside.push(id);
    },
    setRequested: (by, meeting, wanted) => void fake.requested.set(by, { meeting, wanted }),
    forget: by => void fake.forgotten.push(by),
    transfer: id => fake.all.get(id),
    transfers: () => [...fake.all.values()],
    rates: () => ({ down: 0, up: 0 }),
    setNat() {},
    reachability: () => ({ state: 'unknown', mapping: 'off' }),
    open: async () => undefined,
    setLimits() {},
    setPaused() {},
    isPaused: () => false,
    warmUp: () => void fake.warmUps++,
    inspect: async () => [],
    stop: id => void fake.stopped.push(id),
    holding: () => Promise.reject(new Error('no gateway here')),
    sessions: () => Promise.reject(new Error('no gateway here')),
    async close() {},
  };
  return fake;
}

/** A clock and its timers; `pass` moves both. */
export interface Hands extends Timers {
  now(): number;
  pass(ms: number): void;
  /** the clock is set forward, or back, by so much; timers do not mind */
  set(byMs: number): void;
  /** how many wait for their time */
  waiting(): number;
}

export function createHands(start = 1_800_000_000_000): Hands {
  let now = start;
  let wrong = 0;
  let waiting: { due: number; work: () => void }[] = [];
  return {
    now: () => now + wrong,
    set(byMs) {
      wrong += byMs;
    },
    after(ms, work) {
      const one = { due: now + ms, work };
      waiting.push(one);
      return () => {
        waiting = waiting.filter(other => other !== one);
      };
    },
    waiting: () => waiting.length,
    pass(ms) {
      const until = now + ms;
      for (;;) {
        const due = waiting.filter(one => one.due <= until).sort((a, b) => a.due - b.due)[0];
        if (!due) break;
        waiting = waiting.filter(one => one !== due);
        now = Math.max(now, due.due);
        due.work();
      }
      now = until;
    },
  };
}

export interface Room extends AsyncDisposable {
  sites: Sites;
  catalogue: Catalogue;
  torrents: FakeTorrents;
  events: Events;
  hands: Hands;
  database: Database;
  requests: ReturnType<typeof createRequestStore>;
  store: ReturnType<typeof createSiteStore>;
  blocklist: ReturnType<typeof createBlocklist>;
  scanning: Set<number>;
  home: string;
  /** A shared folder with files of these numbers; returns its id. */
  share(origin: string, numbers: number[], path?: string): number;
  /** A file in a folder. */
  hold(folder: string, n: number, extension?: string): void;
  /** What the engine does when a download is complete; `sha256`: its own, of whoever names one. */
  verify(id: Id, sha256?: string): Promise<void>;
  /** Ends the room as kill -9 would, and starts another on the same database. */
  restart(): Promise<Room>;
}

export interface RoomOptions {
  pollSeconds?: number | null;
  database?: Database;
  home?: string;
  hands?: Hands;
  resolve?: Record<string, string>;
  userTrackers?: string[];
  requestLimits?: RequestLimits;
  /** in place of the files in the home */
  secrets?: (inFiles: Secrets) => Secrets;
}

export async function openRoom(options: RoomOptions = {}): Promise<Room> {
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'lsd-sites-')));
  const database = options.database ?? openDatabase(':memory:');
  const hands = options.hands ?? createHands();
  const catalogue = createCatalogue(database);
  const events = createEvents(thrown => {
    throw thrown;
  });
  const torrents = fakeTorrents();
  const scanning = new Set<number>();
  const settings = createSettings(database);
  const store = createSiteStore(database);
  const requests = createRequestStore(database);
  const blocklist = createBlocklist(database, events);
  const net = createNet({ resolve: new Map(Object.entries(options.resolve ?? {})) });
  const library = fakeLibrary(scanning);
  const inFiles = createSecrets({ home, keyring: null, settings, timers: hands, log: quiet });
  const sites = createSites({
    catalogue,
    sites: store,
    requests,
    siteHistory: createSiteLogStore(database),
    settings,
    secrets: options.secrets?.(inFiles) ?? inFiles,
    blocklist,
    torrents,
    library,
    events,
    net,
    log: quiet,
    clock: hands,
    capabilities: { url: (_, id) => `http://127.0.0.1/get/${id}` },
    options: { pollSeconds: options.pollSeconds ?? null, userTrackers: options.userTrackers ?? [] },
    timers: hands,
    ...(options.requestLimits && { requestLimits: options.requestLimits }),
  });

  function hold(folder: string, n: number, extension = 'mkv'): void {
    const file = {
      path: `${folder}/${n}.${extension}`,
      stamp: stampOf(n),
      id: idOf(n),
      extension,
      media: true,
      verifiedAt: 1,
    };
    catalogue.recordFile(file, { infoHash: hashOf(n), info: new Uint8Array([n % 256]) });
  }

  async function end(): Promise<void> {
    await sites.close();
    await net.close();
  }

  const room: Room = {
    ...{ sites, catalogue, torrents, events, hands, database, requests, store, blocklist, scanning, home, hold },
    share(origin, numbers, path = '/films') {
      const folder = catalogue.addFolder(path, { all: false, everyone: false, addedAt: 0 });
      catalogue.shareFolder(folder.id, origin);
      catalogue.batch(() => {
        for (const n of numbers) hold(path, n);
      });
      return folder.id;
    },
    async verify(id, sha256) {
      const wish = torrents.wishes.get(id);
      const looked = wish?.sha256s.some(one => one !== null) ? sha256 : undefined;
      const path = join(home, id);
      await writeFile(path, 'bytes');
      catalogue.recordDownload({
        ...{ id, path, stamp: stampOf(0), size: wish?.size ?? 5, extension: 'mkv', verifiedAt: hands.now() },
        sha256: looked ?? null,
        infoHash: wish?.infoHash ?? hashOf(0),
      });
      torrents.wishes.delete(id);
      events.emit('download.verified', { id });
    },
    async restart() {
      await end();
      return openRoom({ ...options, database, home, hands });
    },
    async [Symbol.asyncDispose]() {
      await end();
      await rm(home, { recursive: true, force: true });
    },
  };
  return room;
}

function stampOf(n: number): FileStamp {
  return { inode: `1:${n}`, size: 1000 + n, mtimeNs: '0', ctimeNs: '0' };
}

function fakeLibrary(scanning: Set<number>): Library {
  const absent = () => Promise.reject(new Error('not in this test'));
  return {
    add: absent,
    list: () => [],
    browse: absent,
    remove: absent,
    confirm: absent,
    settled: absent,
    subtitles: async () => [],
    scanning: () => (scanning.size > 0 ? { done: 1, total: 2 } : null),
    isScanning: folder => scanning.has(folder),
    open: async () => undefined,
    suspect() {},
    setPace() {},
    rotten: () => [],
    async close() {},
  };
}

/** Polls until `condition` holds; the deadline only ends a test that hangs. */
export async function until<T>(condition: () => T | undefined | false, what = 'the condition'): Promise<T> {
  const deadline = Date.now() + 45_000;
  for (;;) {
    const result = condition();
    if (result) return result;
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}
