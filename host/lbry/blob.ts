/** A blob: at most 2 MiB of encrypted bytes, named by their SHA-384. */

import { createDecipheriv, hash } from 'node:crypto';
import { LsdError } from '../../shared/errors.ts';

export const MAX_BLOB_BYTES = 2_097_152;
/** One less, so that the padding of 1 to 16 bytes never makes it longer than a blob. */
export const MAX_PLAIN_BYTES = MAX_BLOB_BYTES - 1;
/** of AES: a blob is a multiple of it, its IV is one */
export const BLOCK_BYTES = 16;

declare const brand: unique symbol;

/** SHA-384 of the bytes, 96 lower-case hex digits. */
export type BlobHash = string & { readonly [brand]: 'BlobHash' };

export interface Blob {
  hash: BlobHash;
  bytes: Uint8Array;
}

/** Where blobs are: in a folder, in a shared file, with peers. */
export interface BlobSource {
  /** The verified bytes, or undefined where they are not to be had. */
  get(hash: BlobHash, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** One that can say what it has without giving it. */
export interface BlobShelf extends BlobSource {
  has(hash: BlobHash, signal: AbortSignal): Promise<boolean>;
}

/** The hash that `text` writes in lower case, as the network does everywhere; undefined where it writes none. */
export function parseBlobHash(text: unknown): BlobHash | undefined {
  return typeof text === 'string' && /^[0-9a-f]{96}$/.test(text) ? (text as BlobHash) : undefined;
}

/** The same of what a person typed, in either case. Throws `invalid`. */
export function readBlobHash(text: string): BlobHash {
  const hash = parseBlobHash(text.toLowerCase());
  if (hash) return hash;
  throw new LsdError(
    'invalid',
    `This is no hash of a blob: it must be 96 hexadecimal digits, and is ${text.length} characters.`,
  );
}

export function hashOf(bytes: Uint8Array): BlobHash {
  return hash('sha384', bytes, 'hex') as BlobHash;
}

/** Length of the blob that so many bytes become. */
export function encryptedLength(plainBytes: number): number {
  return plainBytes - (plainBytes % BLOCK_BYTES) + BLOCK_BYTES;
}

/** What was encrypted. Throws `invalid` for bytes that this key does not open. */
export function decryptBlob(bytes: Uint8Array, key: Uint8Array, iv: Uint8Array): Uint8Array {
  try {
    const decipher = createDecipheriv(`aes-${key.length * 8}-cbc`, key, iv);
    const most = decipher.update(bytes);
    return Buffer.concat([most, decipher.final()]);
  } catch (cause) {
    throw unopened(cause);
  }
}

export function unopened(cause?: unknown): LsdError {
  const message = 'A blob does not open with the key of its stream: whoever made the stream made it wrong.';
  return new LsdError('invalid', message, { cause });
}
