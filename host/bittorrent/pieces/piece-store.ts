/** What the library reads pieces from that peers ask for, and writes what it verified itself to: wherever they are kept. */

import type { ChunkStore, GetOptions, StoreCallback, StoreFactory } from 'webtorrent';
import { bytesOfPiece, type Metainfo } from '../metainfo.ts';

/** Where the pieces of one torrent are kept. */
export interface PieceHome {
  write(piece: number, bytes: Uint8Array): Promise<void>;
  /** Bytes of one piece. Rejects where they are not there. */
  read(piece: number, offset: number, length: number): Promise<Uint8Array>;
  /** No file stays open. */
  close(): Promise<void>;
}

export function pieceStore(metainfo: Metainfo, home: PieceHome): StoreFactory {
  function read(piece: number, options: GetOptions | null): Promise<Uint8Array> {
    const offset = options?.offset ?? 0;
    return home.read(piece, offset, options?.length ?? bytesOfPiece(metainfo, piece) - offset);
  }

  return class implements ChunkStore {
    readonly chunkLength = metainfo.pieceLength;

    get(piece: number, options: GetOptions | null | StoreCallback, callback?: StoreCallback): void {
      const done = typeof options === 'function' ? options : callback;
      read(piece, typeof options === 'function' ? null : options).then(
        bytes => done?.(null, bytes),
        (thrown: Error) => done?.(thrown),
      );
    }

    put(piece: number, bytes: Uint8Array, callback: (error: Error | null) => void): void {
      home.write(piece, bytes).then(() => callback(null), callback);
    }

    close(callback: (error: Error | null) => void): void {
      home.close().then(() => callback(null), callback);
    }

    destroy(callback: (error: Error | null) => void): void {
      this.close(callback);
    }
  };
}
