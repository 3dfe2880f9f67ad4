/** What the library asks of a hash worker, and what it answers. */

import type { FileStamp } from '../core/ports.ts';

/** `both`: id and pieces in one read; the others are the halves of a big file that two workers share. */
export type HashPart = 'both' | 'id' | 'pieces';

export interface HashJob {
  job: number;
  path: string;
  part: HashPart;
  sha256: boolean;
  /** one 32-bit word; anything but 0 means: stop */
  stop: Int32Array<SharedArrayBuffer>;
}

export interface HashResult {
  /** hex, '' where the part has none */
  id: string;
  pieces: Uint8Array;
  sha256: string | null;
  stamp: FileStamp;
  head: Uint8Array;
}

export type HashReply =
  | { job: number; kind: 'progress'; bytes: number }
  | { job: number; kind: 'done'; result: HashResult }
  | { job: number; kind: 'changed' }
  | { job: number; kind: 'stopped' }
  /** `code` of the system error: ENOENT, EACCES, … */
  | { job: number; kind: 'failed'; code: string; message: string };
