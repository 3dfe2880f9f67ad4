/** Makes blobs of bytes of a file, and bytes of a file of blobs. Runs in a blob worker. */

import { createCipheriv, createDecipheriv, createHash } from 'node:crypto';
import { readSync, writeSync } from 'node:fs';
import { type BlobHash, encryptedLength, hashOf, MAX_BLOB_BYTES } from '../blob.ts';
import type { BlobJob, BlobReply, MakeJob, OpenJob } from './job.ts';

/** Small enough to stay in the processor's cache from the disk to the hash. */
const CHUNK = 256 * 1024;

const plain = Buffer.allocUnsafeSlow(MAX_BLOB_BYTES);

export function runJob(job: BlobJob): BlobReply {
  try {
    if (job.kind === 'make') return make(job);
    if (job.kind === 'open') return open(job);
    return { kind: 'hashed', hash: hashOf(job.bytes), bytes: job.bytes };
  } catch (thrown) {
    const { code = 'EIO', message } = thrown as NodeJS.ErrnoException;
    return { kind: 'failed', code, message };
  }
}

function make({ fd, position, length, key, iv, wanted }: MakeJob): BlobReply {
  const cipher = createCipheriv(algorithmOf(key), Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'));
  const sha384 = createHash('sha384');
  const bytes = new Uint8Array(wanted === 'blob' ? encryptedLength(length) : 0);
  let made = 0;
  function take(part: Uint8Array): void {
    sha384.update(part);
    if (wanted === 'blob') bytes.set(part, made);
    made += part.length;
  }
  for (let filled = 0; filled < length; ) {
    const read = readSync(fd, plain, 0, Math.min(CHUNK, length - filled), position + filled);
    if (read === 0) return { kind: 'short' };
    take(cipher.update(plain.subarray(0, read)));
    filled += read;
  }
  take(cipher.final());
  return { kind: 'made', hash: sha384.digest('hex') as BlobHash, length: made, bytes };
}

function open({ bytes, key, iv, fd, position, length }: OpenJob): BlobReply {
  const opened = decrypt(bytes, key, iv);
  if (opened === undefined) return { kind: 'unopened' };
  if (length === null || opened === length) {
    for (let written = 0; written < opened; )
      written += writeSync(fd, plain, written, opened - written, position + written);
  }
  return { kind: 'opened', length: opened };
}

/** Into `plain`, resolves to how many bytes these are; undefined where this key does not open it. */
function decrypt(bytes: Uint8Array, key: string, iv: string): number | undefined {
  let opened = 0;
  const take = (part: Uint8Array) => {
    plain.set(part, opened);
    opened += part.length;
  };
  const decipher = createDecipheriv(algorithmOf(key), Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'));
  for (let at = 0; at < bytes.length; at += CHUNK) take(decipher.update(bytes.subarray(at, at + CHUNK)));
  try {
    take(decipher.final());
  } catch {
    return undefined;
  }
  return opened;
}

function algorithmOf(key: string): string {
  return `aes-${key.length * 4}-cbc`;
}
