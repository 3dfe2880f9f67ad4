/**
 * How the metadata of a magnet comes (BEP 9): each block from one of the peers, and from another once there is nothing else to
 * ask that one for. The library asks each peer for all of them, and the first blocks of the file then wait behind copies.
 */

import { hash } from 'node:crypto';
import type { MetadataExchange, Wire } from 'webtorrent';

const BLOCK_BYTES = 16 * 1024;
/** blocks that a peer is asked for at first; with each that comes it is one more */
const AT_FIRST = 3;

/** A peer that gives. */
interface Source {
  exchange: MetadataExchange;
  asked: Set<number>;
  /** those of them that have not come, in their order */
  open: Set<number>;
  /** how many may be open */
  most: number;
}

export interface MetadataBlocks {
  /** Called for each new connection, before it hears what the peer has. */
  follow(wire: Pick<Wire, 'ut_metadata' | 'once'>): void;
}

export function shareMetadataBlocks(infoHash: string): MetadataBlocks {
  const sources = new Set<Source>();
  const blocks = new Map<number, Uint8Array>();
  /** bytes, as the first peer says; one that says otherwise is asked for all of what it has */
  let size = 0;
  /** What came from several was not what the info hash names: from then on a liar spoils only what it gives itself. */
  let apart = false;
  let isKnown = false;

  const count = () => Math.ceil(size / BLOCK_BYTES);
  const lengthOf = (block: number) => Math.min(BLOCK_BYTES, size - block * BLOCK_BYTES);

  function ask(source: Source): void {
    while (source.open.size < source.most) {
      const block = nextFor(source);
      if (block === undefined) return;
      source.asked.add(block);
      source.open.add(block);
      source.exchange._request(block);
    }
  }

  /** What nobody was asked for; else, for one that owes nothing, what comes last from those who were. */
  function nextFor({ asked, open }: Source): number | undefined {
    const waiting = blocksBefore();
    let last: { block: number; before: number } | undefined;
    for (let block = 0; block < count(); block++) {
      if (blocks.has(block) || asked.has(block)) continue;
      const before = waiting.get(block);
      if (before === undefined) return block;
      if (!last || before > last.before) last = { block, before };
    }
    return open.size === 0 ? last?.block : undefined;
  }

  /** Of each open block: how many others come before it, from whoever gives it soonest. */
  function blocksBefore(): Map<number, number> {
    const before = new Map<number, number>();
    for (const { open } of sources) {
      for (const [place, block] of [...open].entries()) before.set(block, Math.min(place, before.get(block) ?? place));
    }
    return before;
  }

  function take(source: Source, block: number, bytes: Uint8Array): void {
    if (isKnown || !source.open.delete(block)) return;
    source.most++;
    if (bytes.length === lengthOf(block)) blocks.set(block, Uint8Array.from(bytes));
    if (blocks.size === count()) finish(source);
    else ask(source);
  }

  function finish({ exchange }: Source): void {
    const whole = Buffer.concat(Array.from({ length: count() }, (_, block) => blocks.get(block)!));
    isKnown = hash('sha1', whole) === infoHash;
    if (isKnown) {
      void exchange.setMetadata(whole);
      return;
    }
    apart = true;
    const all = [...sources];
    sources.clear();
    for (const each of all) each.exchange._requestPieces();
  }

  return {
    follow(wire) {
      const exchange = wire.ut_metadata;
      if (!exchange) return;
      const source: Source = { exchange, asked: new Set(), open: new Set(), most: AT_FIRST };
      const requestAll = exchange._requestPieces.bind(exchange);
      const takeAlone = exchange._onData.bind(exchange);
      exchange._requestPieces = () => {
        size ||= exchange._metadataSize ?? 0;
        if (apart || exchange._metadataSize !== size) {
          leave(source);
          requestAll();
        } else {
          sources.add(source);
          ask(source);
        }
      };
      exchange._onData = (block, bytes, total) => {
        if (sources.has(source)) take(source, block, bytes);
        else takeAlone(block, bytes, total);
      };
      wire.once('close', () => leave(source));
    },
  };

  function leave(source: Source): void {
    if (!sources.delete(source)) return;
    source.open.clear();
    for (const other of sources) ask(other);
  }
}
