/** Reads bytes of a file, encrypts and hashes them. Runs in a blob worker. */

import { createCipheriv, createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { type BlobHash, encryptedLength } from '../blob.ts';
import type { BlobJob, BlobReply } from './job.ts';

/** Small enough to stay in the processor's cache from the disk to the hash. */
const CHUNK = 256 * 1024;

const buffer = Buffer.allocUnsafeSlow(CHUNK);

export function runJob(job: BlobJob): BlobReply {
  try {
    return makeBlob(job);
  } catch (thrown) {
    const { code = 'EIO', message } = thrown as NodeJS.ErrnoException;
    return { kind: 'failed', code, message };
  }
}

function makeBlob({ fd, position, length, key, iv, wanted }: BlobJob): BlobReply {
  const cipher = createCipheriv(`aes-${key.length * 4}-cbc`, Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'));
  const sha384 = createHash('sha384');
  const bytes = new Uint8Array(wanted === 'blob' ? encryptedLength(length) : 0);
  let made = 0;
  function take(part: Uint8Array): void {
    sha384.update(part);
    if (wanted === 'blob') bytes.set(part, made);
    made += part.length;
  }
  for (let filled = 0; filled < length; ) {
    const read = readSync(fd, buffer, 0, Math.min(CHUNK, length - filled), position + filled);
    if (read === 0) return { kind: 'short' };
    take(cipher.update(buffer.subarray(0, read)));
    filled += read;
  }
  take(cipher.final());
  return { kind: 'made', blob: { hash: sha384.digest('hex') as BlobHash, length: made, bytes } };
}
