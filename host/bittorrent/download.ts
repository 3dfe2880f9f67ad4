/** The life of one download, from the wish to the verified file; its states stand in download-state.ts. */

import { access } from 'node:fs/promises';
import type { Id } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { Content } from '../core/content.ts';
import type { Events } from '../core/events.ts';
import type { Blocklist, Catalogue, DownloadWish, FileStamp, Log, Transfer } from '../core/ports.ts';
import { createArrival } from './arrival.ts';
import { type Arriving, arrivingOf, type State, transferOf } from './download-state.ts';
import type { ClientName, Failure, Places, ToEngine, TorrentName, Traffic } from './link.ts';
import { mergeMeetings } from './meeting.ts';
import { infoOfTorrent, parseInfo } from './metainfo.ts';
import { type Incoming, openIncoming } from './partial-content.ts';
import { isInfo, type PartialFolder } from './partial-folder.ts';
import { finish, finishedPath, type VerifyDeps } from './verify.ts';

/** how often it is tried again while the disk is full or cannot be written */
const RETRY_MS = 3_000;

export interface DownloadDeps extends VerifyDeps {
  catalogue: Catalogue;
  blocklist: Blocklist;
  events: Events;
  log: Log;
  partials: PartialFolder;
  userTrackers: string[];
  send(message: ToEngine): void;
  remove(name: TorrentName): Promise<void>;
  /** It is in the catalogue, and its torrent still awake. */
  onVerified(id: Id, name: TorrentName, uploaded: number): void;
}

export interface Download {
  readonly id: Id;
  readonly wish: DownloadWish;
  readonly name: TorrentName;
  transfer(): Transfer;
  open(): Promise<Content | undefined>;
  /** Takes over meetings, or another info hash. */
  update(wish: DownloadWish): void;
  /** The engine is a new one, or it is no longer paused. */
  restart(): void;
  setPaused(paused: boolean): Promise<void>;
  cancel(): Promise<void>;
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
  // What is held, but not shared with the site that asks, is fetched by a client that knows nothing of it.
  const client: ClientName = deps.catalogue.held(id) ? 'own' : 'main';
  const opened = new Set<{ end(): void }>();
  let wish = first;
  let state: State = { kind: 'starting' };
  let candidate = 0;
  let traffic: Traffic | undefined;
  let sizeKnown = Promise.withResolvers<void>();

  const name = (): TorrentName => ({ client, infoHash: wish.infoHash });
  const places = (): Places => mergeMeetings(wish.meetings, deps.userTrackers);
  const arriving = () => arrivingOf(state);

  function enter(next: State): void {
    if (state.kind === 'ended') return;
    leave();
    state = next;
    deps.events.emit('transfer.progress', { id });
  }

  function leave(): void {
    if (state.kind === 'waiting' && state.retry) clearTimeout(state.retry);
    if (state.kind === 'verifying') state.aborting.abort();
  }

  async function start(): Promise<void> {
    if (deps.blocklist.has(id) || deps.blocklist.has(wish.infoHash)) {
      enter({ kind: 'waiting', reason: 'blocked', retry: null });
      return;
    }
    enter({ kind: 'starting' });
    const started = state;
    try {
      const base = await deps.partials.prepare(id);
      if (client === 'main' && (await takeFinished())) return;
      const info = siteInfo() ?? (await deps.partials.readInfo(id, wish.infoHash));
      if (!(await roomFor(wish.size))) return;
      if (state !== started) return;
      enter({ kind: 'metadata' });
      const content = { kind: 'fetch', info, size: wish.size, candidate, base } as const;
      deps.send({ type: 'add', order: { ...name(), places: places(), content } });
    } catch (thrown) {
      if (state === started) trouble(thrown);
    }
  }

  /** A run that ended between the rename and the catalogue left the finished file. */
  async function takeFinished(): Promise<boolean> {
    const path = finishedPath(deps.folder, id, wish.extension);
    try {
      await access(path);
    } catch {
      return false;
    }
    return verify(path, null);
  }

  /** The site's own metainfo, if it is the one that the info hash names. */
  function siteInfo(): Uint8Array | null {
    if (!wish.torrent) return null;
    try {
      const info = infoOfTorrent(wish.torrent);
      if (isInfo(info, wish.infoHash)) return info;
    } catch (thrown) {
      deps.log.debug('torrent-of-site', { id, error: thrown });
    }
    return null;
  }

  async function roomFor(size: number | null): Promise<boolean> {
    if (size === null || (await deps.partials.hasRoom(id, size))) return true;
    wait('no-space');
    return false;
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

  /** True when the file was the id's, or its fate is decided otherwise; false when another source must bring it. */
  async function verify(from: string, brought: Arriving | null): Promise<boolean> {
    const aborting = new AbortController();
    enter({ kind: 'verifying', arriving: brought, aborting });
    const verifying = state;
    const info = brought && { info: brought.metainfo.info, fileIndex: brought.fileIndex };
    const file = { id, extension: wish.extension, sha256: wish.sha256, infoHash: wish.infoHash, brought: info };
    try {
      const finished = await finish(deps, file, from, aborting.signal);
      if (finished) await succeed(finished);
      else if (!brought) return false;
      else await anotherFile();
    } catch (thrown) {
      if (state === verifying) trouble(thrown);
    }
    return true;
  }

  async function succeed({ path, stamp }: { path: string; stamp: FileStamp }): Promise<void> {
    deps.send({ type: 'seal', name: name(), path, stamp });
    const uploaded = traffic?.uploaded ?? 0;
    const torrent = name();
    state = { kind: 'ended' };
    if (client === 'own') await deps.remove(torrent);
    deps.onVerified(id, torrent, uploaded);
    for (const content of opened) content.end();
    await deps.partials.drop(id);
    deps.events.emit('download.verified', { id });
  }

  /** Several files of the torrent may have the size: one after the other, the SHA-1 decides. */
  async function anotherFile(): Promise<void> {
    dropReaders();
    await deps.remove(name());
    await deps.partials.drop(id);
    candidate++;
    await start();
  }

  async function mismatch(): Promise<void> {
    const { infoHash } = wish;
    dropReaders();
    enter({ kind: 'failed' });
    await deps.remove(name());
    await deps.partials.drop(id);
    deps.events.emit('download.mismatch', { id, infoHash });
  }

  function dropReaders(): void {
    for (const content of opened) content.end();
    opened.clear();
    sizeKnown.resolve();
    sizeKnown = Promise.withResolvers();
  }

  /** Keeps what was written; the next start hashes it. */
  async function pauseAs(next: State): Promise<void> {
    enter(next);
    await deps.remove(name());
  }

  void start();

  return {
    id,
    get wish() {
      return wish;
    },
    get name() {
      return name();
    },
    transfer: () => transferOf(id, wish, state, traffic),
    async open() {
      while (!arriving() && state.kind !== 'ended' && state.kind !== 'failed') await sizeKnown.promise;
      const now = arriving();
      return now ? openIncoming(incoming(now)) : undefined;
    },
    update(next) {
      const before = wish;
      const was = name();
      // What is being verified is what the old info hash brought; its outcome decides.
      if (state.kind === 'verifying') {
        wish = { ...next, infoHash: before.infoHash };
        return;
      }
      wish = next;
      if (before.infoHash === next.infoHash && mergeReach(before) === mergeReach(next)) {
        if (state.kind === 'waiting') void start();
        else if (state.kind !== 'failed') deps.send({ type: 'meet', name: was, places: places() });
        return;
      }
      if (state.kind === 'paused') return;
      if (before.infoHash !== next.infoHash) candidate = 0;
      dropReaders();
      enter({ kind: 'starting' });
      void deps.remove(was).then(() => start());
    },
    restart() {
      if (state.kind === 'metadata' || state.kind === 'downloading' || state.kind === 'waiting') void start();
    },
    async setPaused(paused) {
      if (!paused && state.kind === 'paused') void start();
      else if (paused && state.kind !== 'failed' && state.kind !== 'verifying') await pauseAs({ kind: 'paused' });
    },
    async cancel() {
      const torrent = name();
      dropReaders();
      enter({ kind: 'ended' });
      sizeKnown.resolve();
      await deps.remove(torrent);
      await deps.partials.drop(id);
    },
    async close() {
      enter({ kind: 'ended' });
      dropReaders();
      sizeKnown.resolve();
    },
    onMetadata(info, fileIndex) {
      const metainfo = parseInfo(info);
      const file = metainfo.files[fileIndex];
      if (!file || state.kind !== 'metadata') return;
      const focus = (windows: { first: number; last: number }[]) => deps.send({ type: 'focus', name: name(), windows });
      const arrival = createArrival(metainfo, file, focus);
      enter({ kind: 'downloading', arriving: { metainfo, fileIndex, size: file.length, arrival } });
      sizeKnown.resolve();
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
      const done = state.arriving;
      void deps.partials.prepare(id).then(base => verify(`${base}.part`, done));
    },
    onFailed(failure, message) {
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
    if (await deps.partials.hasRoom(id, size)) return;
    await pauseAs({ kind: 'starting' });
    wait('no-space');
  }

  function incoming(now: Arriving): Incoming {
    let dropped = false;
    const { arrival } = now;
    const reader = {
      end() {
        dropped = state.kind !== 'ended' || deps.catalogue.download(id) === undefined;
        arrival.end();
      },
    };
    opened.add(reader);
    return {
      closed: () => opened.delete(reader),
      size: now.size,
      extension: wish.extension,
      arrival,
      paths: [`${deps.folder}/.partial/${id}.part`, finishedPath(deps.folder, id, wish.extension)],
      get verified() {
        return state.kind === 'ended' && !dropped;
      },
      get dropped() {
        return dropped;
      },
    };
  }
}

function mergeReach(wish: DownloadWish): Places['reach'] {
  return mergeMeetings(wish.meetings, []).reach;
}
