/** A piece on its way: which of its blocks are here, and of whom the others are asked. */

import type { Wire } from 'webtorrent';
import { BLOCK_BYTES } from './pipeline.ts';

/** Some blocks of one piece, asked of one peer in one message. */
export interface Asked {
  readonly flight: Flight;
  readonly wire: Wire;
  /** its first block */
  readonly block: number;
  readonly count: number;
  /** ms, of a clock that is never set */
  readonly at: number;
  /** blocks on their way from the peer then, this one among them */
  readonly outstanding: number;
  /** Cancelled ones may have come before it: its time tells nothing of the peer. */
  readonly afterCancelled: boolean;
}

export interface Flight {
  readonly piece: number;
  readonly blockCount: number;
  /** bytes of so many blocks, the last of which may be shorter */
  lengthOf(block: number, count: number): number;
  /** A block that is neither here nor asked of anyone. */
  free(): number | undefined;
  hasFree(): boolean;
  /** No block of it is here or on its way. */
  readonly untouched: boolean;
  /** Some of it is here. */
  readonly begun: boolean;
  /** Some of it is here, and the rest is asked of nobody. */
  readonly stalled: boolean;
  has(block: number): boolean;
  askedOf(block: number): readonly Asked[];
  /** Asked for once more where it is already asked for: whoever is first counts. */
  ask(asked: Asked): void;
  /** It will not come by this request: it is free again, unless another one brings it. */
  release(asked: Asked): void;
  /** Copies it. False where the block is here already. */
  put(block: number, bytes: Uint8Array, from: string | undefined): boolean;
  /** The piece, once all of it is here. */
  whole(): Uint8Array | undefined;
  /** the addresses of those whose blocks it is made of */
  readonly senders: ReadonlySet<string>;
}

/** `take`: gives the bytes that it is put together in. */
export function createFlight(piece: number, length: number, take: (length: number) => Uint8Array): Flight {
  const blockCount = Math.ceil(length / BLOCK_BYTES);
  const isHere = new Uint8Array(blockCount);
  let bytes: Uint8Array | undefined;
  const asked: Asked[][] = Array.from({ length: blockCount }, () => []);
  const senders = new Set<string>();
  let here = 0;
  /** every block before it is here or asked for */
  let next = 0;

  const isFree = (block: number) => isHere[block] === 0 && asked[block]!.length === 0;

  function free(): number | undefined {
    while (next < blockCount && !isFree(next)) next++;
    return next < blockCount ? next : undefined;
  }

  return {
    piece,
    blockCount,
    lengthOf: (block, count) => Math.min((block + count) * BLOCK_BYTES, length) - block * BLOCK_BYTES,
    free,
    hasFree: () => free() !== undefined,
    get untouched() {
      return here === 0 && asked.every(each => each.length === 0);
    },
    get begun() {
      return here > 0;
    },
    get stalled() {
      return here > 0 && here < blockCount && asked.every(each => each.length === 0);
    },
    has: block => isHere[block] === 1,
    askedOf: block => asked[block] ?? [],
    ask(request) {
      for (let at = 0; at < request.count; at++) asked[request.block + at]?.push(request);
    },
    release(request) {
      for (let block = request.block; block < request.block + request.count; block++) {
        const list = asked[block];
        const at = list?.indexOf(request) ?? -1;
        if (at >= 0) list?.splice(at, 1);
        if (isFree(block)) next = Math.min(next, block);
      }
    },
    put(block, sent, from) {
      if (isHere[block] !== 0) return false;
      bytes ??= take(length);
      bytes.set(sent, block * BLOCK_BYTES);
      isHere[block] = 1;
      if (from !== undefined) senders.add(from);
      here++;
      return true;
    },
    whole: () => (here === blockCount ? bytes : undefined),
    senders,
  };
}
