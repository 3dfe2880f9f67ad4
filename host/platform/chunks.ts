/** Chunks of file bytes whose memory is used again: fresh memory costs more than reading into it (page faults, collection). */

/** Memory comes in powers of two from the first to the second; what is smaller or larger is the allocator's. */
const LEAST_BYTES = 65_536;
const MOST_BYTES = 524_288;
/** Before each chunk, for what goes out with it. */
const HEAD_BYTES = 2_048;
/** Memory that is kept for the next taker. */
const MAX_FREE_BYTES = 33_554_432;
/** What all readers together hold in chunks while none of them moves on. Each holds two: one is written, one read ahead. */
const READERS_BYTES = 67_108_864;

const free = new Map<number, ArrayBuffer[]>();
let freeBytes = 0;
const lent = new WeakSet<ArrayBufferLike>();
let readers = 0;

/** Memory for `length` bytes, with anything in it. It is the taker's, and whom it hands it to; giving it back is optional. */
export function takeChunk(length: number): Uint8Array<ArrayBuffer> {
  if (length <= LEAST_BYTES / 4 || length > MOST_BYTES) return Buffer.allocUnsafeSlow(length);
  const size = HEAD_BYTES + (length <= LEAST_BYTES ? LEAST_BYTES : 2 ** Math.ceil(Math.log2(length)));
  const kept = free.get(size)?.pop();
  if (kept) freeBytes -= size;
  const memory = kept ?? Buffer.allocUnsafeSlow(size).buffer;
  lent.add(memory);
  return Buffer.from(memory, HEAD_BYTES, length);
}

/**
 * `head`, `more` (of one byte a character) and the chunk in one piece, where there is room before it: two pieces take the
 * system a third longer. For the sole holder of the chunk.
 */
export function withHead(head: Uint8Array, more: string, chunk: Uint8Array): Uint8Array | undefined {
  const { buffer, byteOffset, length } = chunk;
  const before = head.length + more.length;
  if (byteOffset !== HEAD_BYTES || before > HEAD_BYTES || !lent.has(buffer)) return undefined;
  const whole = Buffer.from(buffer, HEAD_BYTES - before, before + length);
  whole.set(head);
  whole.write(more, head.length, 'latin1');
  return whole;
}

/** For the sole holder of a chunk that no one reads any more; a chunk from elsewhere is left alone. */
export function giveBackChunk(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (!(buffer instanceof ArrayBuffer) || !lent.delete(buffer)) return;
  if (freeBytes + buffer.byteLength > MAX_FREE_BYTES) return;
  freeBytes += buffer.byteLength;
  const same = free.get(buffer.byteLength);
  if (same) same.push(buffer);
  else free.set(buffer.byteLength, [buffer]);
}

/** One of those who read in chunks. */
export interface ChunkReader {
  /** How long its next chunk may be: long for throughput, shorter the more readers there are, so that memory is bounded. */
  fairLength(): number;
  leave(): void;
}

export function joinReaders(): ChunkReader {
  readers++;
  return {
    fairLength: () => Math.max(LEAST_BYTES, Math.min(MOST_BYTES, Math.floor(READERS_BYTES / (2 * readers)))),
    leave: () => void readers--,
  };
}
