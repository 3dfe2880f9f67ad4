/** What is asked of a blob worker, and what it answers. Blobs go to it and come from it without a copy. */

import type { BlobHash } from '../blob.ts';

/** Where in a file a blob's bytes are. */
interface Place {
  /** is open until the answer */
  fd: number;
  position: number;
}

interface Cipher {
  /** hex of 16, 24 or 32 bytes */
  key: string;
  /** hex of 16 bytes */
  iv: string;
}

/** A blob of bytes of a file. */
export interface MakeJob extends Place, Cipher {
  /** 1 to MAX_PLAIN_BYTES */
  length: number;
  /** `hash`: the blob itself is not kept */
  wanted: 'hash' | 'blob';
}

/** The bytes of a blob, opened, into a file. */
export interface OpenJob extends Place, Cipher {
  bytes: Uint8Array<ArrayBuffer>;
  /** bytes that are in it, or nothing is written; null: that is not known */
  length: number | null;
}

export type BlobJob =
  | ({ kind: 'make' } & MakeJob)
  | ({ kind: 'open' } & OpenJob)
  | { kind: 'hash'; bytes: Uint8Array<ArrayBuffer> };

export interface WorkedBlob {
  hash: BlobHash;
  /** bytes */
  length: number;
  /** none where only the hash was wanted */
  bytes: Uint8Array<ArrayBuffer>;
}

export type BlobReply =
  | ({ kind: 'made' } & WorkedBlob)
  | { kind: 'hashed'; hash: BlobHash; bytes: Uint8Array<ArrayBuffer> }
  /** how many bytes are in it */
  | { kind: 'opened'; length: number }
  /** this key does not open it */
  | { kind: 'unopened' }
  /** the file ends before these bytes do */
  | { kind: 'short' }
  /** `code` of the system error: EIO, ENOSPC, … */
  | { kind: 'failed'; code: string; message: string };
