/** A piece on its way, block by block. */

import { expect, it } from 'vitest';
import { type Asked, createFlight, type Flight } from '../../../../host/bittorrent/fetching/flight.ts';

const BLOCK = 16_384;
const take = (length: number) => new Uint8Array(length);

function ask(flight: Flight, block: number, count = 1): Asked {
  const asked = { flight, wire: {} as Asked['wire'], block, count, at: 0, outstanding: 1, afterCancelled: false };
  flight.ask(asked);
  return asked;
}

it('gives each block out once, and again when the request for it is released', () => {
  const flight = createFlight(7, 3 * BLOCK, take);
  const asked = [0, 1, 2].map(() => ask(flight, flight.free()!));
  expect(asked.map(({ block }) => block)).toEqual([0, 1, 2]);
  expect(flight.hasFree()).toBe(false);
  flight.release(asked[1]!);
  expect(flight.free()).toBe(1);
});

it('is not free again while another request may bring the block, nor once it is here', () => {
  const flight = createFlight(0, 2 * BLOCK, take);
  const [first, second] = [ask(flight, 0), ask(flight, 0)];
  flight.release(first);
  expect(flight.free()).toBe(1);
  flight.put(0, new Uint8Array(BLOCK), '192.0.2.1');
  flight.release(second);
  expect(flight.free()).toBe(1);
});

it('is whole with its last block, in order, and names those who sent it; a second copy changes nothing', () => {
  const flight = createFlight(0, BLOCK + 5, take);
  expect(flight.lengthOf(0, 2)).toBe(BLOCK + 5);
  const block = (length: number, value: number) => new Uint8Array(length).fill(value);
  const read = block(5, 2);
  expect(flight.put(1, read, '192.0.2.2')).toBe(true);
  read.fill(7);
  expect(flight.whole()).toBeUndefined();
  expect(flight.put(1, block(5, 9), '192.0.2.3')).toBe(false);
  flight.put(0, block(BLOCK, 1), '192.0.2.1');
  expect(flight.whole()).toEqual(Uint8Array.of(...block(BLOCK, 1), 2, 2, 2, 2, 2));
  expect([...flight.senders]).toEqual(['192.0.2.2', '192.0.2.1']);
});

it('is stalled while some of it is here, and nobody is asked for the rest', () => {
  const flight = createFlight(0, 2 * BLOCK, take);
  const asked = ask(flight, 1);
  expect(flight.stalled).toBe(false);
  flight.put(0, new Uint8Array(BLOCK), '192.0.2.1');
  expect(flight.stalled).toBe(false);
  flight.release(asked);
  expect(flight.stalled).toBe(true);
  flight.put(1, new Uint8Array(BLOCK), '192.0.2.1');
  expect(flight.stalled).toBe(false);
});

it('is untouched until a block is asked for, and again when all of it was taken back', () => {
  const flight = createFlight(0, 4 * BLOCK, take);
  expect(flight.untouched).toBe(true);
  const asked = ask(flight, 0, 4);
  expect(flight.untouched).toBe(false);
  flight.release(asked);
  expect(flight.untouched).toBe(true);
});
