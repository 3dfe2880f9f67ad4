/** Requests that were cancelled have one answer each, which is not that of a later request of the same block. */

import { describe, expect, it } from 'vitest';
import { createTakenBack } from '../../../../host/bittorrent/peers/taken-back.ts';

const LENGTH = 16_384;
type Wire = Parameters<typeof createTakenBack>[0];

/** A wire as WebTorrent's: an answer goes to the oldest request of its block. */
function stand({ hasFast = true } = {}) {
  const requests: { piece: number; offset: number; length: number }[] = [];
  const said: string[] = [];
  const late: string[] = [];
  const pull = (piece: number, offset: number) => {
    const at = requests.findIndex(each => each.piece === piece && each.offset === offset);
    if (at < 0) return false;
    requests.splice(at, 1);
    return true;
  };
  const wire = {
    hasFast,
    requests,
    cancel(piece: number, offset: number) {
      pull(piece, offset);
      said.push(`cancel ${piece}/${offset}`);
    },
    _onReject(piece: number, offset: number) {
      if (pull(piece, offset)) said.push(`rejected ${piece}/${offset}`);
    },
    _onPiece(piece: number, offset: number) {
      if (pull(piece, offset)) said.push(`came ${piece}/${offset}`);
    },
  } as unknown as Wire;
  const clock = { now: 0 };
  const takenBack = createTakenBack(
    wire,
    () => clock.now,
    (piece, offset) => late.push(`${piece}/${offset}`),
  );
  return {
    clock,
    takenBack,
    wire,
    said,
    late,
    ask: () => requests.push({ piece: 7, offset: 0, length: LENGTH }),
    cancel: () => takenBack.cancel(7, 0, LENGTH),
    reject: () => wire._onReject(7, 0, LENGTH),
    give: () => wire._onPiece(7, 0, new Uint8Array(LENGTH)),
  };
}

describe('a block that was cancelled and asked for again', () => {
  it('is still on its way when the first request is rejected', () => {
    const { wire, said, ask, cancel, reject, give } = stand();
    ask();
    cancel();
    ask();
    reject();
    expect(wire.requests).toHaveLength(1);
    give();
    expect(said).toEqual(['cancel 7/0', 'came 7/0']);
  });

  it('twice, has two rejections that count for nothing', () => {
    const { wire, ask, cancel, reject } = stand();
    for (let n = 0; n < 2; n++) {
      ask();
      cancel();
    }
    ask();
    reject();
    reject();
    expect(wire.requests).toHaveLength(1);
    reject();
    expect(wire.requests).toHaveLength(0);
  });

  it('is taken when the first request brings it, and the second is cancelled', () => {
    const { said, late, ask, cancel, reject, give } = stand();
    ask();
    cancel();
    ask();
    give();
    expect(said).toEqual(['cancel 7/0', 'came 7/0', 'cancel 7/0']);
    // The answer to the second; a third is asked for, and rejected.
    reject();
    ask();
    reject();
    expect(said.at(-1)).toBe('rejected 7/0');
    expect(late).toEqual([]);
  });
});

it('a block that comes although it was cancelled is told of once', () => {
  const { late, ask, cancel, give } = stand();
  ask();
  cancel();
  give();
  give();
  expect(late).toEqual(['7/0']);
});

it('what is asked for may come after what was cancelled, until that has its answer', () => {
  const { takenBack, ask, cancel, reject } = stand();
  ask();
  expect(takenBack.isDue).toBe(false);
  cancel();
  expect(takenBack.isDue).toBe(true);
  reject();
  expect(takenBack.isDue).toBe(false);
});

it('one that is never answered is not waited for', () => {
  const { clock, takenBack, ask, cancel } = stand();
  ask();
  cancel();
  clock.now = 4_000;
  expect(takenBack.isDue).toBe(true);
  clock.now = 6_000;
  expect(takenBack.isDue).toBe(false);
});

it('a peer that rejects nothing is not waited for', () => {
  const { takenBack, wire, said, ask, cancel, give } = stand({ hasFast: false });
  ask();
  cancel();
  expect(takenBack.isDue).toBe(false);
  ask();
  give();
  expect(wire.requests).toHaveLength(0);
  expect(said).toEqual(['cancel 7/0', 'came 7/0']);
});
