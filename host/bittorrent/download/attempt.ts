/** One attempt at a download, as a story: its turn at the torrent, the order to the engine, the arrival, the check of the whole. */

import { access } from 'node:fs/promises';
import type { Id, InfoHash } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { Difference, DownloadWish, FileStamp, Log } from '../../core/ports.ts';
import {
  type ClientName,
  type Failure,
  type FetchContent,
  nameKey,
  type ToEngine,
  type TorrentName,
} from '../engine/link.ts';
import { createArrival } from '../fetching/arrival.ts';
import { infoOfTorrent, parseInfo } from '../metainfo.ts';
import type { Arriving, Phase } from './download-state.ts';
import { isInfo, type PartialFolder } from './partial-folder.ts';
import type { PartialRoom } from './partial-room.ts';
import type { Turns } from './turns.ts';
import { finish, finishedPath, type VerifyDeps } from './verify.ts';

export interface AttemptDeps extends VerifyDeps {
  log: Log;
  partials: PartialFolder;
  room: PartialRoom;
  turns: Turns;
  /** Resolves when an earlier download of the same id, which was cancelled, has taken its files away. */
  cleared: Promise<void> | undefined;
  send(message: ToEngine): void;
}

/** What is attempted, and who hears of it. */
export interface Aim {
  id: Id;
  infoHash: InfoHash;
  /** which of the torrent's files of the wanted size: the first, or a later one after the SHA-1 of the others was wrong */
  candidate: number;
  /** as it is now: all of it but the info hash may become another meanwhile */
  wish(): DownloadWish;
  /** Gives the engine its order. */
  order(torrent: TorrentName, content: FetchContent): void;
  onPhase(): void;
  /** The size (bytes) is known, and pieces come. Who finds it too large may abort. */
  onArriving(size: number): void;
}

/** How an attempt ends by itself. */
export type Outcome =
  | { kind: 'verified'; torrent: TorrentName; path: string; stamp: FileStamp }
  /** the bytes are those of another file of the torrent */
  | { kind: 'other' }
  /** what the torrent brings is not what was asked for */
  | { kind: 'mismatch'; difference: Difference }
  | { kind: 'waits'; reason: Reason }
  /** it is larger than what is free, as only its metadata told */
  | { kind: 'no-room' };

export interface Attempt {
  readonly phase: Phase;
  /** Called once. Null where it was aborted. */
  run(): Promise<Outcome | null>;
  /** Nothing more comes of it; what the engine was ordered is the caller's to take back. */
  abort(): void;
  onMetadata(info: Uint8Array, fileIndex: number): void;
  onComplete(): void;
  onFailed(failure: Failure, message: string): void;
}

export function createAttempt(deps: AttemptDeps, aim: Aim): Attempt {
  const { id, infoHash, candidate, wish } = aim;
  const aborting = new AbortController();
  const { signal } = aborting;
  let phase: Phase = { kind: 'starting' };
  /** what it has its turn at, or waits for */
  let torrent: TorrentName = { client: 'main', infoHash };
  /** bytes; by it the engine chooses the file */
  let size: number | null = null;
  /** how it ended in the engine */
  const fetched = Promise.withResolvers<{ kind: 'here'; arriving: Arriving } | Outcome>();
  // It may be aborted before anybody waits for that.
  fetched.promise.catch(() => {});

  /**
   * What is held, but not shared with the site that asks, is fetched by a client that knows nothing of it; and so is what
   * the site gives the info hash of a held file to, for that would tell the site of the other file.
   */
  function client(): ClientName {
    return deps.catalogue.held(id) || deps.catalogue.torrent(infoHash) ? 'own' : 'main';
  }

  function enter(next: Phase): void {
    phase = next;
    aim.onPhase();
  }

  async function run(): Promise<Outcome | null> {
    try {
      return await fetchAndVerify();
    } catch (thrown) {
      return signal.aborted ? null : troubleOf(thrown, id, deps.log);
    }
  }

  async function fetchAndVerify(): Promise<Outcome> {
    await takeTurn();
    const base = await deps.partials.prepare(id);
    signal.throwIfAborted();
    const finished = await takeFinished();
    if (finished) return finished;
    if (!(await order(base))) return { kind: 'waits', reason: 'no-space' };
    const end = await fetched.promise;
    signal.throwIfAborted();
    if (end.kind !== 'here') return end;
    await deps.partials.prepare(id);
    signal.throwIfAborted();
    return verify(`${base}.part`, end.arriving);
  }

  async function takeTurn(): Promise<void> {
    await deps.cleared;
    // What comes to be held while it waits for its turn is another client's affair.
    do {
      torrent = { client: client(), infoHash };
      await deps.turns.take(nameKey(torrent), id);
      signal.throwIfAborted();
    } while (torrent.client !== client());
  }

  /**
   * A run that ended between the rename and the catalogue left the finished file. A file of other bytes, as another program
   * may have left it, gives way to the one that comes.
   */
  async function takeFinished(): Promise<Outcome | undefined> {
    const path = finishedPath(deps.folder, id, wish().extension);
    const isThere = torrent.client === 'main' && candidate === 0 && (await exists(path));
    signal.throwIfAborted();
    if (!isThere) return undefined;
    const outcome = await verify(path, null);
    if (outcome.kind !== 'other' && outcome.kind !== 'mismatch') return outcome;
    enter({ kind: 'starting' });
    return undefined;
  }

  /** False: there is no room for it. */
  async function order(base: string): Promise<boolean> {
    const info = siteInfo() ?? (await deps.partials.readInfo(id, infoHash));
    size = wish().size;
    const hasRoom = size === null || (await deps.room.take(id, size));
    signal.throwIfAborted();
    if (!hasRoom) return false;
    enter({ kind: 'metadata' });
    aim.order(torrent, { kind: 'fetch', info, size, candidate, base });
    return true;
  }

  /** The site's own metainfo, if it is the one that the info hash names. */
  function siteInfo(): Uint8Array | null {
    try {
      const metainfo = wish().torrent();
      const info = metainfo && infoOfTorrent(metainfo);
      if (info && isInfo(info, infoHash)) return info;
    } catch (thrown) {
      deps.log.debug('torrent-of-site', { id, error: thrown });
    }
    return null;
  }

  /** The SHA-1 of the whole file decides. */
  async function verify(from: string, arriving: Arriving | null): Promise<Outcome> {
    enter({ kind: 'verifying', arriving });
    const brought = arriving && { info: arriving.metainfo.info, fileIndex: arriving.fileIndex };
    const { extension, sha256s } = wish();
    const finished = await finish(deps, { id, extension, sha256s, infoHash, brought }, from, signal);
    // It is in the catalogue, also where somebody cancelled it in the meantime.
    if ('path' in finished) return { kind: 'verified', torrent, ...finished };
    signal.throwIfAborted();
    const { difference } = finished;
    const isOneOfSeveral = arriving !== null && arriving.metainfo.files.length > 1;
    return difference.of === 'id' && isOneOfSeveral ? { kind: 'other' } : { kind: 'mismatch', difference };
  }

  async function findRoom(size: number): Promise<void> {
    // Where it cannot be told, a write will.
    const hasRoom = await deps.room.take(id, size).catch(() => true);
    if (!hasRoom) fetched.resolve({ kind: 'no-room' });
  }

  return {
    get phase() {
      return phase;
    },
    run,
    abort() {
      aborting.abort();
      fetched.reject(signal.reason);
    },
    onMetadata(info, fileIndex) {
      const metainfo = parseInfo(info);
      const file = metainfo.files[fileIndex];
      if (!file || phase.kind !== 'metadata') return;
      const arrival = createArrival(metainfo, file, windows => deps.send({ type: 'focus', name: torrent, windows }));
      enter({ kind: 'downloading', arriving: { metainfo, fileIndex, size: file.length, arrival } });
      aim.onArriving(file.length);
      deps.partials.writeInfo(id, infoHash, info).catch((error: unknown) => deps.log.debug('info-kept', { error }));
      if (!signal.aborted) void findRoom(file.length);
    },
    onComplete() {
      if (phase.kind === 'downloading') fetched.resolve({ kind: 'here', arriving: phase.arriving });
    },
    onFailed(failure, message) {
      // Word of a torrent that was given up meanwhile, or whose bytes are all here.
      if (phase.kind !== 'metadata' && phase.kind !== 'downloading') return;
      deps.log.info('download-failed', { id, failure, message });
      fetched.resolve(outcomeOf(failure, size));
    },
  };
}

function outcomeOf(failure: Failure, said: number | null): Outcome {
  if (failure === 'mismatch') return { kind: 'mismatch', difference: { of: 'size', said } };
  return { kind: 'waits', reason: failure === 'engine' ? 'no-peers' : failure };
}

/** What the disk says, as the reason it waits for. */
export function troubleOf(thrown: unknown, id: Id, log: Log): Extract<Outcome, { kind: 'waits' }> {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  log.warn('download-waits', { id, error: thrown });
  return { kind: 'waits', reason: code === 'ENOSPC' || code === 'EDQUOT' ? 'no-space' : 'unwritable' };
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
