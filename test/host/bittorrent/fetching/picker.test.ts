/** Which block a peer is asked for next. */

import { describe, expect, it } from 'vitest';
import { createPicker, type Line, type Pick, type WantedPieces } from '../../../../host/bittorrent/fetching/picker.ts';

const BLOCK = 16_384;
type Wire = Line['wire'];
type Torrent = Parameters<typeof createPicker>[0]['torrent'];

interface PeerSays {
  /** ms it takes for a block; none: it has sent nothing yet */
  blockMs?: number;
  has?: (piece: number) => boolean;
  choking?: boolean;
  allowed?: number[];
  seeder?: boolean;
}

/** Pieces of four blocks; the last has two. */
function stand({ pieces = 64, here = [] as number[], wanted = undefined as WantedPieces | undefined } = {}) {
  const have = new Set(here);
  const wires: Wire[] = [];
  const lines = new Map<Wire, Line>();
  const clock = { now: 0 };
  const torrent = {
    ready: true,
    bitfield: { get: (piece: number) => have.has(piece) },
    pieces: new Array(pieces).fill({}),
    pieceLength: 4 * BLOCK,
    lastPieceLength: 2 * BLOCK,
    wires,
  } as unknown as Torrent;
  const picker = createPicker({
    torrent,
    range: { first: 0, last: pieces - 1 },
    now: () => clock.now,
    take: length => new Uint8Array(length),
    lineOf: wire => lines.get(wire)!,
    ...(wanted && { wanted }),
  });

  function peer({ blockMs, has = () => true, choking = false, allowed = [], seeder = true }: PeerSays = {}): Line {
    const wire = {
      type: 'tcpOutgoing',
      peerPieces: { get: has },
      peerChoking: choking,
      peerAllowedFastSet: allowed,
      isSeeder: seeder,
      requests: [],
    } as unknown as Wire;
    const expectedMs = (outstanding: number) =>
      blockMs === undefined ? Number.POSITIVE_INFINITY : (outstanding + 1) * blockMs;
    const line = { wire, current: undefined, pipeline: { depth: () => 100, arrived() {}, expectedMs } };
    wires.push(wire);
    lines.set(wire, line);
    return line;
  }

  /** What it is asked for, one after the other, as `piece.block`. */
  function ask(line: Line, count: number): string[] {
    const picks: Pick[] = [];
    for (let pick = picker.next(line); pick && picks.length < count; ) {
      line.wire.requests.push({});
      const outstanding = line.wire.requests.length;
      pick.flight.ask({ ...pick, wire: line.wire, count: 1, at: clock.now, outstanding, afterCancelled: false });
      picks.push(pick);
      if (picks.length < count) pick = picker.next(line);
    }
    return picks.map(({ flight, block }) => `${flight.piece}.${block}`);
  }

  return { picker, peer, ask, have, clock };
}

describe('without a reader', () => {
  it('a seeder is asked from the beginning, block by block, for what is not here', () => {
    const { peer, ask } = stand({ here: [0, 2] });
    expect(ask(peer(), 6)).toEqual(['1.0', '1.1', '1.2', '1.3', '3.0', '3.1']);
  });

  it('the last piece ends where the file ends', () => {
    const { peer, ask } = stand({ pieces: 2, here: [0] });
    expect(ask(peer(), 9)).toEqual(['1.0', '1.1']);
  });

  it('a piece that has begun is finished before another begins', () => {
    const { peer, ask } = stand();
    const [one, other] = [peer(), peer()];
    ask(one, 1);
    expect(ask(other, 4)).toEqual(['0.1', '0.2', '0.3', '1.0']);
  });

  it('where others fetch too, the rarest comes first', () => {
    const { peer, ask } = stand({ pieces: 8 });
    const seeder = peer();
    peer({ seeder: false, has: piece => piece !== 5 });
    expect(ask(seeder, 4)).toEqual(['5.0', '5.1', '5.2', '5.3']);
  });

  it('a peer is asked for what it has, and while it chokes for what it gives all the same', () => {
    const { peer, ask } = stand();
    expect(ask(peer({ has: piece => piece === 9 }), 9)).toEqual(['9.0', '9.1', '9.2', '9.3']);
    expect(ask(peer({ choking: true, allowed: [3] }), 9)).toEqual(['3.0', '3.1', '3.2', '3.3']);
    expect(ask(peer({ choking: true }), 9)).toEqual([]);
  });

  it('what a slow peer owes at the end is asked of a fast one, and of no third', () => {
    const { peer, ask } = stand({ pieces: 1 });
    const [slow, fast, third] = [peer({ blockMs: 5000 }), peer({ blockMs: 5 }), peer({ blockMs: 5 })];
    expect(ask(slow, 9)).toEqual(['0.0', '0.1']);
    expect(ask(fast, 9)).toEqual(['0.0', '0.1']);
    expect(ask(third, 9)).toEqual([]);
  });

  it('what comes about as soon from the one that was asked is asked of no other', () => {
    const { peer, ask } = stand({ pieces: 1 });
    ask(peer({ blockMs: 20 }), 9);
    expect(ask(peer({ blockMs: 15 }), 9)).toEqual([]);
  });
});

describe('with readers', () => {
  it('the pieces of a reader come first, and then those behind them', () => {
    const { picker, peer, ask } = stand();
    picker.focus([{ first: 20, last: 20 }]);
    expect(ask(peer(), 5)).toEqual(['20.0', '20.1', '20.2', '20.3', '21.0']);
  });

  it('several share fairly, whatever the others ask for', () => {
    const { picker, peer, ask } = stand();
    picker.focus([
      { first: 10, last: 30 },
      { first: 40, last: 41 },
      { first: 50, last: 60 },
    ]);
    const asked = ask(peer(), 24).map(each => Math.floor(Number.parseFloat(each) / 10) * 10);
    const share = (reader: number) => asked.filter(piece => piece === reader).length;
    expect([share(10), share(40), share(50)]).toEqual([8, 8, 8]);
  });

  it('two at the same place do not have it asked for twice', () => {
    const { picker, peer, ask } = stand();
    picker.focus([
      { first: 10, last: 11 },
      { first: 10, last: 12 },
    ]);
    const asked = ask(peer(), 12);
    expect(new Set(asked).size).toBe(12);
    expect(asked.every(each => Number.parseFloat(each) < 13)).toBe(true);
  });

  it('is urgent until their pieces are here', () => {
    const { picker, have } = stand();
    picker.focus([{ first: 3, last: 4 }]);
    expect(picker.urgent).toBe(true);
    have.add(3).add(4);
    expect(picker.urgent).toBe(false);
  });

  it('what the first of its pieces lacks is asked of a fast peer as well', () => {
    const { picker, peer, ask } = stand();
    picker.focus([{ first: 10, last: 11 }]);
    ask(peer({ blockMs: 2000 }), 2);
    expect(ask(peer({ blockMs: 5 }), 2)).toEqual(['10.0', '10.1']);
  });

  it('a jump is told from reading on', () => {
    const { picker, have } = stand();
    expect(picker.focus([{ first: 10, last: 14 }])).toBe(true);
    have.add(10);
    expect(picker.focus([{ first: 11, last: 15 }])).toBe(false);
    expect(picker.focus([{ first: 40, last: 44 }])).toBe(true);
    expect(
      picker.focus([
        { first: 40, last: 44 },
        { first: 5, last: 9 },
      ]),
    ).toBe(true);
    // One of two has left, and what it waited for is wanted no more.
    expect(picker.focus([{ first: 5, last: 9 }])).toBe(true);
  });

  it('one who leaves may be back at another place within a moment', () => {
    const { picker, clock } = stand();
    expect(picker.mayJump).toBe(false);
    picker.focus([{ first: 10, last: 14 }]);
    expect(picker.mayJump).toBe(true);
    picker.focus([]);
    clock.now += 1_000;
    picker.focus([]);
    expect(picker.mayJump).toBe(true);
    clock.now += 1_500;
    expect(picker.mayJump).toBe(false);
  });
});

it('one that gives whole pieces is asked for those of which nobody was asked', () => {
  const { picker, peer, ask } = stand();
  ask(peer(), 6);
  expect(picker.untouched(peer())?.piece).toBe(2);
  picker.focus([{ first: 1, last: 9 }]);
  expect(picker.untouched(peer())?.piece).toBe(2);
});

it('what is not wanted is begun for readers only, and who has nothing else is of no use', () => {
  const wanted = { has: (piece: number) => piece >= 2 && piece <= 3, sequential: false, high: [] };
  const { picker, peer, ask } = stand({ here: [2], wanted });
  const other = peer({ has: piece => piece === 9 });
  expect(ask(peer(), 9)).toEqual(['3.0', '3.1', '3.2', '3.3']);
  expect(picker.isOfUse(other.wire)).toBe(false);
  picker.focus([{ first: 9, last: 9 }]);
  expect(picker.isOfUse(other.wire)).toBe(true);
  expect(ask(other, 9)).toEqual(['9.0', '9.1', '9.2', '9.3']);
});

it('what is to come first is begun first, as far as a peer has it', () => {
  const high = [
    { first: 6, last: 7 },
    { first: 2, last: 2 },
  ];
  const { peer, ask } = stand({ here: [6], wanted: { has: () => true, sequential: true, high } });
  expect(ask(peer({ has: piece => piece !== 7 }), 5)).toEqual(['2.0', '2.1', '2.2', '2.3', '0.0']);
  expect(ask(peer(), 8).slice(3)).toEqual(['7.0', '7.1', '7.2', '7.3', '1.0']);
});

it('in sequence the first comes first, whoever else fetches', () => {
  const { peer, ask } = stand({ pieces: 8, wanted: { has: () => true, sequential: true, high: [] } });
  const seeder = peer();
  peer({ seeder: false, has: piece => piece !== 5 });
  expect(ask(seeder, 5)).toEqual(['0.0', '0.1', '0.2', '0.3', '1.0']);
});

it('of begun pieces that nobody is asked for any more only as many are kept as may be', () => {
  const { picker, peer, ask } = stand({ pieces: 8 });
  ask(peer(), 5 * 4 + 1);
  for (const flight of picker.flights.values()) {
    flight.put(0, new Uint8Array(BLOCK), undefined);
    // Of the fourth and the last all is still on its way.
    if ([3, 5].includes(flight.piece)) continue;
    for (let block = 0; block < 4; block++) for (const asked of [...flight.askedOf(block)]) flight.release(asked);
  }
  picker.dropStalled(6 * 4 * BLOCK);
  expect([...picker.flights.keys()]).toEqual([0, 1, 2, 3, 4, 5]);
  picker.dropStalled(2 * 4 * BLOCK);
  expect([...picker.flights.keys()]).toEqual([2, 3, 4, 5]);
});
