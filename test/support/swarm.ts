/** A home's torrents room with its catalogue, and a tracker, on loopback. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Server } from 'bittorrent-tracker';
import { bareTorrent } from '../../host/bittorrent/metainfo.ts';
import { createTorrents, type TorrentsDeps, type TorrentsOptions } from '../../host/bittorrent/torrents.ts';
import { canonicalInfo, pieceLengthOf } from '../../host/core/canonical.ts';
import { createEvents, type EventMap, type Events } from '../../host/core/events.ts';
import type { DownloadWish, Log, Meeting, Torrents, TransferPauses } from '../../host/core/ports.ts';
import type { Catalogue } from '../../host/core/stored.ts';
import { createHasher } from '../../host/library/hasher.ts';
import { stampOf } from '../../host/platform/files.ts';
import { createCatalogue } from '../../host/store/catalogue.ts';
import { openDatabase } from '../../host/store/database.ts';
import { createBlocklist } from '../../host/store/settings.ts';
import { type Id, type InfoHash, parseId, parseInfoHash } from '../../shared/id.ts';

/** With LSD_LOG set, what the rooms log goes to stderr. */
export const testLog: Log = {
  debug: (event, detail) => say('debug', event, detail),
  info: (event, detail) => say('info', event, detail),
  warn: (event, detail) => say('warn', event, detail),
  error: (event, detail) => say('error', event, detail),
  child: () => testLog,
};

function say(level: string, event: string, detail: unknown): void {
  if (process.env.LSD_LOG) console.error(level, event, detail);
}

export interface Home {
  path: string;
  catalogue: Catalogue;
  events: Events;
  torrents: Torrents;
  suspects: string[];
  blocklist: ReturnType<typeof createBlocklist>;
  close(): Promise<void>;
}

export const LOOPBACK_OPTIONS: TorrentsOptions = {
  peerPort: 0,
  peerAddress: '127.0.0.1',
  peerInterface: null,
  dht: { enabled: false, port: 0, bootstrap: [] },
  lan: false,
  stun: [],
  userTrackers: [],
  graceMs: 60_000,
  resolve: new Map(),
};

export async function openHome(
  options: Partial<TorrentsOptions> = {},
  deps: Partial<TorrentsDeps> & { path?: string } = {},
): Promise<Home> {
  const path = deps.path ?? (await mkdtemp(join(tmpdir(), 'lsd-swarm-')));
  const folder = join(path, 'downloads');
  await mkdir(folder, { recursive: true });
  const database = openDatabase(join(path, 'catalogue.db'));
  const catalogue = createCatalogue(database);
  const events = createEvents(thrown => console.error(thrown));
  const blocklist = createBlocklist(database, events);
  const hasher = createHasher({ workers: 1, log: testLog });
  const suspects: string[] = [];
  const torrents = await createTorrents({
    catalogue,
    blocklist,
    hasher,
    events,
    folder,
    log: testLog,
    clock: { now: () => Date.now() },
    options: { ...LOOPBACK_OPTIONS, ...options },
    isWanted: () => true,
    onSuspect: suspect => suspects.push(suspect),
    ...deps,
  });
  return {
    path,
    catalogue,
    events,
    torrents,
    suspects,
    blocklist,
    async close() {
      await torrents.close();
      await hasher.close();
      database.close();
      if (!deps.path) await rm(path, { recursive: true, force: true });
    },
  };
}

export interface Described {
  bytes: Buffer;
  id: Id;
  infoHash: InfoHash;
  info: Uint8Array;
  /** a .torrent file of it */
  metainfo: Uint8Array;
  pieces: Uint8Array;
}

export function describeFile(bytes: Buffer): Described {
  const id = parseId(sha1(bytes))!;
  const pieceLength = pieceLengthOf(bytes.length);
  const hashes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) {
    hashes.push(
      createHash('sha1')
        .update(bytes.subarray(at, at + pieceLength))
        .digest(),
    );
  }
  const pieces = Buffer.concat(hashes);
  const info = canonicalInfo(id, bytes.length, pieces);
  return { bytes, id, infoHash: parseInfoHash(sha1(info))!, info, metainfo: bareTorrent(info), pieces };
}

export function someBytes(size: number): Described {
  return describeFile(randomBytes(size));
}

export function sha1(bytes: Uint8Array): string {
  return createHash('sha1').update(bytes).digest('hex');
}

/** Puts a file into a folder of the home, as the library would record it. */
export async function hold(
  home: Home,
  file: Described,
  options: { everyone?: boolean; name?: string } = {},
): Promise<string> {
  const folder = join(home.path, options.everyone ? 'everyone' : 'films');
  await mkdir(folder, { recursive: true });
  if (!home.catalogue.folders().some(each => each.path === folder)) {
    home.catalogue.addFolder(folder, { all: true, everyone: options.everyone ?? false, addedAt: 0 });
  }
  const path = join(folder, options.name ?? `${file.id.slice(0, 8)}.mp4`);
  await writeFile(path, file.bytes, { mode: 0o444 });
  const stamp = stampOf(await stat(path, { bigint: true }));
  home.catalogue.recordFile({ path, stamp, id: file.id, extension: 'mp4', media: true, verifiedAt: 1 }, file);
  return path;
}

export function meeting(tracker: string | null, change: Partial<Meeting> = {}): Meeting {
  const trackers = tracker ? [tracker] : [];
  const by = 'https://site.example';
  return { by, trackers, webseeds: [], peers: [], stun: [], reach: 'site', lan: true, ...change };
}

export function wish(file: Described, meetings: Meeting[], change: Partial<DownloadWish> = {}): DownloadWish {
  return {
    id: file.id,
    infoHash: file.infoHash,
    size: file.bytes.length,
    extension: 'mp4',
    sha256s: [],
    torrent: () => null,
    meetings,
    ...change,
  };
}

/** Nothing is paused. */
export const GOING: TransferPauses = { all: null, sites: new Set(), items: new Set(), spent: new Set() };

/** The home's site asks for these ids. */
export function request(home: Home, meetingPlace: Meeting, ids: Id[], peers: string[] = []): void {
  home.torrents.setRequested(meetingPlace.by, meetingPlace, new Map(ids.map(id => [id, { peers }])));
}

export function event<K extends keyof EventMap>(
  events: Events,
  kind: K,
  matches: (detail: EventMap[K]) => boolean = () => true,
  ms = PATIENCE_MS,
): Promise<EventMap[K]> {
  const seen = new Promise<EventMap[K]>(resolve => {
    const stop = events.on(kind, detail => {
      if (!matches(detail)) return;
      stop();
      resolve(detail);
    });
  });
  return within(`the event ${kind}`, seen, ms);
}

/**
 * ms that a test waits for one thing at most: less than a test may take, so that what it started is ended when it fails
 * (a wait without an end would never come to its `await using`).
 */
export const PATIENCE_MS = 70_000;

/** What is waited for, or an error that says what it was. */
export function within<T>(what: string, wanted: Promise<T>, ms = PATIENCE_MS): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const timer = setTimeout(() => reject(new Error(`waited ${ms} ms for ${what}`)), ms);
  wanted.then(resolve, reject).finally(() => clearTimeout(timer));
  // Whoever asked for it may still be at something else.
  promise.catch(() => {});
  return promise;
}

/** Resolves when `look` gives something; fails after the deadline with what was waited for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 45_000,
): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen) return seen;
    if (Date.now() > deadline) throw new Error(`waited ${ms} ms for ${what}`);
    await new Promise(resolve => setTimeout(resolve, 25));
  }
}

export interface TestTracker {
  /** its announce URLs */
  http: string;
  udp: string;
  ws: string;
  server: Server;
  close(): Promise<void>;
}

export async function openTracker(): Promise<TestTracker> {
  const server = new Server({ http: true, udp: true, ws: true, stats: false, interval: 600_000 });
  server.on('warning', () => {});
  await new Promise<void>(resolve =>
    server.listen(0, { http: '127.0.0.1', udp: '127.0.0.1', udp6: '::1' }, () => resolve()),
  );
  const port = server.http.address().port;
  return {
    http: `http://127.0.0.1:${port}/announce`,
    ws: `ws://127.0.0.1:${port}`,
    udp: `udp://127.0.0.1:${server.udp.address().port}`,
    server,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}
