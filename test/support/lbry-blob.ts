/** A blob as it is described, made in one step: what the workers make is held against it. */

import { createCipheriv } from 'node:crypto';
import { type Blob, hashOf } from '../../host/lbry/blob.ts';

/** `plain`: 1 to MAX_PLAIN_BYTES bytes. `key`: 16 bytes; `iv`: 16 bytes, never used twice with one key. */
export function encryptBlob(plain: Uint8Array, key: Uint8Array, iv: Uint8Array): Blob {
  const cipher = createCipheriv(`aes-${key.length * 8}-cbc`, key, iv);
  const most = cipher.update(plain);
  const bytes = Buffer.concat([most, cipher.final()]);
  return { hash: hashOf(bytes), bytes };
}
