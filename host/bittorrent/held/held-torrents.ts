/** The torrents of one gateway: each stays as long as somebody uses it, and for a grace time after. */

import { createHash } from 'node:crypto';
import { mkdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import type {
  GatewayName,
  HeldTorrent,
  HeldTorrents,
  HoldingOptions,
  TorrentSource,
} from '../../core/held-torrents.ts';
import { type MetainfoFile, mergeMetainfo } from '../../core/metainfo-file.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Blocklist } from '../../core/preferences.ts';
import type { FilesStore, FromEngine, ToEngine, TorrentName, Traffic } from '../engine/link.ts';
import { infoHashOf, openMetainfoStore } from '../metainfo-store.ts';
import { keptInCache, keptInFiles } from '../pieces/kept-pieces.ts';
import { openPieceCache, type PieceCache } from '../pieces/piece-cache.ts';
import { createHeldOne, type HeldOne } from './held-torrent.ts';
import { blockedError, soundInfo, unsoundError } from './refusals.ts';
import { openUploads } from './uploads.ts';

export interface HoldingDeps {
  client: GatewayName;
  peerPort: number;
  userTrackers: string[];
  blocklist: Pick<Blocklist, 'has'>;
  clock: Clock;
  log: Log;
  send(message: ToEngine): void;
  remove(name: TorrentName): Promise<void>;
  /** of the DHT; null where it is switched off */
  item: HeldTorrents['item'] | null;
  isPaused(): boolean;
}

/** As the torrents room drives it. */
export interface Holding extends HeldTorrents {
  receive(message: Exclude<FromEngine, { type: 'traffic' }> & { name: TorrentName }): void;
  onTraffic(of: (name: TorrentName) => Traffic | undefined): void;
  /** The engine is a new one. */
  restart(): void;
  /** Everything is paused, or no longer. */
  pauseChanged(): void;
  /** The person blocked this hash. */
  blocked(hash: string): void;
  close(): void;
}

interface Entry {
  one: HeldOne;
  uses: number;
  /** it was uploaded, and stays until it is dropped */
  isSeed?: boolean;
  grace?: NodeJS.Timeout;
}

/** ms until a torrent that the engine could not go on with is tried again */
const RETRY_MS = 3_000;

export async function createHolding(deps: HoldingDeps, options: HoldingOptions): Promise<Holding> {
  const { client } = deps;
  const entries = new Map<InfoHash, Entry>();
  const stored = await openMetainfoStore(join(options.folder, 'torrents'));
  const uploads = await openUploads(join(options.folder, 'uploads'), deps.clock);
  const filesRoot = options.files === null ? null : await realFolder(options.files);
  const totals = { down: 0, up: 0 };
  const cache: PieceCache = await openPieceCache({
    folder: join(options.folder, 'pieces'),
    maxBytes: options.cacheBytes,
    clock: deps.clock,
    log: deps.log,
    hash: bytes => createHash('sha1').update(bytes).digest('hex'),
    inUse: () => new Set([...entries.values()].flatMap(({ one }) => one.inUse())),
    onLost(hash) {
      for (const { one } of entries.values()) one.onLost(hash);
    },
  });

  function add(source: TorrentSource): Entry {
    const { infoHash } = source;
    const files = filesOf(infoHash);
    const one = createHeldOne(
      {
        ...deps,
        name: { client, infoHash },
        store: files ?? { kind: 'pieces', folder: cache.folder },
        keep: (metainfo, onLost) => (files ? keptInFiles(files, metainfo, onLost) : keptInCache(cache, metainfo)),
        stored: { read: recall, write: stored.write },
        serve: options.serve || uploads.seeded.has(infoHash),
        lan: options.lan,
      },
      source,
    );
    const entry: Entry = { one, uses: 0 };
    entries.set(source.infoHash, entry);
    one.begin();
    return entry;
  }

  /** Where its files are kept whole; undefined: its pieces are in the cache. */
  function filesOf(infoHash: InfoHash): FilesStore | undefined {
    const uploaded = uploads.files(infoHash);
    if (uploaded || filesRoot === null) return uploaded;
    const place = { root: filesRoot, folder: join(filesRoot, infoHash) };
    return { kind: 'files', place, record: join(options.folder, 'have', infoHash) };
  }

  async function recall(infoHash: InfoHash): Promise<MetainfoFile> {
    const known = await stored.read(infoHash);
    const uploaded = uploads.seeded.get(infoHash);
    return uploaded ? mergeMetainfo(uploaded, known) : known;
  }

  /** What was uploaded is given to peers until it is dropped. */
  async function seed(infoHash: InfoHash): Promise<void> {
    if (entries.get(infoHash)?.isSeed) return;
    // One that was held without its files begins anew with them.
    for (let there = entries.get(infoHash); there; there = entries.get(infoHash)) await drop(there, dropped());
    addSeed(infoHash);
  }

  /** A use that no one lets go of. */
  function addSeed(infoHash: InfoHash): void {
    const entry = add({ infoHash, trackers: [], webseeds: [], peers: [] });
    entry.uses++;
    entry.isSeed = true;
  }

  /** `hashes`: of its pieces in the cache */
  async function removeKept(infoHash: InfoHash, hashes: readonly string[]): Promise<void> {
    await stored.remove(infoHash);
    const files = filesOf(infoHash);
    if (files) {
      await rm(files.place.folder, { recursive: true, force: true });
      await rm(files.record, { force: true });
    }
    const others = [...entries.values()];
    for (const hash of hashes) {
      if (!others.some(other => other.one.names(hash)) && cache.has(hash)) await cache.remove(hash);
    }
  }

  async function drop(entry: Entry, why: LsdError): Promise<void> {
    const { infoHash } = entry.one;
    if (entries.get(infoHash) !== entry) return;
    entries.delete(infoHash);
    clearTimeout(entry.grace);
    entry.one.end(why);
    await deps.remove({ client, infoHash });
  }

  function letGo(entry: Entry): void {
    if (--entry.uses > 0 || options.graceMs === null) return;
    entry.grace = setTimeout(() => void drop(entry, dropped()), options.graceMs).unref();
  }

  function use(entry: Entry): HeldTorrent {
    entry.uses++;
    clearTimeout(entry.grace);
    const { one } = entry;
    let isHeld = true;
    return {
      infoHash: one.infoHash,
      again: () => use(entry),
      refresh() {
        if (entry.uses === 0) entry.grace?.refresh();
        return entries.get(one.infoHash) === entry;
      },
      description: one.description,
      known: one.known,
      open: one.open,
      metainfo: one.metainfo,
      piece: one.piece,
      onPiece: one.onPiece,
      dropped: one.dropped,
      verify: one.verify,
      [Symbol.dispose]() {
        if (isHeld) letGo(entry);
        isHeld = false;
      },
    };
  }

  function again(entry: Entry): void {
    if (entries.get(entry.one.infoHash) === entry) entry.one.begin();
  }

  function failed(entry: Entry, { failure, message }: Extract<FromEngine, { type: 'failed' }>): void {
    deps.log.warn('held-torrent-failed', { failure, why: message });
    if (failure === 'mismatch') void drop(entry, unsoundError(message));
    else setTimeout(again, RETRY_MS, entry).unref();
  }

  function hold(source: TorrentSource): HeldTorrent {
    return use(entryOf(source));
  }

  function entryOf(source: TorrentSource): Entry {
    if (deps.blocklist.has(source.infoHash)) throw blockedError();
    const there = entries.get(source.infoHash);
    there?.one.meet(source);
    return there ?? add(source);
  }

  for (const infoHash of uploads.seeded.keys()) {
    if (!deps.blocklist.has(infoHash)) addSeed(infoHash);
  }

  return {
    peerPort: deps.peerPort,
    hold,
    async describe(file, named) {
      const infoHash = file.info ? parseInfoHash(infoHashOf(file.info)) : named;
      if (!infoHash) throw nameless();
      if (named && named !== infoHash) return 'conflict';
      if (file.info) soundInfo(file.info);
      const entry = entryOf({ infoHash, trackers: [], webseeds: [], peers: [] });
      using _held = use(entry);
      await entry.one.describe(file);
      return infoHash;
    },
    async drop(infoHash, { data }) {
      const entry = entries.get(infoHash);
      if (!entry) return false;
      const hashes = data ? entry.one.hashes() : [];
      await drop(entry, dropped());
      if (data) await removeKept(infoHash, hashes);
      if (uploads.files(infoHash)) await uploads.end(infoHash, { data });
      return true;
    },
    async upload(mostBytes) {
      const receiving = await uploads.begin(mostBytes);
      return {
        add: receiving.add,
        async finish(name, how) {
          const { infoHash, file } = await receiving.finish(name, how);
          if (deps.blocklist.has(infoHash)) {
            await uploads.end(infoHash, { data: true });
            throw blockedError();
          }
          await stored.write(infoHash, mergeMetainfo(file, await stored.read(infoHash)));
          await seed(infoHash);
          return file;
        },
        [Symbol.asyncDispose]: () => receiving[Symbol.asyncDispose](),
      };
    },
    item(target, salt) {
      if (!deps.item) throw new LsdError('not-configured', 'The DHT is switched off (--no-dht).');
      return deps.item(target, salt);
    },
    totals: () => ({ ...totals, cached: cache.bytes }),
    list: () => [...entries.values()].map(({ one }) => one.state()),
    receive(message) {
      const entry = entries.get(message.name.infoHash);
      if (!entry) return;
      const { one } = entry;
      if (message.type === 'described') one.onDescribed(message.info);
      else if (message.type === 'found') one.onFound(message.pieces);
      else if (message.type === 'verified') one.onVerified(message.pieces);
      else if (message.type === 'wrong') one.onWrong(message.pieces);
      else if (message.type === 'sourced') one.onSourced(message.torrent);
      else if (message.type === 'failed') failed(entry, message);
    },
    onTraffic(of) {
      for (const { one } of entries.values()) {
        const before = one.state().moved;
        one.onTraffic(of({ client, infoHash: one.infoHash }));
        const { moved } = one.state();
        // Where the engine began anew, so did its count.
        totals.down += moved.down < before.down ? moved.down : moved.down - before.down;
        totals.up += moved.up < before.up ? moved.up : moved.up - before.up;
      }
    },
    pauseChanged() {
      for (const { one } of entries.values()) one.pauseChanged();
    },
    restart() {
      for (const { one } of entries.values()) one.begin();
    },
    blocked(hash) {
      for (const entry of [...entries.values()]) if (entry.one.infoHash === hash) void drop(entry, blockedError());
    },
    close() {
      cache.close();
      for (const entry of entries.values()) {
        clearTimeout(entry.grace);
        entry.one.end(new LsdError('aborted', 'Lets Share Data is about to end.'));
      }
      entries.clear();
    },
  };
}

function dropped(): LsdError {
  return new LsdError('not-found', 'This torrent is no longer held.');
}

function nameless(): LsdError {
  return new LsdError('invalid', 'Nothing names a torrent: give ?ih=INFOHASH, or an info dictionary.');
}

/** Without links, and there from now on. */
async function realFolder(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return realpath(path);
}
