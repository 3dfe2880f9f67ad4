/** Files that are to be given on both networks: once one is whole, it is given on the other one, too. */

import { LsdError } from '../../../shared/errors.ts';
import type { FileNetwork, FileRecord, FileState, FileStore, SourceKind } from '../../core/lbry-files.ts';
import type { Log } from '../../core/ports.ts';
import type { Timers } from '../../platform/timers.ts';

export interface TwinsDeps {
  store: FileStore;
  networks: Partial<Record<SourceKind, FileNetwork>>;
  stateOf(record: FileRecord): FileState | undefined;
  timers: Timers;
  log: Log;
}

export interface Twins {
  /** There may be another one that waits for it. */
  look(): void;
  close(): void;
}

/** ms between looks, as long as one is not whole yet */
const LOOK_MS = 2_000;

export function keepTwins({ store, networks, stateOf, timers, log }: TwinsDeps): Twins {
  const closing = new AbortController();
  /** tried, and in vain until the next start */
  const failed = new Set<number>();
  let cancel: (() => void) | undefined;
  let isLooking = false;

  const waiting = () => store.list().filter(({ row, both, twin }) => both && twin === null && !failed.has(row));

  async function make(record: FileRecord): Promise<void> {
    const network = networks[otherThan(record.kind)];
    try {
      const state = stateOf(record);
      if (!network || !state?.isWhole || state.path === null || state.isStopped) return;
      store.setTwin(record.row, await network.give(state.path, closing.signal));
    } catch (error) {
      const isThere = waiting().some(({ row }) => row === record.row);
      if (closing.signal.aborted || !isThere || isMoved(error)) return;
      failed.add(record.row);
      log.warn('lbry-not-on-both', { hash: record.hash, error });
    }
  }

  async function look(): Promise<void> {
    if (isLooking || closing.signal.aborted) return;
    isLooking = true;
    for (const record of waiting()) await make(record);
    isLooking = false;
    cancel?.();
    if (waiting().length > 0 && !closing.signal.aborted) cancel = timers.after(LOOK_MS, () => void look());
  }

  return {
    look: () => void look(),
    close() {
      cancel?.();
      closing.abort();
    },
  };
}

/** A record as each of the networks knows it that has it. */
export function everywhere(record: FileRecord): [FileRecord, ...FileRecord[]] {
  const { kind, twin } = record;
  return twin === null ? [record] : [record, { ...record, kind: otherThan(kind), hash: twin }];
}

/** It changed, or went elsewhere, while it was read: it is looked at again. */
function isMoved(error: unknown): boolean {
  return error instanceof LsdError && error.code === 'aborted';
}

function otherThan(kind: SourceKind): SourceKind {
  return kind === 'btih' ? 'sd' : 'btih';
}
