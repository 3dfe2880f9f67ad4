import { createHash, randomBytes } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type MetadataBlocks, shareMetadataBlocks } from '../../../../host/bittorrent/fetching/metadata-blocks.ts';

const BLOCK = 16 * 1024;
/** five blocks, the last one short */
const METADATA = randomBytes(4 * BLOCK + 1000);
const INFO_HASH = createHash('sha1').update(METADATA).digest('hex');

type Wire = Parameters<MetadataBlocks['follow']>[0];
type MetadataExchange = NonNullable<Wire['ut_metadata']>;

/** A peer that answers when it is told to, with the library's part of the exchange. */
interface Peer {
  /** blocks that it was asked for, in order */
  asked: number[];
  /** how often the library asked it for everything, and what it then took from it */
  alone: { asked: number; took: number[]; rejected: number[] };
  /** what came of it all */
  known: Uint8Array[];
  says(size: number): void;
  gives(block: number, bytes?: Uint8Array): void;
  rejects(block: number): void;
  /** The library was told by somebody else. */
  knows(): void;
  goes(): void;
}

function peerOf(shared: MetadataBlocks): Peer {
  const wire = new EventEmitter();
  const peer: Pick<Peer, 'asked' | 'alone' | 'known'> = {
    asked: [],
    alone: { asked: 0, took: [], rejected: [] },
    known: [],
  };
  const exchange = {
    _metadataSize: null as number | null,
    _fetching: true,
    async setMetadata(metadata: Uint8Array) {
      peer.known.push(metadata);
      return true;
    },
    _request: (block: number) => void peer.asked.push(block),
    _requestPieces: () => void peer.alone.asked++,
    _onData: (block: number) => void peer.alone.took.push(block),
    _onReject: (block: number) => void peer.alone.rejected.push(block),
  };
  const given: MetadataExchange = exchange;
  shared.follow(Object.assign(wire, { ut_metadata: given }));
  return {
    ...peer,
    says(size) {
      exchange._metadataSize = size;
      exchange._requestPieces();
    },
    gives: (block, bytes = bytesOf(block)) => given._onData(block, bytes, METADATA.length),
    rejects: block => given._onReject(block),
    knows() {
      exchange._fetching = false;
    },
    goes: () => void wire.emit('close'),
  };
}

const bytesOf = (block: number) => METADATA.subarray(block * BLOCK, (block + 1) * BLOCK);

function peers(count: number): Peer[] {
  const shared = shareMetadataBlocks(INFO_HASH);
  return Array.from({ length: count }, () => peerOf(shared));
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe('the metadata of a magnet', () => {
  it('of one peer is asked for a few blocks ahead of what came', () => {
    const [only] = peers(1) as [Peer];
    only.says(METADATA.length);
    expect(only.asked).toEqual([0, 1, 2]);
    only.gives(0);
    expect(only.asked).toEqual([0, 1, 2, 3, 4]);
    for (const block of [1, 2, 3, 4]) only.gives(block);
    expect(only.known).toEqual([METADATA]);
    expect(only.asked).toEqual([0, 1, 2, 3, 4]);
  });

  it('of several comes from all of them, and what comes last is asked of one more that has nothing else to do', () => {
    const [a, b, c] = peers(3) as [Peer, Peer, Peer];
    for (const each of [a, b, c]) each.says(METADATA.length);
    expect([a.asked, b.asked, c.asked]).toEqual([[0, 1, 2], [3, 4], [2]]);
    for (const each of [a, b, c]) each.gives(each.asked[0]!);
    // Of the two that are left each is the next to come from one; who owes nothing is asked for one of them.
    expect([a.asked, b.asked, c.asked]).toEqual([
      [0, 1, 2],
      [3, 4],
      [2, 1],
    ]);
    b.gives(4);
    a.gives(1);
    expect([a, b, c].flatMap(({ known }) => known)).toEqual([METADATA]);
    a.gives(2);
    c.gives(1);
    expect([a, b, c].flatMap(({ known }) => known)).toHaveLength(1);
  });

  it('does not wait for one that is silent, nor for one that went', () => {
    const [mute, gone, last] = peers(3) as [Peer, Peer, Peer];
    for (const each of [mute, gone]) each.says(METADATA.length);
    expect([mute.asked, gone.asked]).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
    gone.goes();
    last.says(METADATA.length);
    for (let at = 0; at < last.asked.length; at++) last.gives(last.asked[at]!);
    expect(last.asked.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(last.asked.slice(0, 2)).toEqual([3, 4]);
    expect(last.known).toEqual([METADATA]);
  });

  it('is asked of others too where one that was asked gives nothing for a second, or rejects it', () => {
    const [mute, other, third] = peers(3) as [Peer, Peer, Peer];
    mute.says(METADATA.length);
    other.says(METADATA.length);
    other.gives(3);
    vi.advanceTimersByTime(999);
    expect(other.asked).toEqual([3, 4]);
    other.gives(4);
    expect(other.asked).toEqual([3, 4, 2]);
    vi.advanceTimersByTime(1);
    expect(other.asked).toEqual([3, 4, 2, 0, 1]);
    third.says(METADATA.length);
    expect(third.asked).toEqual([1]);
    other.rejects(0);
    expect([other.alone.rejected, third.asked]).toEqual([[0], [1, 0, 2]]);
    for (const block of [0, 1, 2]) third.gives(block);
    expect(third.known).toEqual([METADATA]);
  });

  it('is asked for again of one that says once more that it has it', () => {
    const [only] = peers(1) as [Peer];
    only.says(METADATA.length);
    for (const block of [0, 1, 2]) only.rejects(block);
    expect(only.alone.rejected).toEqual([0, 1, 2]);
    only.says(METADATA.length);
    expect(only.asked).toEqual([0, 1, 2, 0, 1, 2]);
    for (let at = 3; at < only.asked.length; at++) only.gives(only.asked[at]!);
    expect(only.known).toEqual([METADATA]);
  });

  it('is asked of nobody any more once it is known', () => {
    const [first, slow, late] = peers(3) as [Peer, Peer, Peer];
    for (const each of [first, slow]) each.says(METADATA.length);
    for (const each of [first, slow, late]) each.knows();
    first.gives(0);
    vi.advanceTimersByTime(5_000);
    late.says(METADATA.length);
    slow.gives(3);
    expect([first.asked, slow.asked, late.asked]).toEqual([[0, 1, 2], [3, 4], []]);
    expect([first, slow, late].flatMap(({ alone }) => [alone.asked, ...alone.took])).toEqual([0, 0, 0]);
  });

  it('is shared out again when the one that said another size has gone', () => {
    const [liar, honest, other] = peers(3) as [Peer, Peer, Peer];
    liar.says(99);
    liar.goes();
    for (const each of [honest, other]) each.says(METADATA.length);
    expect([honest.asked, other.asked]).toEqual([
      [0, 1, 2],
      [3, 4],
    ]);
  });

  it('that is wrong when it came from several is asked of each by itself', () => {
    const [liar, honest] = peers(2) as [Peer, Peer];
    for (const each of [liar, honest]) each.says(METADATA.length);
    for (const block of [0, 1, 2]) liar.gives(block, new Uint8Array(BLOCK));
    for (const block of [3, 4]) honest.gives(block);
    expect([liar.alone.asked, honest.alone.asked]).toEqual([1, 1]);
    honest.gives(0);
    expect(honest.alone.took).toEqual([0]);
    expect([liar, honest].flatMap(({ known }) => known)).toEqual([]);
  });

  it('is taken as the library does it from one that says another size, then or later', () => {
    const [liar, honest, turncoat] = peers(3) as [Peer, Peer, Peer];
    liar.says(99);
    honest.says(METADATA.length);
    expect([honest.alone.asked, honest.asked]).toEqual([1, []]);
    honest.gives(0);
    expect(honest.alone.took).toEqual([0]);
    turncoat.says(99);
    turncoat.says(METADATA.length);
    turncoat.gives(0);
    expect(turncoat.alone).toMatchObject({ asked: 1, took: [0] });
  });

  it('takes no block that was not asked for, or is of another length', () => {
    const [one, other] = peers(2) as [Peer, Peer];
    one.says(METADATA.length);
    one.gives(4);
    one.gives(-1);
    one.gives(1, bytesOf(1).subarray(1));
    other.says(METADATA.length);
    for (let at = 0; at < other.asked.length; at++) other.gives(other.asked[at]!);
    expect(other.asked.toSorted()).toEqual([0, 1, 2, 3, 4]);
    expect(other.known).toEqual([METADATA]);
  });
});
