/** The life of one download, from the wish to the verified file; its states stand in download-state.ts. */

import { access } from 'node:fs/promises';
import type { Id } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { Content } from '../core/content.ts';
import type { Events } from '../core/events.ts';
import type { DownloadWish, FileStamp, Log, Transfer } from '../core/ports.ts';
import type { Blocklist } from '../core/preferences.ts';
import { createArrival } from './arrival.ts';
import { createReaders } from './download-readers.ts';
import { type Arriving, amountsOf, arrivingOf, type State, transferOf } from './download-state.ts';
import {
  type ClientName,
  type Failure,
  nameKey,
  type Places,
  type ToEngine,
  type TorrentName,
  type Traffic,
} from './link.ts';
import { mergeMeetings } from './meeting.ts';
import { infoOfTorrent, parseInfo } from './metainfo.ts';
import { isInfo, type PartialFolder } from './partial-folder.ts';
import type { PartialRoom } from './partial-room.ts';
import type { Turns } from './turns.ts';
import { finish, finishedPath, type VerifyDeps } from './verify.ts';

/** how often it is tried again while the disk is full or cannot be written */
const RETRY_MS = 3_000;

export interface DownloadDeps extends VerifyDeps {
  blocklist: Blocklist;
  events: Events;
  log: Log;
  partials: PartialFolder;
  room: PartialRoom;
  userTrackers: string[];
  send(message: ToEngine): void;
  remove(name: TorrentName): Promise<void>;
  /** Resolves when an earlier download of the same id, which was cancelled, has taken its files away. */
  cleared: Promise<void> | undefined;
  turns: Turns;
  /** It is in the catalogue, and its torrent still awake. */
  onVerified(id: Id, name: TorrentName, uploaded: number): void;
}

export interface Download {
  readonly id: Id;
  readonly wish: DownloadWish;
  /** what the engine fetches for it now */
  readonly ordered: TorrentName | undefined;
  transfer(): Transfer;
  open(): Promise<Content | undefined>;
  /** Takes over meetings, or another info hash. */
  update(wish: DownloadWish): void;
  /** The engine is a new one. */
  restart(): void;
  readonly isHeld: boolean;
  /** Why it may not run; null: it may. */
  setHeld(reason: Reason | null): Promise<void>;
  cancel(): Promise<void>;
  /** Stops and leaves the partial file. */
  setAside(): Promise<void>;
  /** Stops and leaves the partial file for the next run. */
  close(): Promise<void>;
  onMetadata(info: Uint8Array, fileIndex: number): void;
  onPieces(pieces: number[]): void;
  onComplete(): void;
  onFailed(failure: Failure, message: string): void;
  onTraffic(traffic: Traffic | undefined): void;
}

export function createDownload(deps: DownloadDeps, first: DownloadWish): Download {
  const { id } = first;
  let client = clientFor(first);
  let wish = first;
  let state: State = { kind: 'starting' };
  let candidate = 0;
  /** what the engine was given to fetch */
  let ordered: TorrentName | undefined;
  let traffic: Traffic | undefined;
  let held: Reason | null = null;
  const { catalogue, folder } = deps;
  const readers = createReaders({ id, folder, catalogue, state: () => state, extension: () => wish.extension });

  /**
   * What is held, but not shared with the site that asks, is fetched by a client that knows nothing of it; and so is what
   * the site gives the info hash of a held file to, for that would tell the site of the other file.
   */
  function clientFor(wanted: DownloadWish): ClientName {
    return deps.catalogue.held(id) || deps.catalogue.torrent(wanted.infoHash) ? 'own' : 'main';
  }

  const name = (): TorrentName => ({ client, infoHash: wish.infoHash });
  const places = (): Places => mergeMeetings(wish.meetings, deps.userTrackers);
  const arriving = () => arrivingOf(state);

  function enter(next: State): void {
    if (state.kind === 'ended') return;
    leave();
    state = next;
    if (next.kind === 'ended' || next.kind === 'failed') {
      deps.turns.release(id);
      deps.room.leave(id);
    }
    deps.events.emit('transfer.progress', { id });
  }

  function leave(): void {
    if (state.kind === 'waiting' && state.retry) clearTimeout(state.retry);
    if (state.kind === 'verifying') state.aborting.abort();
  }

  async function start(): Promise<void> {
    if (state.kind === 'ended') return;
    if (held) return hold(held);
    if (deps.blocklist.has(id) || deps.blocklist.has(wish.infoHash)) {
      enter({ kind: 'waiting', reason: 'blocked', retry: null });
      return;
    }
    enter({ kind: 'starting' });
    const started = state;
    try {
      await deps.cleared;
      // What comes to be held while it waits for its turn is another client's affair.
      do {
        client = clientFor(wish);
        await deps.turns.take(nameKey(name()), id);
        if (state !== started) return;
      } while (client !== clientFor(wish));
      const base = await deps.partials.prepare(id);
      // Whatever ends, pauses or restarts it meanwhile has put another state in this one's place.
      if (state !== started || (await takeFinished())) return;
      await order(base, state);
    } catch (thrown) {
      if (state.kind === 'starting') trouble(thrown);
    }
  }

  /** What was written stays; the next start hashes it. */
  function hold(reason: Reason): void {
    const known = amountsOf(state);
    enter({ kind: 'held', reason, size: known?.size ?? 0, here: known?.here ?? 0 });
    deps.turns.release(id);
    deps.room.leave(id);
    if (!known && wish.size !== null) void recall(wish.size);
  }

  /** After a start it is not known which pieces are there, but how much was written is. */
  async function recall(size: number, holding = state): Promise<void> {
    const here = Math.min(size, await deps.room.written(id));
    if (state === holding && state.kind === 'held') enter({ ...state, size, here });
  }

  async function order(base: string, started: State): Promise<void> {
    const info = siteInfo() ?? (await deps.partials.readInfo(id, wish.infoHash));
    const hasRoom = wish.size === null || (await deps.room.take(id, wish.size));
    if (state !== started) return;
    if (!hasRoom) return wait('no-space');
    enter({ kind: 'metadata' });
    const content = { kind: 'fetch', info, size: wish.size, candidate, base } as const;
    ordered = name();
    deps.send({ type: 'add', order: { ...ordered, places: places(), content } });
  }

  /**
   * A run that ended between the rename and the catalogue left the finished file. True when there is nothing left to fetch,
   * or not now; a file of other bytes, as another program may have left it, gives way to the one that comes.
   */
  async function takeFinished(): Promise<boolean> {
    const started = state;
    const path = finishedPath(deps.folder, id, wish.extension);
    const isThere = client === 'main' && candidate === 0 && (await exists(path));
    if (state !== started) return true;
    if (!isThere) return false;
    if ((await verify(path, null)) !== 'other') return true;
    enter({ kind: 'starting' });
    return false;
  }

  /** The site's own metainfo, if it is the one that the info hash names. */
  function siteInfo(): Uint8Array | null {
    try {
      const torrent = wish.torrent();
      const info = torrent && infoOfTorrent(torrent);
      if (info && isInfo(info, wish.infoHash)) return info;
    } catch (thrown) {
      deps.log.debug('torrent-of-site', { id, error: thrown });
    }
    return null;
  }

  /** Takes the torrent out of the engine, where it is in there by our order. */
  async function withdraw(): Promise<void> {
    const given = ordered;
    ordered = undefined;
    if (given) await deps.remove(given);
  }

  function wait(reason: Reason): void {
    const retry = setTimeout(() => void start(), RETRY_MS);
    retry.unref();
    enter({ kind: 'waiting', reason, retry });
  }

  /** What the disk says, as the reason it waits for. */
  function trouble(thrown: unknown): void {
    const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
    deps.log.warn('download-waits', { id, error: thrown });
    wait(code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : 'unwritable');
  }

  /** `other`: the bytes are not those of the id; `settled`: they are, or something else decides. */
  async function verify(from: string, brought: Arriving | null): Promise<'settled' | 'other'> {
    const aborting = new AbortController();
    enter({ kind: 'verifying', arriving: brought, aborting });
    const verifying = state;
    const info = brought && { info: brought.metainfo.info, fileIndex: brought.fileIndex };
    const file = { id, extension: wish.extension, sha256: wish.sha256, infoHash: wish.infoHash, brought: info };
    try {
      const finished = await finish(deps, file, from, aborting.signal);
      if (finished) await succeed(finished);
      else if (state === verifying) return 'other';
    } catch (thrown) {
      if (state === verifying) trouble(thrown);
    }
    return 'settled';
  }

  async function arrived(arriving: Arriving): Promise<void> {
    try {
      const base = await deps.partials.prepare(id);
      if (arrivingOf(state) !== arriving) return;
      if ((await verify(`${base}.part`, arriving)) === 'other') await anotherFile();
    } catch (thrown) {
      if (state.kind !== 'ended') trouble(thrown);
    }
  }

  async function succeed({ path, stamp }: { path: string; stamp: FileStamp }): Promise<void> {
    deps.send({ type: 'seal', name: name(), path, stamp });
    const uploaded = traffic?.uploaded ?? 0;
    const torrent = name();
    state = { kind: 'ended' };
    if (client === 'own') await withdraw();
    deps.onVerified(id, torrent, uploaded);
    deps.turns.release(id);
    deps.room.leave(id);
    readers.finish();
    await deps.partials.drop(id);
    deps.events.emit('download.verified', { id });
  }

  /** Several files of the torrent may have the size: one after the other, the SHA-1 decides. */
  async function anotherFile(): Promise<void> {
    const { infoHash } = wish;
    readers.drop();
    enter({ kind: 'starting' });
    const started = state;
    await withdraw();
    await deps.partials.drop(id);
    if (wish.infoHash === infoHash) candidate++;
    if (state === started) await start();
  }

  async function mismatch(): Promise<void> {
    const { infoHash } = wish;
    readers.drop();
    enter({ kind: 'failed' });
    const failed = state;
    await withdraw();
    if (state !== failed) return;
    await deps.partials.drop(id);
    deps.events.emit('download.mismatch', { id, infoHash });
  }

  async function stop(): Promise<void> {
    readers.drop();
    enter({ kind: 'ended' });
    readers.settle();
    await withdraw();
  }

  void start();

  return {
    id,
    get wish() {
      return wish;
    },
    get ordered() {
      return ordered;
    },
    transfer: () => transferOf(id, wish, state, traffic),
    open: readers.open,
    update(next) {
      const before = wish;
      // What is being verified is what the old info hash brought; its outcome decides.
      if (state.kind === 'verifying') {
        wish = { ...next, infoHash: before.infoHash };
        return;
      }
      wish = next;
      if (before.infoHash === next.infoHash && mergeReach(before) === mergeReach(next)) {
        if (state.kind === 'waiting') void start();
        else if (ordered) deps.send({ type: 'meet', name: ordered, places: places() });
        return;
      }
      if (before.infoHash !== next.infoHash) {
        candidate = 0;
        client = clientFor(next);
      }
      if (state.kind === 'held') return;
      readers.drop();
      enter({ kind: 'starting' });
      const started = state;
      void withdraw().then(() => (state === started ? start() : undefined));
    },
    restart() {
      if (state.kind === 'metadata' || state.kind === 'downloading' || state.kind === 'waiting') void start();
    },
    get isHeld() {
      return held !== null;
    },
    async setHeld(reason) {
      if (reason === held) return;
      held = reason;
      if (reason === null && state.kind === 'held') void start();
      if (reason === null || state.kind === 'failed' || state.kind === 'verifying') return;
      hold(reason);
      await withdraw();
    },
    async cancel() {
      await stop();
      await deps.partials.drop(id);
    },
    setAside: stop,
    async close() {
      enter({ kind: 'ended' });
      readers.drop();
      readers.settle();
    },
    onMetadata(info, fileIndex) {
      const metainfo = parseInfo(info);
      const file = metainfo.files[fileIndex];
      if (!file || state.kind !== 'metadata') return;
      const focus = (windows: { first: number; last: number }[]) => deps.send({ type: 'focus', name: name(), windows });
      const arrival = createArrival(metainfo, file, focus);
      enter({ kind: 'downloading', arriving: { metainfo, fileIndex, size: file.length, arrival } });
      readers.settle();
      deps.partials
        .writeInfo(id, wish.infoHash, info)
        .catch((error: unknown) => deps.log.debug('info-kept', { error }));
      void roomLater(file.length);
    },
    onPieces(pieces) {
      arriving()?.arrival.mark(pieces);
    },
    onComplete() {
      if (state.kind !== 'downloading') return;
      void arrived(state.arriving);
    },
    onFailed(failure, message) {
      // Word of a torrent that was given up meanwhile, or whose bytes are all here.
      if (state.kind !== 'metadata' && state.kind !== 'downloading') return;
      deps.log.info('download-failed', { id, failure, message });
      if (failure === 'mismatch') void mismatch();
      else if (failure === 'engine') wait('no-peers');
      else wait(failure);
    },
    onTraffic(next) {
      const changed = JSON.stringify(next) !== JSON.stringify(traffic);
      traffic = next;
      if (changed) deps.events.emit('transfer.progress', { id });
    },
  };

  async function roomLater(size: number): Promise<void> {
    const downloading = state;
    // Where it cannot be told, a write will.
    const hasRoom = await deps.room.take(id, size).catch(() => true);
    if (hasRoom || state !== downloading) return;
    enter({ kind: 'starting' });
    const ending = state;
    await withdraw();
    if (state === ending) wait('no-space');
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function mergeReach(wish: DownloadWish): Places['reach'] {
  return mergeMeetings(wish.meetings, []).reach;
}
