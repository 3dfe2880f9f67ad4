/** The addresses of this machine. */

import { networkInterfaces } from 'node:os';
import { expect, it } from 'vitest';
import { createOwnAddresses } from '../../../host/platform/own-addresses.ts';

it('are those of its interfaces; one is public, or none can be told', () => {
  const real = createOwnAddresses(Date.now);
  expect([real.has('127.0.0.1'), real.has('192.0.2.1')]).toEqual([true, false]);

  const [loopback] = networkInterfaces().lo ?? Object.values(networkInterfaces()).flat();
  const addresses = ['127.0.0.1', '10.0.0.4'];
  let now = 0;
  const own = createOwnAddresses(
    () => now,
    () => ({ lan: addresses.map(address => ({ ...loopback!, family: 'IPv4', address })) }),
  );
  expect([own.has('10.0.0.4'), own.onlyPublic()]).toEqual([true, undefined]);
  addresses.push('8.8.4.4');
  now += 60_000;
  expect([own.has('8.8.4.4'), own.onlyPublic()]).toEqual([true, '8.8.4.4']);
  addresses.push('8.8.8.8');
  now += 60_000;
  expect(own.onlyPublic()).toBeUndefined();
});
