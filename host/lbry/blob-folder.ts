/** A folder of blobs as lbry-sdk keeps them (`blobfiles`): each a file that is named by its hash. */

import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { openForReading, writeFileAtomic } from '../platform/files.ts';
import { type Blob, type BlobHash, type BlobShelf, hashOf, MAX_BLOB_BYTES, parseBlobHash } from './blob.ts';

export interface BlobFolder extends BlobShelf {
  /** Writes the blob whole or not at all. */
  put(blob: Blob): Promise<void>;
  /** those whose name and length are a blob's */
  list(): Promise<{ hash: BlobHash; length: number }[]>;
  /** False: it was not there. */
  delete(hash: BlobHash): Promise<boolean>;
}

export function openBlobFolder(path: string): BlobFolder {
  const fileOf = (hash: BlobHash) => join(path, hash);
  let made: Promise<unknown> | undefined;
  return {
    async get(hash, signal) {
      const bytes = await read(fileOf(hash), signal);
      // The disk is believed as little as a peer.
      return bytes && hashOf(bytes) === hash ? bytes : undefined;
    },
    // By its name: a spoilt one is not given when it is asked for.
    has: hash =>
      stat(fileOf(hash)).then(
        found => found.isFile() && found.size > 0 && found.size <= MAX_BLOB_BYTES,
        () => false,
      ),
    async put({ hash, bytes }) {
      made ??= mkdir(path, { recursive: true });
      await made;
      await writeFileAtomic(fileOf(hash), bytes, 0o644);
    },
    async list() {
      const names = await readdir(path).catch(() => []);
      const listed: { hash: BlobHash; length: number }[] = [];
      for (const hash of names.flatMap(name => parseBlobHash(name) ?? [])) {
        const { size } = await stat(fileOf(hash)).catch(() => ({ size: 0 }));
        if (size > 0 && size <= MAX_BLOB_BYTES) listed.push({ hash, length: size });
      }
      return listed;
    },
    async delete(hash) {
      return rm(fileOf(hash)).then(
        () => true,
        () => false,
      );
    },
  };
}

/** The bytes of a file that can be a blob; undefined where there is none. */
async function read(path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
  signal.throwIfAborted();
  const file = await openForReading(path).catch(thrown => {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined;
    throw thrown;
  });
  if (!file) return undefined;
  try {
    const { size } = await file.stat();
    return size > MAX_BLOB_BYTES ? undefined : await readFile(file, { signal });
  } finally {
    await file.close();
  }
}
