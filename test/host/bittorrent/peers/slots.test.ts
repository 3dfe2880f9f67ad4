/** Upload slots of all torrents together: as many as there are, in turn, and free again when nobody uses them. */

import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createSlots, openShare, type Share, type Slots } from '../../../../host/bittorrent/peers/slots.ts';

/** What of a wire concerns slots. */
class FakeWire extends EventEmitter {
  amChoking = true;
  peerInterested = true;
  destroyed = false;
  /** how often it lost its slot */
  chokes = 0;
  unchoke() {
    this.amChoking = false;
  }
  choke() {
    if (!this.amChoking) this.chokes++;
    this.amChoking = true;
  }
}

/** `shares`: of each peer; all of one torrent where it is left out. */
function stand(count: number | null, peers: number, shares: Share[] = [openShare()]) {
  let round = () => {};
  const slots = createSlots((_, work) => {
    round = work;
    return () => {};
  });
  slots.set(count);
  const wires = Array.from({ length: peers }, () => new FakeWire());
  for (const [at, wire] of wires.entries()) {
    slots.follow(wire as unknown as Parameters<Slots['follow']>[0], shares[at % shares.length]!);
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

  it('stay with who has them while those that wait want nothing', () => {
    const { wires, round, served } = stand(1, 2);
    wires[1]!.peerInterested = false;
    round();
    expect(served()).toBe('10');
    expect(wires[0]!.chokes).toBe(0);
  });

  it('that are not used are given to the next who comes', () => {
    const { wires, served } = stand(1, 2);
    wires[1]!.choke();
    wires[0]!.peerInterested = false;
    wires[0]!.emit('uninterested');
    expect(served()).toBe('10');
    wires[1]!.unchoke();
    expect(served()).toBe('01');
  });

  it('are no more of one torrent than it has, go round by a fifth of them, and leave other torrents alone', () => {
    const [many, few] = [openShare(10), openShare(10)];
    const { round, served } = stand(null, 16, [...Array.from({ length: 13 }, () => many), few, few, few]);
    expect(served()).toBe('1111111111000111');
    round();
    expect(served()).toBe('0011111111110111');
    round();
    expect(served()).toBe('1000111111111111');
  });

  it('of one torrent are taken back and given as its share changes', () => {
    const share = openShare();
    const { slots, served } = stand(null, 3, [share]);
    share.most = 1;
    slots.review();
    expect(served()).toBe('001');
    share.most = null;
    slots.review();
    expect(served()).toBe('111');
  });
});
