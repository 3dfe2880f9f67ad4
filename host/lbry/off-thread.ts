/** Hashes and ciphers on Node's own threads: whoever else the daemon serves does not wait for them. */

import { webcrypto } from 'node:crypto';
import { LsdError } from '../../shared/errors.ts';
import type { BlobHash } from './blob.ts';

const { subtle } = webcrypto;

export type BlobKey = webcrypto.CryptoKey;

export async function hashOfBlob(bytes: Uint8Array<ArrayBuffer>): Promise<BlobHash> {
  return Buffer.from(await subtle.digest('SHA-384', bytes)).toString('hex') as BlobHash;
}

/** `hex`: of 16, 24 or 32 bytes */
export function readKey(hex: string): Promise<BlobKey> {
  return subtle.importKey('raw', Buffer.from(hex, 'hex'), 'AES-CBC', false, ['encrypt', 'decrypt']);
}

/** `iv`: hex of 16 bytes */
export async function encrypt(
  plain: Uint8Array<ArrayBuffer>,
  key: BlobKey,
  iv: string,
): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await subtle.encrypt({ name: 'AES-CBC', iv: Buffer.from(iv, 'hex') }, key, plain));
}

/** Throws `invalid` for bytes that this key does not open. */
export async function decrypt(
  bytes: Uint8Array<ArrayBuffer>,
  key: BlobKey,
  iv: string,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await subtle.decrypt({ name: 'AES-CBC', iv: Buffer.from(iv, 'hex') }, key, bytes));
  } catch (cause) {
    const message = 'A blob does not open with the key of its stream: whoever made the stream made it wrong.';
    throw new LsdError('invalid', message, { cause });
  }
}
