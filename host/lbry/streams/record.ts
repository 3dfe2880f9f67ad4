/** What the home keeps of one stream, as it is now: each change is written down. */

import { join } from 'node:path';
import type { LbryStore, StoredStream, StreamChange } from '../../core/lbry-store.ts';

export interface StreamRecord {
  readonly row: StoredStream;
  change(to: StreamChange): void;
  /** Where the whole file is, or will be. */
  finalPath(): string;
  /** Where it lies while it arrives. */
  partialPath(): string;
}

export function recordOf(stored: StoredStream, store: Pick<LbryStore, 'change'>): StreamRecord {
  let row = stored;
  return {
    get row() {
      return row;
    },
    change(to) {
      row = { ...row, ...to };
      store.change(row.sdHash, to);
    },
    finalPath: () => join(row.folder, row.fileName),
    partialPath: () => join(row.folder, `.${row.sdHash.slice(0, 32)}.part`),
  };
}
