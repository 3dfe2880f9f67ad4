/** One stream of this home: fetched while something of it is wanted and it is its turn, then a file that is given to others. */

import { mkdir, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type { Reason } from '../../../shared/item.ts';
import type { Content } from '../../core/content.ts';
import type { QueuedDownload, QueueSeat } from '../../core/download-queue.ts';
import type { LbryStream, StreamState, StreamStatus } from '../../core/lbry.ts';
import type { LbryStore, StoredStream } from '../../core/lbry-store.ts';
import { unchanged } from '../../core/ports.ts';
import type { SeedLimits } from '../../core/seeding-end.ts';
import type { DiskRoom } from '../../platform/disk-room.ts';
import { faultOf } from '../../platform/faults.ts';
import { openForReading, stampOf } from '../../platform/files.ts';
import type { Timers } from '../../platform/timers.ts';
import type { BlobHash } from '../blob.ts';
import type { Supply } from '../exchange/exchange.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { safeNameOf } from '../stream/file-name.ts';
import { createChanges } from './changes.ts';
import { createComing } from './coming.ts';
import { contentOf } from './content.ts';
import { createGiven } from './given.ts';
import { describe, type Layout } from './layout.ts';
import { copyInto, isCode, nameFile } from './place-file.ts';
import { recordOf } from './record.ts';

/** Ms after the last reader in which what is not wanted whole is still fetched. */
const LINGER_MS = 10_000;

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
  const { store, workers, timers, now, seat, paused } = deps;
  const sdHash = stored.sdHash as BlobHash;
  const record = recordOf(stored, store);
  const changes = createChanges();
  let trouble: StreamStatus['trouble'] = null;
  /** Why the queue makes it wait; undefined: it was not asked yet, or nothing is wanted. */
  let held: Reason | null | undefined;
  let lacksRoom = false;
  let readers = 0;
  let cancelLinger: (() => void) | undefined;
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

  function fail(thrown: unknown): void {
    if (isRemoved || record.row.complete) return;
    const fault = faultOf(thrown);
    if (fault?.code === 'no-space') {
      lacksRoom = true;
    } else {
      const message = fault?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
      trouble = { reason: fault?.code === 'invalid' ? 'invalid' : 'unwritable', message };
    }
    again();
  }

  function isWanted(): boolean {
    const { complete, stopped, eager } = record.row;
    if (complete || stopped || trouble || isRemoved) return false;
    return eager || readers > 0 || cancelLinger !== undefined;
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

  // ------------------------------------------------------------------ readers

  async function open(signal: AbortSignal): Promise<Content> {
    if (record.row.complete) return openWhole();
    const leave = enter();
    try {
      const layout = deps.layout();
      if (record.row.size === null) await need(layout.last, 'now', signal);
      const { size, complete } = record.row;
      if (complete || size === null) return await openWhole().finally(leave);
      const file = await openForReading(record.partialPath()).catch(async thrown => {
        if (!isCode(thrown, 'ENOENT')) throw thrown;
        // Somebody deleted it: it is begun anew.
        await need(layout.last, 'now', signal);
        return openForReading(record.filePath());
      });
      const common = { layout, file, size, extension: extension(), isBelieved: true };
      return contentOf({ ...common, workers, need, onClose: leave });
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }
  async function openWhole(): Promise<Content> {
    const file = await openForReading(record.finalPath()).catch(thrown => {
      if (isCode(thrown, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw goneError();
      throw thrown;
    });
    const stamp = stampOf(await file.stat({ bigint: true }));
    const { size, stamp: known } = record.row;
    const isBelieved = known !== null && unchanged(stamp, known);
    const common = { layout: deps.layout(), file, size: size ?? stamp.size, extension: extension(), isBelieved };
    return contentOf({ ...common, workers, need: async () => {}, onClose() {} });
  }
  const extension = () => extname(record.row.fileName).slice(1).toLowerCase();

  /** A reader waits for as long as something holds the stream; what it needs comes first then. */
  async function need(number: number, urgency: 'now' | 'soon', signal: AbortSignal): Promise<void> {
    const isHere = () => record.row.complete || coming.has(number);
    for (;;) {
      await changes.until(() => {
        if (isHere()) return true;
        assertComing();
        return (held === null && !lacksRoom) || undefined;
      }, signal);
      if (isHere()) return;
      try {
        return await (await coming.begin()).need(number, urgency, signal);
      } catch (thrown) {
        signal.throwIfAborted();
        // It was held in between, or became whole: it is looked at again.
        const code = faultOf(thrown)?.code;
        if (code !== 'aborted' && code !== 'no-space') throw thrown;
      }
    }
  }
  function assertComing(): void {
    if (isRemoved) throw goneError();
    if (trouble) throw new LsdError('internal', trouble.message);
    if (record.row.stopped)
      throw new LsdError('denied', 'This stream is stopped. Start it to read what is not here yet.');
  }
  function enter(): () => void {
    readers++;
    const gone = seat.read(sdHash);
    again();
    let isGone = false;
    return () => {
      if (isGone) return;
      isGone = true;
      readers--;
      gone();
      cancelLinger?.();
      cancelLinger = timers.after(isRemoved ? 0 : LINGER_MS, () => {
        cancelLinger = undefined;
        again();
      });
    };
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
    cancelLinger?.();
    seat.left(sdHash);
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
            place: () => record.row.addedAt,
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
    open,
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
      await end();
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

function goneError(): LsdError {
  return new LsdError('not-found', 'The file of this stream is no longer where it was.');
}
