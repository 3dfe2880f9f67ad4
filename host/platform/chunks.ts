/** Large chunks of file bytes that are used again: fresh memory costs more than reading into it (page faults, collection). */

const CHUNK_BYTES = 1_048_576;
/** Smaller ones come out of the allocator's own free lists. */
const SMALL_BYTES = 131_072;
const MAX_FREE = 32;

const free: ArrayBuffer[] = [];
const lent = new WeakSet<ArrayBufferLike>();

/** Memory for `length` bytes, with anything in it. It is the taker's, and whom it hands it to; giving it back is optional. */
export function takeChunk(length: number): Uint8Array<ArrayBuffer> {
  if (length <= SMALL_BYTES || length > CHUNK_BYTES) return Buffer.allocUnsafeSlow(length);
  const memory = free.pop() ?? Buffer.allocUnsafeSlow(CHUNK_BYTES).buffer;
  lent.add(memory);
  return new Uint8Array(memory, 0, length);
}

/** For the sole holder of a chunk that no one reads any more; a chunk from elsewhere is left alone. */
export function giveBackChunk(chunk: Uint8Array): void {
  const { buffer } = chunk;
  if (!(buffer instanceof ArrayBuffer) || !lent.delete(buffer)) return;
  if (free.length < MAX_FREE) free.push(buffer);
}
