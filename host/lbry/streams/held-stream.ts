/** One stream of this home: fetched while something of it is wanted and it is its turn, then a file that is given to others. */

import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type { Reason } from '../../../shared/item.ts';
import type { QueuedDownload, QueueSeat } from '../../core/download-queue.ts';
import type { LbryStream, StreamState, StreamStatus } from '../../core/lbry.ts';
import type { LbryStore, StoredStream } from '../../core/lbry-store.ts';
import type { SeedLimits } from '../../core/seeding-end.ts';
import type { DiskRoom } from '../../platform/disk-room.ts';
import { faultOf } from '../../platform/faults.ts';
import { stampOf } from '../../platform/files.ts';
import type { Timers } from '../../platform/timers.ts';
import type { BlobHash } from '../blob.ts';
import type { Supply } from '../exchange/exchange.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { safeNameOf } from '../stream/file-name.ts';
import { createChanges } from './changes.ts';
import { createComing } from './coming.ts';
import { createGiven } from './given.ts';
import { describe, type Layout } from './layout.ts';
import { copyInto, isCode, nameFile } from './place-file.ts';
import { createReading, goneError } from './reading.ts';
import { recordOf } from './record.ts';

export interface HeldStreamDeps {
  store: LbryStore;
  layout(): Layout;
  /** Begins to look for peers of this stream. */
  supply(layout: Layout): Supply;
  room: DiskRoom;
  workers: BlobWorkers;
  seat: Pick<QueueSeat, 'review' | 'read' | 'left'>;
  timers: Timers;
  now(): number;
  /** why everything stands still; null: it does not */
  paused(): Reason | null;
  /** when the person wants the giving of a download to end; undefined: that is not known yet */
  seedLimits(): SeedLimits | undefined;
  /** It is whole, or is given again: it is to be announced. */
  onGiven(): void;
}

export interface HeldStream extends LbryStream, AsyncDisposable {
  readonly sdHash: BlobHash;
  /** For the queue: what of it is on its way, or would be; undefined where nothing is asked for. `isFull`: its disk is. */
  queued(isFull: boolean): QueuedDownload | undefined;
  /** Where there was no room for it, there may be now. */
  tryRoom(): void;
  /** What the person set is another, or the time is. */
  reviewGiven(): void;
  /** It was asked for once more: it comes, unless it is here. */
  want(): void;
  /** Bytes of it were given. */
  gave(bytes: number): void;
  row(): StoredStream;
  /** Where its bytes are now; undefined: nowhere yet. */
  filePath(): string;
  removeFiles(options: { deleteFile: boolean }): Promise<void>;
}

export function createHeldStream(stored: StoredStream, deps: HeldStreamDeps): HeldStream {
  const { store, timers, now, seat, paused } = deps;
  const sdHash = stored.sdHash as BlobHash;
  const record = recordOf(stored, store);
  const changes = createChanges();
  let trouble: StreamStatus['trouble'] = null;
  /** Why the queue makes it wait; undefined: it was not asked yet, or nothing is wanted. */
  let held: Reason | null | undefined;
  let lacksRoom = false;
  let isRemoved = false;

  const given = createGiven({ record, limits: deps.seedLimits, timers, now, onAgain: deps.onGiven });
  const coming = createComing({
    ...deps,
    record,
    whenWhole: given.anew,
    onWhole() {
      seat.left(sdHash);
      changes.tell();
      given.review();
      if (!record.row.ended) deps.onGiven();
    },
    onFailure: fail,
  });

  const reading = createReading({
    ...deps,
    ...{ record, coming, changes, assertComing },
    mayRun: () => held === null && !lacksRoom,
    onReaders: again,
  });

  function fail(thrown: unknown): void {
    if (isRemoved || record.row.complete) return;
    const fault = faultOf(thrown);
    if (fault?.code === 'no-space') {
      lacksRoom = true;
    } else {
      const message = thrown instanceof LsdError ? thrown.message : unwritable(record.row.folder, thrown);
      trouble = { reason: fault?.code === 'invalid' ? 'invalid' : 'unwritable', message };
    }
    again();
  }

  function isWanted(): boolean {
    const { complete, stopped, eager } = record.row;
    if (complete || stopped || trouble || isRemoved) return false;
    return eager || reading.isUnderWay;
  }
  /** What is asked for is begun when it is its turn, what is not any more is ended. */
  function review(): void {
    if (!isWanted()) held = undefined;
    if (held === null && !lacksRoom) begin();
    else if (held !== null && coming.isUnderWay) void coming.end();
    changes.tell();
  }
  function begin(): void {
    coming.begin().then(
      each => {
        lacksRoom = false;
        if (record.row.eager) each.fetchAll();
      },
      () => {}, // `fail` was told
    );
  }
  /** It may be wanted, or not any more: the queue decides whether it runs. */
  function again(): void {
    review();
    seat.review();
  }

  function waitsFor(): Reason | null {
    if (record.row.complete) return paused();
    return paused() ?? held ?? (lacksRoom ? 'no-space' : null);
  }
  function stateOf(): StreamState {
    const { complete, stopped, ended } = record.row;
    if (trouble) return 'failed';
    if (stopped) return 'stopped';
    if (complete && ended) return 'seeded';
    if (waitsFor()) return 'waiting';
    return complete ? 'seeding' : 'downloading';
  }
  function status(): StreamStatus {
    const { complete, origin, folder, fileName, size, addedAt } = record.row;
    const { descriptor } = deps.layout();
    const state = stateOf();
    return {
      state,
      reason: state === 'waiting' ? waitsFor() : null,
      trouble,
      complete,
      origin,
      folder,
      fileName,
      path: complete ? record.finalPath() : null,
      blobsHere: complete ? descriptor.blobs.length : coming.blobs(),
      bytesHere: size === null ? coming.bytes() : Math.min(size, coming.bytes()),
      peers: coming.peers(),
      rates: { down: coming.rate(), up: given.rate() },
      uploaded: given.total(),
      addedAt,
    };
  }

  function assertComing(): void {
    if (isRemoved) throw goneError();
    if (trouble) throw new LsdError('internal', trouble.message);
    if (record.row.stopped)
      throw new LsdError('denied', 'This stream is stopped. Start it to read what is not here yet.');
  }

  // ------------------------------------------------------------------ the person

  function want(): void {
    trouble = null;
    lacksRoom = false;
    record.change({ stopped: false, eager: true });
    if (record.row.complete && !record.row.ended) deps.onGiven();
    again();
  }

  async function move(folder: string, name: string): Promise<string> {
    const { row } = record;
    const from = record.finalPath();
    await mkdir(folder, { recursive: true });
    if (row.origin === 'offered') return join(folder, await copyInto(from, folder, name));
    if (folder === row.folder && name === row.fileName) return from;
    const fileName = await nameFile(from, folder, name).catch(thrown => {
      if (isCode(thrown, 'EXDEV')) return copyInto(from, folder, name);
      throw thrown;
    });
    record.change({ folder, fileName });
    await rm(from, { force: true });
    const stamp = stampOf(await stat(record.finalPath(), { bigint: true }));
    record.change({ stamp: row.stamp && stamp });
    return record.finalPath();
  }

  /** Nothing is begun any more, and nobody waits for it. */
  function end(): Promise<void> {
    isRemoved = true;
    reading.close();
    const ended = coming.end();
    review();
    return ended;
  }

  return {
    sdHash,
    get description() {
      return describe(deps.layout(), record.row.size);
    },
    status,
    row: () => record.row,
    filePath: record.filePath,
    queued: isFull =>
      isWanted()
        ? {
            id: sdHash,
            addedAt: record.row.addedAt,
            hold: paused() ?? (isFull ? 'no-space' : null),
            isRunning: held === null,
            isIdle: lacksRoom,
            peers: coming.peers(),
            setHeld(reason) {
              held = reason;
              review();
            },
          }
        : undefined,
    tryRoom() {
      if (lacksRoom && held === null) begin();
    },
    reviewGiven: given.review,
    open: reading.open,
    gave: given.gave,
    want,
    start() {
      if (record.row.ended) record.change(given.anew());
      want();
    },
    stop() {
      record.change({ stopped: true });
      again();
    },
    async save({ folder, fileName }, signal) {
      await changes.until(() => {
        if (isRemoved) throw goneError();
        return record.row.complete || undefined;
      }, signal);
      return coming.inTurn(() => move(folder, safeNameOf(fileName ?? record.row.fileName)));
    },
    async removeFiles({ deleteFile }) {
      given.close();
      await end();
      seat.left(sdHash);
      if (record.row.origin === 'offered') return;
      await rm(record.partialPath(), { force: true });
      if (deleteFile && record.row.complete) await rm(record.finalPath(), { force: true });
    },
    async [Symbol.asyncDispose]() {
      given.close();
      await end();
    },
  };
}

function unwritable(folder: string, thrown: unknown): string {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return `The folder ${folder} cannot be written (${why}). Make it writable, and start the file again.`;
}
