/** Upload slots of all torrents together: as many as there are, in turn, and free again when nobody uses them. */

import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createSlots, type Slots } from '../../../../host/bittorrent/peers/slots.ts';

/** What of a wire concerns slots. */
class FakeWire extends EventEmitter {
  amChoking = true;
  peerInterested = true;
  destroyed = false;
  unchoke() {
    this.amChoking = false;
  }
  choke() {
    this.amChoking = true;
  }
}

function stand(count: number, peers: number) {
  let round = () => {};
  const slots = createSlots((_, work) => {
    round = work;
    return () => {};
  });
  slots.set(count);
  const wires = Array.from({ length: peers }, () => new FakeWire());
  for (const wire of wires) {
    slots.follow(wire as unknown as Parameters<Slots['follow']>[0]);
    wire.unchoke();
  }
  return { slots, wires, round: () => round(), served: () => wires.map(wire => Number(!wire.amChoking)).join('') };
}

describe('upload slots', () => {
  it('are no more than were set, and go round while others wait', () => {
    const { round, served } = stand(2, 4);
    expect(served()).toBe('1100');
    round();
    expect(served()).toBe('0110');
    round();
    expect(served()).toBe('0011');
    round();
    expect(served()).toBe('1001');
  });

  it('stay with who has them while nobody waits', () => {
    const { round, served } = stand(3, 3);
    round();
    expect(served()).toBe('111');
  });

  it('are free for the next when one leaves, is choked, or wants nothing more', () => {
    const { wires, served } = stand(1, 4);
    wires[0]!.destroyed = true;
    wires[0]!.emit('close');
    expect(served()).toBe('1100'); // the first is gone, whatever it last was
    wires[1]!.choke();
    expect(served()).toBe('1010');
    wires[2]!.peerInterested = false;
    wires[2]!.emit('uninterested');
    expect(served()).toBe('1001');
  });

  it('are taken back when they become fewer, and given when they become more', () => {
    const { slots, served } = stand(3, 4);
    slots.set(1);
    expect(served()).toBe('0010');
    expect(slots.taken).toBe(1);
    slots.set(null);
    expect(served()).toBe('1111');
  });
});
