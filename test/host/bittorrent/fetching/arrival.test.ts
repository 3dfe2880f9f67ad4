import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createArrival, type PieceWindow } from '../../../../host/bittorrent/fetching/arrival.ts';
import { parseInfo } from '../../../../host/bittorrent/metainfo.ts';
import { pieceLengthOf } from '../../../../host/core/canonical.ts';
import { describeFile } from '../../../support/swarm.ts';

const PIECES = 64;
const metainfo = parseInfo(describeFile(Buffer.alloc(PIECES * pieceLengthOf(1))).info);
const file = metainfo.files[0]!;
const from = (piece: number) => ({ start: piece * metainfo.pieceLength, end: file.length });

describe('where readers are', () => {
  beforeEach(() => vi.useFakeTimers());
  afterEach(() => vi.useRealTimers());

  function open() {
    const told: number[][] = [];
    const arrival = createArrival(metainfo, file, (windows: PieceWindow[]) =>
      told.push(windows.map(each => each.first)),
    );
    return { arrival, told };
  }

  it('is told as one jump when a player leaves one place and asks for another', () => {
    const { arrival, told } = open();
    const [before, after] = [Symbol('before'), Symbol('after')];
    arrival.place(before, from(3));
    arrival.place(before, undefined);
    arrival.place(after, from(40));
    vi.runAllTimers();
    expect(told).toEqual([[3], [40]]);
  });

  it('is given up when nobody comes back', () => {
    const { arrival, told } = open();
    const reader = Symbol('reader');
    arrival.place(reader, from(3));
    arrival.place(reader, undefined);
    expect(told).toEqual([[3]]);
    vi.runAllTimers();
    expect(told).toEqual([[3], []]);
  });

  it('is told of the others as soon as one leaves: a player may be at its next place before it left the last', () => {
    const { arrival, told } = open();
    const [one, other] = [Symbol('one'), Symbol('other')];
    arrival.place(one, from(3));
    arrival.place(other, from(40));
    arrival.place(one, undefined);
    expect(told).toEqual([[3], [3, 40], [40]]);
    vi.runAllTimers();
    expect(told).toHaveLength(3);
  });
});
