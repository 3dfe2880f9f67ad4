/**
 * The bytes of pieces on their way, used again for the next: at full rate what is thrown away instead has V8 mark all of its
 * heap many times a second, which costs more than the copying of each block.
 */

/** Idle ones of a download, bytes. A longer piece has a buffer of its own each time. */
const MOST_IDLE = 8 * 1024 * 1024;

export interface PieceBuffers {
  /** So many bytes, whatever is in them. */
  take(length: number): Uint8Array;
  /** Nobody looks at it any more. */
  give(bytes: Uint8Array): void;
  /** Nothing is on its way. */
  clear(): void;
}

export function createPieceBuffers(): PieceBuffers {
  let idle: Uint8Array[] = [];
  return {
    take(length) {
      const last = idle.at(-1);
      // Only the last piece of a torrent has another length.
      return last?.length === length ? idle.pop()! : Buffer.allocUnsafeSlow(length);
    },
    give(bytes) {
      if (idle.length > 0 && idle[0]!.length !== bytes.length) return;
      if ((idle.length + 1) * bytes.length <= MOST_IDLE) idle.push(bytes);
    },
    clear() {
      idle = [];
    },
  };
}
