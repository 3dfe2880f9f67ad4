/** What is asked of a blob worker, and what it answers. */

import type { BlobHash } from '../blob.ts';

/** Bytes of an open file, and what makes a blob of them. */
export interface BlobJob {
  /** is open until the answer */
  fd: number;
  position: number;
  /** 1 to MAX_PLAIN_BYTES */
  length: number;
  /** hex of 16, 24 or 32 bytes */
  key: string;
  /** hex of 16 bytes */
  iv: string;
  /** `hash`: the blob itself is not kept */
  wanted: 'hash' | 'blob';
}

export interface WorkedBlob {
  hash: BlobHash;
  /** bytes */
  length: number;
  /** none where only the hash was wanted */
  bytes: Uint8Array<ArrayBuffer>;
}

export type BlobReply =
  | { kind: 'made'; blob: WorkedBlob }
  /** the file ends before these bytes do */
  | { kind: 'short' }
  /** `code` of the system error: EIO, … */
  | { kind: 'failed'; code: string; message: string };
