/**
 * How the metadata of a magnet comes (BEP 9): each block from one of the peers, and from another once there is nothing else to
 * ask that one for. The library asks each peer for all of them, and the first blocks of the file then wait behind copies.
 */

import { hash } from 'node:crypto';
import type { MetadataExchange, Wire } from 'webtorrent';

const BLOCK_BYTES = 16 * 1024;
/** blocks that a peer is asked for at first; with each that comes it is one more */
const AT_FIRST = 3;
/** ms; who has given nothing for so long is not counted on */
const SLOW_MS = 1_000;

/** A peer that has it. */
interface Source {
  exchange: MetadataExchange;
  everAsked: Set<number>;
  /** of those, what has not come from it; in the order in which it will */
  awaited: Set<number>;
  mayAwait: number;
  /** it rejects, or is silent: what it is asked for others are asked for too */
  isSlow: boolean;
  silence: NodeJS.Timeout | undefined;
}

export interface MetadataBlocks {
  /** Called for each new connection, before its peer says whether it has the metadata. */
  follow(wire: Pick<Wire, 'ut_metadata' | 'once'>): void;
}

export function shareMetadataBlocks(infoHash: string): MetadataBlocks {
  const sources = new Set<Source>();
  const blocks = new Map<number, Uint8Array>();
  /** bytes, as the first source says; one that says otherwise is asked for all of what it has */
  let size = 0;
  /** What came from several was not what the info hash names: from then on a liar spoils only what it gives itself. */
  let apart = false;
  let isKnown = false;

  const count = () => Math.ceil(size / BLOCK_BYTES);
  const lengthOf = (block: number) => Math.min(BLOCK_BYTES, size - block * BLOCK_BYTES);

  function ask(source: Source): void {
    const { exchange, everAsked, awaited } = source;
    while (!source.isSlow && exchange._fetching && awaited.size < source.mayAwait) {
      const block = nextFor(source);
      if (block === undefined) return;
      everAsked.add(block);
      awaited.add(block);
      if (awaited.size === 1) listenFor(source);
      exchange._request(block);
    }
  }

  function listenFor(source: Source): void {
    clearTimeout(source.silence);
    source.silence = setTimeout(slow, SLOW_MS, source).unref();
  }

  function slow(source: Source): void {
    if (source.isSlow || source.awaited.size === 0) return;
    source.isSlow = true;
    for (const other of sources) ask(other);
  }

  /** What nobody is counted on for; else, for one that owes nothing, what comes last from those who are. */
  function nextFor({ everAsked, awaited }: Source): number | undefined {
    const expected = blocksBefore();
    let last: { block: number; before: number } | undefined;
    for (let block = 0; block < count(); block++) {
      if (blocks.has(block) || everAsked.has(block)) continue;
      const before = expected.get(block);
      if (before === undefined) return block;
      if (!last || before > last.before) last = { block, before };
    }
    return awaited.size === 0 ? last?.block : undefined;
  }

  /** Of each block that is counted on: how many others come before it, from whoever gives it soonest. */
  function blocksBefore(): Map<number, number> {
    const before = new Map<number, number>();
    for (const { awaited, isSlow } of sources) {
      if (isSlow) continue;
      for (const [place, block] of [...awaited].entries()) {
        before.set(block, Math.min(place, before.get(block) ?? place));
      }
    }
    return before;
  }

  function take(source: Source, block: number, bytes: Uint8Array): void {
    if (!source.awaited.delete(block)) return;
    source.mayAwait++;
    source.isSlow = false;
    listenFor(source);
    // The connection uses its bytes again.
    if (bytes.length === lengthOf(block)) blocks.set(block, Uint8Array.from(bytes));
    if (blocks.size === count()) finish(source);
    else ask(source);
  }

  function finish({ exchange }: Source): void {
    const whole = Buffer.concat(Array.from({ length: count() }, (_, block) => blocks.get(block)!));
    const all = [...sources];
    for (const each of all) forget(each);
    isKnown = hash('sha1', whole) === infoHash;
    apart = !isKnown;
    if (isKnown) void exchange.setMetadata(whole);
    else for (const each of all) each.exchange._requestPieces();
  }

  /** It has it, or says so again: what it did not give then it may give now. */
  function join(source: Source): void {
    size ||= source.exchange._metadataSize ?? 0;
    source.everAsked.clear();
    source.awaited.clear();
    source.isSlow = false;
    sources.add(source);
    ask(source);
  }

  function forget(source: Source): void {
    clearTimeout(source.silence);
    source.awaited.clear();
    if (!sources.delete(source) || sources.size > 0) return;
    size = 0;
    blocks.clear();
  }

  function leave(source: Source): void {
    forget(source);
    for (const other of sources) ask(other);
  }

  return {
    follow(wire) {
      const exchange = wire.ut_metadata;
      if (!exchange || isKnown) return;
      const source: Source = {
        ...{ exchange, everAsked: new Set(), awaited: new Set(), mayAwait: AT_FIRST },
        ...{ isSlow: false, silence: undefined },
      };
      const requestAll = exchange._requestPieces.bind(exchange);
      const takeAlone = exchange._onData.bind(exchange);
      const askAgain = exchange._onReject.bind(exchange);
      const mayShare = () => !apart && (size === 0 || exchange._metadataSize === size);

      exchange._requestPieces = () => {
        if (!exchange._fetching) return;
        if (mayShare()) return join(source);
        leave(source);
        requestAll();
      };
      exchange._onData = (block, bytes, total) => {
        // The library tells the others a little later that it is known.
        if (isKnown || !exchange._fetching) return;
        if (sources.has(source)) take(source, block, bytes);
        else takeAlone(block, bytes, total);
      };
      exchange._onReject = block => {
        askAgain(block);
        slow(source);
      };
      wire.once('close', () => leave(source));
    },
  };
}
