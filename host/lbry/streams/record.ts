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
  /** Where its bytes are now, or will be first. */
  filePath(): string;
}

export function recordOf(stored: StoredStream, store: Pick<LbryStore, 'change'>): StreamRecord {
  let row = stored;
  const finalPath = () => join(row.folder, row.fileName);
  const partialPath = () => join(row.folder, `.${row.sdHash.slice(0, 32)}.part`);
  return {
    get row() {
      return row;
    },
    change(to) {
      row = { ...row, ...to };
      store.change(row.sdHash, to);
    },
    finalPath,
    partialPath,
    filePath: () => (row.complete ? finalPath() : partialPath()),
  };
}
