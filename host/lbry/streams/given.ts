/** What others were given of a stream, and whether that is enough. */

import type { StreamChange } from '../../core/lbry-store.ts';
import { isGivenBack, type SeedLimits } from '../../core/seeding-end.ts';
import type { Timers } from '../../platform/timers.ts';
import { createMeter } from '../exchange/meter.ts';
import type { StreamRecord } from './record.ts';

/** Ms after which bytes that were given are written down. */
const COUNT_MS = 30_000;

export interface GivenDeps {
  record: StreamRecord;
  /** when the person wants it to end; undefined: that is not known yet */
  limits(): SeedLimits | undefined;
  timers: Timers;
  /** Unix ms */
  now(): number;
  /** It ended, and goes on after all. */
  onAgain(): void;
}

export interface Given {
  gave(bytes: number): void;
  /** bytes a second */
  rate(): number;
  /** bytes since the stream was added */
  total(): number;
  /** What is to be kept for it to be given from now on as if nothing had been. */
  anew(): StreamChange;
  /** The limits, or the time, are others. */
  review(): void;
  close(): void;
}

export function createGiven({ record, limits, timers, now, onAgain }: GivenDeps): Given {
  const meter = createMeter(now);
  let unwritten = 0;
  let cancelWrite: (() => void) | undefined;
  let isClosed = false;
  const total = () => record.row.uploaded + unwritten;

  function write(): void {
    cancelWrite?.();
    cancelWrite = undefined;
    if (unwritten === 0) return;
    const uploaded = total();
    unwritten = 0;
    record.change({ uploaded });
  }

  function isOver(limits: SeedLimits): boolean {
    const { complete, seedingSince: since, size, uploadedBefore } = record.row;
    if (!complete || since === null || size === null) return false;
    return isGivenBack(limits, { size, since, served: () => total() - uploadedBefore }, now());
  }
  function review(): void {
    const set = limits();
    const ended = set ? isOver(set) : record.row.ended;
    if (ended === record.row.ended) return;
    write();
    record.change({ ended });
    if (!ended) onAgain();
  }

  return {
    gave(bytes) {
      // Nobody would write it down any more.
      if (isClosed) return;
      meter.add(bytes);
      unwritten += bytes;
      cancelWrite ??= timers.after(COUNT_MS, write);
      review();
    },
    rate: meter.rate,
    total,
    anew: () => ({ seedingSince: now(), uploadedBefore: total(), ended: false }),
    review,
    close() {
      write();
      isClosed = true;
    },
  };
}
