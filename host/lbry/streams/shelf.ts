/** The blobs of this home, for whoever asks: made of the files that they belong to, or lying in the folder of single ones. */

import type { LbryStore } from '../../core/lbry-store.ts';
import { openForReading } from '../../platform/files.ts';
import { type BlobHash, type BlobShelf, parseBlobHash } from '../blob.ts';
import type { BlobFolder } from '../blob-folder.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import type { HeldStream } from './held-stream.ts';
import type { Layout } from './layout.ts';
import { type BlobInFile, blobIn, plainLength } from './plain.ts';

/** Ms for which a blob whose file is no longer the same is not looked for again. */
const SPOILT_MS = 600_000;
const MOST_SPOILT = 10_000;

export interface ShelfOptions {
  store: Pick<LbryStore, 'placesOf' | 'descriptor'>;
  folder: BlobFolder;
  stream(sdHash: string): HeldStream | undefined;
  layout(sdHash: BlobHash): Layout;
  workers: BlobWorkers;
  now(): number;
}

export interface Shelf extends BlobShelf {
  /** It was given: counted for its stream. */
  gave(hash: BlobHash, bytes: number): void;
  /** Nothing of it is found spoilt any more, until it is looked at again. */
  believeAgain(): void;
}

/** No byte leaves but those of the blob: the files are never trusted to be what they were, whatever their dates say. */
export function createShelf({ store, folder, stream, layout, workers, now }: ShelfOptions): Shelf {
  const spoilt = new Map<BlobHash, number>();

  function isSpoilt(hash: BlobHash): boolean {
    const at = spoilt.get(hash);
    if (at !== undefined && now() - at >= SPOILT_MS) spoilt.delete(hash);
    return spoilt.has(hash);
  }
  function spoil(hash: BlobHash): void {
    if (spoilt.size >= MOST_SPOILT) spoilt.clear();
    spoilt.set(hash, now());
  }

  async function made(sdHash: string, number: number): Promise<Uint8Array | undefined> {
    const held = stream(sdHash);
    const [sd, size] = [parseBlobHash(sdHash), held?.row().size ?? null];
    if (!held || !sd) return undefined;
    const its = layout(sd);
    if (number === its.last && size === null) return undefined;
    const length = plainLength(its, number, size ?? 0);
    // Whatever is wrong with the file, the blob is not to be had of it.
    return await blobOfFile(held.filePath(), { layout: its, number, length }).catch(() => undefined);
  }
  async function blobOfFile(path: string, its: Omit<BlobInFile, 'fd'>): Promise<Uint8Array | undefined> {
    await using file = await openForReading(path);
    return (await blobIn({ ...its, fd: file.fd }, 'blob', workers))?.bytes;
  }

  return {
    has: async (hash, signal) => {
      if (!isSpoilt(hash) && store.placesOf(hash).length > 0) return true;
      return folder.has(hash, signal);
    },
    async get(hash, signal) {
      const places = isSpoilt(hash) ? [] : store.placesOf(hash);
      for (const { sdHash, number } of places) {
        signal.throwIfAborted();
        const bytes = number === null ? store.descriptor(sdHash) : await made(sdHash, number);
        if (bytes) return bytes;
      }
      if (places.length > 0) spoil(hash);
      return folder.get(hash, signal);
    },
    gave(hash, bytes) {
      for (const { sdHash } of store.placesOf(hash).slice(0, 1)) stream(sdHash)?.gave(bytes);
    },
    believeAgain: () => spoilt.clear(),
  };
}
