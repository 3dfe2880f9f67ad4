/** A user's file as a torrent's store: read in place, never opened for writing, and only while it is the file that was hashed. */

import type { FileHandle } from 'node:fs/promises';
import type { ChunkStore, GetOptions, StoreCallback, StoreFactory } from 'webtorrent';
import type { FileStamp } from '../../core/ports.ts';
import { assertUnchanged, openForReading } from '../../platform/files.ts';
import type { Metainfo, TorrentFile } from '../metainfo.ts';

export interface ReadOnlySource {
  path: string;
  stamp: FileStamp;
  metainfo: Metainfo;
  /** which of the torrent's files this is */
  file: TorrentFile;
  /** the file is another than the one that was hashed, or is not there */
  onSuspect(): void;
}

/** What reads stay within: bytes of the torrent that lie in the file. */
export interface StampedReader {
  read(offset: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Reads of one file; each is thrown away unless the file had its stamp before and after. */
export function createStampedReader(path: string, stamp: FileStamp): StampedReader {
  let opening: Promise<FileHandle> | undefined;
  return {
    async read(offset, length) {
      opening ??= openForReading(path);
      const handle = await opening;
      await assertUnchanged(handle, stamp);
      const bytes = Buffer.allocUnsafeSlow(length);
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      await assertUnchanged(handle, stamp);
      // A read that ends early would reach the peer as a short, wrong block.
      if (bytesRead !== length) throw new Error(`${bytesRead} of ${length} bytes`);
      return bytes;
    },
    async close() {
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

/** The store for webtorrent's `store` option. */
export function readOnlyStore(source: ReadOnlySource): StoreFactory {
  const { metainfo, file } = source;
  const reader = createStampedReader(source.path, source.stamp);

  async function piece(index: number, options: GetOptions | null): Promise<Uint8Array> {
    const start = index * metainfo.pieceLength + (options?.offset ?? 0);
    const whole = Math.min(metainfo.pieceLength, metainfo.length - index * metainfo.pieceLength);
    const end = start + (options?.length ?? whole - (options?.offset ?? 0));
    if (start < file.offset || end > file.offset + file.length) throw new Error('bytes of a file that is not here');
    try {
      return await reader.read(start - file.offset, end - start);
    } catch (thrown) {
      source.onSuspect();
      throw thrown;
    }
  }

  return class ReadOnlyStore implements ChunkStore {
    readonly chunkLength = metainfo.pieceLength;

    get(index: number, options: GetOptions | null | StoreCallback, callback?: StoreCallback): void {
      const done = typeof options === 'function' ? options : callback;
      piece(index, typeof options === 'function' ? null : options).then(
        bytes => done?.(null, bytes),
        (thrown: Error) => done?.(thrown),
      );
    }

    put(_index: number, _bytes: Uint8Array, callback: (error: Error | null) => void): void {
      callback(new Error('a file that is shared is never written to'));
    }

    close(callback: (error: Error | null) => void): void {
      reader.close().then(
        () => callback(null),
        (thrown: Error) => callback(thrown),
      );
    }

    destroy(callback: (error: Error | null) => void): void {
      this.close(callback);
    }
  };
}
