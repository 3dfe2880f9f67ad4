/** All streams of this home: those that were there before, those that are fetched, those that are made of a file. */

import { stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type { DownloadQueue, QueuedDownload } from '../../core/download-queue.ts';
import type { FetchOptions, OfferOptions } from '../../core/lbry.ts';
import type { LbryStore, StoredStream } from '../../core/lbry-store.ts';
import { unchanged } from '../../core/ports.ts';
import { stampOf } from '../../platform/files.ts';
import { createFullDisks } from '../../platform/full-disks.ts';
import { type BlobHash, parseBlobHash } from '../blob.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { safeNameOf, textOfHex } from '../stream/file-name.ts';
import { makeStream } from '../stream/make.ts';
import { createHeldStream, type HeldStream, type HeldStreamDeps } from './held-stream.ts';
import { type Layout, layoutOf } from './layout.ts';

/** Ms between looks at what was given for long enough. */
const LOOK_MS = 60_000;
/** Descriptors are kept read as long as all of them name no more blobs than these: some 10 MB. */
const MOST_BLOBS_READ = 30_000;

export interface Streams extends AsyncDisposable {
  list(): HeldStream[];
  get(sdHash: string): HeldStream | undefined;
  layout(sdHash: BlobHash): Layout;
  /** Of a descriptor that came. */
  fetch(layout: Layout, options: FetchOptions): HeldStream;
  offer(path: string, options: OfferOptions, signal: AbortSignal): Promise<HeldStream>;
  remove(sdHash: string, options: { deleteFile: boolean }): Promise<boolean>;
  /** What the person set is another, or whether everything stands still. */
  review(): void;
}

export interface StreamsDeps extends Omit<HeldStreamDeps, 'layout' | 'onGiven' | 'seat'> {
  store: LbryStore;
  /** where files go, when nothing else is said */
  folder: string;
  workers: BlobWorkers;
  queue: DownloadQueue;
  onGiven(stream: HeldStream): void;
}

export function createStreams(deps: StreamsDeps): Streams {
  const { store, now, timers, room } = deps;
  const streams = new Map<string, HeldStream>();
  const full = createFullDisks(room);
  const seat = deps.queue.join({ downloads: queued, look: lookAtRoom });
  let cancelLook: (() => void) | undefined;
  const read = new Map<string, Layout>();
  let blobsRead = 0;

  function layout(sdHash: BlobHash): Layout {
    const before = read.get(sdHash);
    const bytes = before?.sdBlob ?? store.descriptor(sdHash);
    if (!bytes) throw new LsdError('not-found', 'The descriptor of this stream is not kept any more.');
    return keep(before ?? layoutOf(sdHash, bytes));
  }

  function keep(its: Layout): Layout {
    forget(its.sdHash);
    read.set(its.sdHash, its);
    blobsRead += its.last + 1;
    for (const oldest of read.keys()) {
      if (blobsRead <= MOST_BLOBS_READ || oldest === its.sdHash) break;
      forget(oldest);
    }
    return its;
  }
  function forget(sdHash: string): void {
    const its = read.get(sdHash);
    if (its && read.delete(sdHash)) blobsRead -= its.last + 1;
  }

  function queued(): QueuedDownload[] {
    return [...streams.values()].flatMap(each => each.queued(full.has(each.row().folder)) ?? []);
  }
  async function lookAtRoom(): Promise<void> {
    const wanted = [...streams.values()].filter(each => each.queued(false) !== undefined);
    await full.look(wanted.map(each => each.row().folder));
    for (const each of wanted) each.tryRoom();
  }
  function lookAtGiven(): void {
    cancelLook?.();
    for (const each of streams.values()) each.reviewGiven();
    const seedMs = deps.seedLimits()?.seedMs ?? null;
    cancelLook = seedMs === null ? undefined : timers.after(LOOK_MS, lookAtGiven);
  }

  function take(row: StoredStream): HeldStream {
    const sdHash = row.sdHash as BlobHash;
    const stream: HeldStream = createHeldStream(row, {
      ...deps,
      seat,
      layout: () => layout(sdHash),
      onGiven: () => deps.onGiven(stream),
    });
    streams.set(sdHash, stream);
    return stream;
  }
  function add(row: StoredStream, its: Layout, isHere: boolean): HeldStream {
    store.add(row, its.sdBlob, its.descriptor.blobs, isHere);
    keep(its);
    return take(row);
  }

  async function sameOffer(path: string): Promise<HeldStream | undefined> {
    const stamp = stampOf(await stat(path, { bigint: true }));
    return [...streams.values()].find(each => {
      const row = each.row();
      const isSame = row.origin === 'offered' && row.folder === dirname(path) && row.fileName === basename(path);
      return isSame && row.stamp !== null && unchanged(row.stamp, stamp);
    });
  }

  for (const row of store.streams()) take(row);
  return {
    list: () => [...streams.values()],
    get: sdHash => streams.get(sdHash),
    layout,
    fetch(its, { folder = deps.folder, fileName, eager = true }) {
      const before = streams.get(its.sdHash);
      if (before) {
        if (eager) before.want();
        return before;
      }
      const suggested = textOfHex(its.descriptor.suggestedFileName);
      const row: StoredStream = {
        sdHash: its.sdHash,
        origin: 'fetched',
        folder: resolve(folder),
        fileName: safeNameOf(fileName ?? suggested),
        ...{ complete: false, size: null, stamp: null, stopped: false, eager, uploaded: 0, addedAt: now() },
        ...{ seedingSince: null, uploadedBefore: 0, ended: false },
      };
      const stream = add(row, its, false);
      seat.review();
      return stream;
    },
    async offer(given, { name, isDownload = false }, signal) {
      const path = resolve(given);
      const before = await sameOffer(path).catch(thrown => {
        throw new LsdError('not-found', `The file ${path} cannot be read.`, { cause: thrown });
      });
      if (before) {
        if (before.row().stopped) before.want();
        return before;
      }
      const made = await makeStream(path, name === undefined ? {} : { name }, deps.workers, signal);
      const stamp = stampOf(await stat(path, { bigint: true }));
      const row: StoredStream = {
        sdHash: made.sdHash,
        origin: 'offered',
        folder: dirname(path),
        fileName: basename(path),
        ...{ complete: true, size: made.size, stamp, stopped: false, eager: true, uploaded: 0, addedAt: now() },
        ...{ seedingSince: isDownload ? now() : null, uploadedBefore: 0, ended: false },
      };
      const stream = add(row, layoutOf(made.sdHash, made.sdBlob), true);
      deps.onGiven(stream);
      return stream;
    },
    async remove(sdHash, options) {
      const stream = streams.get(sdHash);
      if (!stream) return false;
      streams.delete(sdHash);
      store.remove(sdHash);
      forget(sdHash);
      await stream.removeFiles(options);
      return true;
    },
    review() {
      lookAtGiven();
      void lookAtRoom().then(() => seat.review());
      seat.review();
    },
    async [Symbol.asyncDispose]() {
      cancelLook?.();
      seat.close();
      await Promise.all([...streams.values()].map(stream => stream[Symbol.asyncDispose]()));
    },
  };
}

/** Throws `invalid` for text that names no blob. */
export function hashIn(text: string): BlobHash {
  const hash = parseBlobHash(text.toLowerCase());
  if (hash) return hash;
  throw new LsdError(
    'invalid',
    `This names no blob: it must be 96 hexadecimal digits, and is ${text.length} characters.`,
  );
}
