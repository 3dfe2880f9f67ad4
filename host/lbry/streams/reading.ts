/** Who reads a stream: from its file once that is whole; before, from what is here, and from what comes as soon as it may. */

import { extname } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type { Content } from '../../core/content.ts';
import type { QueueSeat } from '../../core/download-queue.ts';
import { unchanged } from '../../core/ports.ts';
import { faultOf } from '../../platform/faults.ts';
import { openForReading, stampOf } from '../../platform/files.ts';
import type { Timers } from '../../platform/timers.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import type { Changes } from './changes.ts';
import type { Coming } from './coming.ts';
import { contentOf } from './content.ts';
import type { Layout } from './layout.ts';
import { isCode } from './place-file.ts';
import type { StreamRecord } from './record.ts';

/** Ms after the last reader in which what is not wanted whole is still fetched. */
const LINGER_MS = 10_000;

export interface ReadingDeps {
  record: StreamRecord;
  coming: Pick<Coming, 'begin' | 'has' | 'inTurn'>;
  changes: Changes;
  layout(): Layout;
  workers: BlobWorkers;
  seat: Pick<QueueSeat, 'read'>;
  timers: Timers;
  /** Throws why what is not here cannot be waited for. */
  assertComing(): void;
  /** It may be fetched now. */
  mayRun(): boolean;
  /** It is read now, or not any more. */
  onReaders(): void;
}

export interface Reading {
  /** Somebody reads it, or did a moment ago. */
  readonly isUnderWay: boolean;
  open(signal: AbortSignal): Promise<Content>;
  close(): void;
}

export function createReading(deps: ReadingDeps): Reading {
  const { record, coming, changes, workers, seat, timers } = deps;
  let readers = 0;
  let cancelLinger: (() => void) | undefined;
  let isClosed = false;
  const extension = () => extname(record.row.fileName).slice(1).toLowerCase();

  async function open(signal: AbortSignal): Promise<Content> {
    if (record.row.complete) return openWhole();
    const leave = enter();
    try {
      const layout = deps.layout();
      if (record.row.size === null) await need(layout.last, 'now', signal);
      const { size, complete } = record.row;
      if (complete || size === null) return await openWhole().finally(leave);
      const file = await openHere().catch(async thrown => {
        await untilPlaced(thrown);
        // Somebody deleted it: it is begun anew.
        if (!record.row.complete) await need(layout.last, 'now', signal);
        return openHere();
      });
      const common = { layout, file, size, extension: extension(), isBelieved: true };
      return contentOf({ ...common, workers, need, onClose: leave });
    } catch (thrown) {
      leave();
      throw isCode(thrown, 'ENOENT') ? goneError() : thrown;
    }
  }

  async function openWhole(): Promise<Content> {
    const again = (thrown: unknown) => untilPlaced(thrown).then(openHere);
    const file = await openHere()
      .catch(again)
      .catch(thrown => {
        if (isCode(thrown, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw goneError();
        throw thrown;
      });
    const stamp = stampOf(await file.stat({ bigint: true }));
    const { size, stamp: known } = record.row;
    const isBelieved = known !== null && unchanged(stamp, known);
    const common = { layout: deps.layout(), file, size: size ?? stamp.size, extension: extension(), isBelieved };
    return contentOf({ ...common, workers, need: async () => {}, onClose() {} });
  }

  const openHere = () => openForReading(record.filePath());

  /** Where it is not in its place, it may just be getting another: then it has that. */
  async function untilPlaced(thrown: unknown): Promise<void> {
    if (!isCode(thrown, 'ENOENT')) throw thrown;
    await coming.inTurn(async () => {});
  }

  /** A reader waits for as long as something holds the stream; what it needs comes first then. */
  async function need(number: number, urgency: 'now' | 'soon', signal: AbortSignal): Promise<void> {
    const isHere = () => record.row.complete || coming.has(number);
    for (;;) {
      await changes.until(() => {
        if (isHere()) return true;
        deps.assertComing();
        return deps.mayRun() || undefined;
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

  function enter(): () => void {
    const gone = seat.read(record.row.sdHash);
    let isGone = false;
    readers++;
    deps.onReaders();
    return () => {
      if (isGone) return;
      isGone = true;
      readers--;
      gone();
      cancelLinger?.();
      cancelLinger = isClosed ? undefined : timers.after(LINGER_MS, lapse);
    };
  }
  function lapse(): void {
    cancelLinger = undefined;
    deps.onReaders();
  }

  return {
    get isUnderWay() {
      return readers > 0 || cancelLinger !== undefined;
    },
    open,
    close() {
      isClosed = true;
      cancelLinger?.();
      cancelLinger = undefined;
    },
  };
}

export function goneError(): LsdError {
  return new LsdError('not-found', 'The file of this stream is no longer where it was.');
}
