/**
 * The bytes of pieces on their way, used again for the next: at full rate what is thrown away instead has V8 mark all of its
 * heap many times a second, which costs more than the copying of each block.
 */

/** idle ones of all downloads together, bytes */
const MOST_IDLE = 8 * 1024 * 1024;
/** ms in which none was taken or given, after which they go */
const REST_MS = 5_000;

export interface PieceBuffers {
  /** So many bytes, whatever is in them. */
  take(length: number): Uint8Array;
  /** Nobody looks at it any more. */
  give(bytes: Uint8Array): void;
}

export function createPieceBuffers(): PieceBuffers {
  /** the one that was used last comes last */
  let idle: Uint8Array[] = [];
  let idleBytes = 0;
  let isUsed = false;
  let resting: NodeJS.Timeout | undefined;

  function rest(): void {
    resting = undefined;
    if (isUsed) restLater();
    else [idle, idleBytes] = [[], 0];
  }

  function restLater(): void {
    isUsed = false;
    resting = setTimeout(rest, REST_MS).unref();
  }

  return {
    take(length) {
      isUsed = true;
      const at = idle.findLastIndex(each => each.length === length);
      const [found] = at < 0 ? [] : idle.splice(at, 1);
      idleBytes -= found?.length ?? 0;
      return found ?? Buffer.allocUnsafeSlow(length);
    },
    give(bytes) {
      isUsed = true;
      idle.push(bytes);
      idleBytes += bytes.length;
      while (idleBytes > MOST_IDLE) idleBytes -= idle.shift()?.length ?? 0;
      if (!resting) restLater();
    },
  };
}
