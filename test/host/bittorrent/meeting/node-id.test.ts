/** Node ids that fit an address: the vectors of BEP 42. */

import { expect, it } from 'vitest';
import { nodeIdFor } from '../../../../host/bittorrent/meeting/node-id.ts';

it.each([
  ['124.31.75.21', 1, '5fbfbf'],
  ['21.75.31.124', 86, '5a3ce9'],
  ['65.23.51.170', 22, 'a5d432'],
  ['84.124.73.14', 65, '1b0321'],
  ['43.213.53.83', 90, 'e56f6c'],
  ['::ffff:43.213.53.83', 90, 'e56f6c'],
])('%s with %i begins with %s', (address, last, start) => {
  const random = new Uint8Array(20).fill(last);
  const id = Buffer.from(nodeIdFor(address, random));
  // 21 bits of it; the other three of the third byte are anybody's.
  expect(id.readUIntBE(0, 3) >> 3).toBe(Number.parseInt(start, 16) >> 3);
  expect(id[19]).toBe(last);
});

it('is another for another IPv6 network, and not for another host of it', () => {
  const random = new Uint8Array(20);
  const start = (address: string) => Buffer.from(nodeIdFor(address, random)).subarray(0, 3).toString('hex');
  expect(start('2001:db8:7:1::1')).toBe(start('2001:db8:7:1::2'));
  expect(start('2001:db8:7:1::1')).not.toBe(start('2001:db9:7:1::1'));
});
