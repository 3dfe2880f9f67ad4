/** Single blobs, as LBRY's own programs ask for them: of a stream, of the folder of blobs, of peers. */

import type { BlobListing, LbryBlobs } from '../core/lbry.ts';
import type { LbryStore } from '../core/lbry-store.ts';
import { type BlobHash, parseBlobHash } from './blob.ts';
import type { BlobFolder } from './blob-folder.ts';
import type { Shelf } from './streams/shelf.ts';
import { hashIn, type Streams } from './streams/streams.ts';

export interface BlobsDeps {
  shelf: Shelf;
  blobFolder: BlobFolder;
  streams: Streams;
  store: Pick<LbryStore, 'kept'>;
  /** From here, else of peers. */
  fetch(hash: BlobHash, signal: AbortSignal): Promise<Uint8Array>;
}

/** Nobody else's to be asked of: these end by the caller's signal. */
const { signal: never } = new AbortController();

export function blobsOf({ shelf, blobFolder, streams, store, fetch }: BlobsDeps): LbryBlobs {
  function ofStream(sdHash: BlobHash): BlobListing[] {
    const { descriptor, sdBlob, last } = streams.layout(sdHash);
    const row = streams.get(sdHash)?.row();
    const kept = new Set(row?.complete ? [] : store.kept(sdHash));
    const blobs = descriptor.blobs.map(({ hash, length }, number) => {
      return { hash, length, isHere: row?.complete === true || (number <= last && kept.has(number)) };
    });
    return [{ hash: sdHash, length: sdBlob.length, isHere: true }, ...blobs];
  }

  return {
    async get(text, signal) {
      const hash = hashIn(text);
      const bytes = await fetch(hash, signal);
      if (!(await shelf.has(hash, signal))) await blobFolder.put({ hash, bytes });
      return bytes;
    },
    has: hash => shelf.has(hashIn(hash), never),
    async list(sdHash) {
      if (sdHash !== undefined) {
        const hash = hashIn(sdHash);
        return streams.get(hash) ? ofStream(hash) : undefined;
      }
      const single = (await blobFolder.list()).map(({ hash, length }) => ({ hash, length, isHere: true }));
      const all = streams.list().flatMap(each => ofStream(each.sdHash).filter(({ isHere }) => isHere));
      return [...new Map([...single, ...all].map(each => [each.hash, each])).values()];
    },
    async delete(text) {
      const hash = parseBlobHash(text.toLowerCase());
      return hash !== undefined && blobFolder.delete(hash);
    },
  };
}
