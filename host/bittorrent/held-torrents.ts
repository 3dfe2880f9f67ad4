/** The torrents of one gateway: each stays as long as somebody uses it, and for a grace time after. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import { type InfoHash, parseInfoHash } from '../../shared/id.ts';
import type { GatewayName, HeldTorrent, HeldTorrents, HoldingOptions, TorrentSource } from '../core/held-torrents.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Blocklist } from '../core/preferences.ts';
import { createHeldOne, type HeldOne } from './held-torrent.ts';
import type { FromEngine, ToEngine, TorrentName, Traffic } from './link.ts';
import { parseInfo } from './metainfo.ts';
import { infoHashOf, openMetainfoStore } from './metainfo-store.ts';
import { openPieceCache, type PieceCache } from './piece-cache.ts';

export interface HoldingDeps {
  client: GatewayName;
  peerPort: number;
  userTrackers: string[];
  blocklist: Pick<Blocklist, 'has'>;
  clock: Clock;
  log: Log;
  send(message: ToEngine): void;
  remove(name: TorrentName): Promise<void>;
}

/** As the torrents room drives it. */
export interface Holding extends HeldTorrents {
  receive(message: Exclude<FromEngine, { type: 'traffic' }> & { name: TorrentName }): void;
  onTraffic(of: (name: TorrentName) => Traffic | undefined): void;
  /** The engine is a new one. */
  restart(): void;
  /** The person blocked this hash. */
  blocked(hash: string): void;
  close(): void;
}

interface Entry {
  one: HeldOne;
  uses: number;
  grace?: NodeJS.Timeout;
}

/** ms until a torrent that the engine could not go on with is tried again */
const RETRY_MS = 3_000;

export async function createHolding(deps: HoldingDeps, options: HoldingOptions): Promise<Holding> {
  const { client, send } = deps;
  const entries = new Map<InfoHash, Entry>();
  const stored = await openMetainfoStore(join(options.folder, 'torrents'));
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
    const name = { client, infoHash: source.infoHash };
    const { serve, lan } = options;
    const { userTrackers, log, remove } = deps;
    const one = createHeldOne({ name, cache, stored, userTrackers, log, serve, lan, send, remove }, source);
    const entry = { one, uses: 0 };
    entries.set(source.infoHash, entry);
    one.begin();
    return entry;
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

  function hold(source: TorrentSource): HeldTorrent {
    return use(entryOf(source));
  }

  function entryOf(source: TorrentSource): Entry {
    if (deps.blocklist.has(source.infoHash)) throw blockedError();
    const there = entries.get(source.infoHash);
    there?.one.meet(source);
    return there ?? add(source);
  }

  return {
    peerPort: deps.peerPort,
    hold,
    async describe(file, named) {
      const infoHash = file.info ? parseInfoHash(infoHashOf(file.info)) : named;
      if (!infoHash) throw nameless();
      if (named && named !== infoHash) return 'conflict';
      if (file.info) assertSound(file.info);
      const entry = entryOf({ infoHash, trackers: [], webseeds: [], peers: [] });
      using _held = use(entry);
      await entry.one.describe(file);
      return infoHash;
    },
    async drop(infoHash, { data }) {
      const entry = entries.get(infoHash);
      if (!entry) return false;
      const pieces = data ? entry.one.hashes() : [];
      await drop(entry, dropped());
      const others = [...entries.values()];
      for (const hash of pieces) {
        if (!others.some(({ one }) => one.names(hash)) && cache.has(hash)) await cache.remove(hash);
      }
      return true;
    },
    list: () => [...entries.values()].map(({ one }) => one.state()),
    receive(message) {
      const entry = entries.get(message.name.infoHash);
      if (!entry) return;
      const { one } = entry;
      if (message.type === 'described') one.onDescribed(message.info);
      else if (message.type === 'found') one.onFound(message.pieces);
      else if (message.type === 'verified') one.onVerified(message.pieces);
      else if (message.type !== 'failed') return;
      else if (message.failure === 'mismatch') void drop(entry, unsound(message.message));
      else setTimeout(again, RETRY_MS, entry).unref();
    },
    onTraffic(of) {
      for (const { one } of entries.values()) one.onTraffic(of({ client, infoHash: one.infoHash }));
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

function blockedError(): LsdError {
  return new LsdError('denied', 'This torrent is on your blocklist. Take it off that list if you want it.');
}

function nameless(): LsdError {
  return new LsdError('invalid', 'Nothing names a torrent: give ?ih=INFOHASH, or an info dictionary.');
}

function assertSound(info: Uint8Array): void {
  try {
    parseInfo(info);
  } catch (thrown) {
    throw unsound(thrown instanceof Error ? thrown.message : String(thrown));
  }
}

function unsound(why: string): LsdError {
  return new LsdError('invalid', `This torrent cannot be read: ${why}.`);
}
