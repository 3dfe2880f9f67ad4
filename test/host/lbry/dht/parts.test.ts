/** The parts of a node: distances, the table, tokens, what was announced, who is there. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createHealthBook } from '../../../../host/lbry/dht/health.ts';
import { compareDistance, type Key, parseKey } from '../../../../host/lbry/dht/id.ts';
import type { Contact } from '../../../../host/lbry/dht/messages.ts';
import { createPeerStore, EXPIRY_MS } from '../../../../host/lbry/dht/peer-store.ts';
import { createRoutingTable } from '../../../../host/lbry/dht/routing-table.ts';
import { createTokenBook } from '../../../../host/lbry/dht/token-book.ts';
import { createTokens, ROTATION_MS } from '../../../../host/lbry/dht/tokens.ts';

const key = fc.uint8Array({ minLength: 48, maxLength: 48 }).map(bytes => Buffer.from(bytes).toString('hex') as Key);
const number = (key: Key) => BigInt(`0x${key}`);
const randomKey = () => randomBytes(48).toString('hex') as Key;
const contactOf = (id: Key): Contact => ({ id, address: '1.2.3.4', udpPort: 4444 });
const keyOfNumber = (value: bigint) => value.toString(16).padStart(96, '0') as Key;

describe('the distance of keys', () => {
  it('is their XOR as one number', () => {
    fc.assert(
      fc.property(key, key, key, (target, a, b) => {
        const [ofA, ofB] = [number(target) ^ number(a), number(target) ^ number(b)];
        expect(Math.sign(compareDistance(target, a, b))).toBe(ofA < ofB ? -1 : ofA > ofB ? 1 : 0);
      }),
    );
    const same = randomKey();
    expect(compareDistance(randomKey(), same, same)).toBe(0);
  });

  it('is of 96 hexadecimal digits', () => {
    expect(parseKey('A'.repeat(96))).toBe('a'.repeat(96));
    expect(parseKey('a'.repeat(95))).toBeUndefined();
  });
});

describe('the routing table', () => {
  it('finds the nearest of those it holds, whatever comes, and never itself', () => {
    fc.assert(
      fc.property(key, fc.array(key, { maxLength: 200 }), key, (self, ids, target) => {
        const table = createRoutingTable(self);
        for (const id of [...ids, self]) table.add(contactOf(id));
        const held = table
          .buckets()
          .flat()
          .map(({ id }) => id);
        expect(new Set(held).size).toBe(held.length);
        expect(held).not.toContain(self);
        expect(table.size).toBe(held.length);
        for (const bucket of table.buckets()) expect(bucket.length).toBeLessThanOrEqual(8);
        const nearest = [...held]
          .sort((a, b) => ((number(a) ^ number(target)) < (number(b) ^ number(target)) ? -1 : 1))
          .slice(0, 8);
        expect(table.closest(target).map(({ id }) => id)).toEqual(nearest);
        for (const id of held) expect(table.has(id)).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it('holds all of the nearest, and of the far ones a few', () => {
    const self = keyOfNumber(0n);
    const table = createRoutingTable(self);
    const near = Array.from({ length: 8 }, (_, index) => keyOfNumber(BigInt(index + 1)));
    const far = Array.from({ length: 300 }, randomKey);
    for (const id of [...far, ...near]) table.add(contactOf(id));
    expect(table.closest(self).map(({ id }) => id)).toEqual(near);
    expect(table.size).toBeLessThan(100);
  });

  it('names the one that was silent longest where a far bucket is full, and takes the new one when that is gone', () => {
    const table = createRoutingTable(keyOfNumber(0n));
    const half = 1n << 383n;
    // the farthest quarter, after both halves were split
    const far = (value: number) =>
      contactOf(keyOfNumber(half + (half >> 1n) + (half >> 2n) + (half >> 3n) + BigInt(value)));
    for (const id of Array.from({ length: 20 }, (_, index) => keyOfNumber(BigInt(index + 1)))) table.add(contactOf(id));
    const all = Array.from({ length: 8 }, (_, index) => far(index));
    for (const contact of all) expect(table.add(contact)).toBeUndefined();
    const late = far(100);
    let oldest = table.add(late);
    expect(oldest).toBe(all[0]);
    table.add(all[0]!); // it was heard of again
    oldest = table.add(late);
    expect(oldest).toBe(all[1]);
    table.remove(oldest!.id);
    expect(table.add(late)).toBeUndefined();
    expect([table.has(late.id), table.has(all[1]!.id)]).toEqual([true, false]);
  });

  it('knows a node by its id, and forgets where it was', () => {
    const table = createRoutingTable(randomKey());
    const id = randomKey();
    table.add(contactOf(id));
    table.add({ ...contactOf(id), address: '5.6.7.8' });
    expect(table.closest(id)).toEqual([{ id, address: '5.6.7.8', udpPort: 4444 }]);
    expect(table.closest(id, 8, id)).toEqual([]);
  });

  it('has a key in the middle of each bucket', () => {
    const table = createRoutingTable(randomKey());
    for (let count = 0; count < 300; count++) table.add(contactOf(randomKey()));
    expect(table.midpoints().length).toBe(table.buckets().length);
    expect(new Set(table.midpoints()).size).toBe(table.buckets().length);
  });
});

describe('a token', () => {
  it('holds for the address that it was given to, and for one to two rotations', () => {
    let now = ROTATION_MS * 1000;
    const tokens = createTokens(() => now);
    const token = tokens.issue('1.2.3.4');
    expect(token.length).toBe(48);
    expect(tokens.isValid(token, '1.2.3.4')).toBe(true);
    expect(tokens.isValid(token, '1.2.3.5')).toBe(false);
    expect(tokens.isValid(token.slice(1), '1.2.3.4')).toBe(false);
    now += ROTATION_MS;
    expect(tokens.isValid(token, '1.2.3.4')).toBe(true);
    expect(tokens.issue('1.2.3.4')).not.toEqual(token);
    now += ROTATION_MS;
    expect(tokens.isValid(token, '1.2.3.4')).toBe(false);
  });

  it('is forgotten after a long silence, too', () => {
    let now = 0;
    const tokens = createTokens(() => now);
    const token = tokens.issue('1.2.3.4');
    now += 10 * ROTATION_MS;
    expect(tokens.isValid(token, '1.2.3.4')).toBe(false);
  });

  it('of another node is kept for five minutes', () => {
    let now = 0;
    const book = createTokenBook(() => now);
    const contact = contactOf(randomKey());
    book.keep(contact, Buffer.from('token'));
    expect(Buffer.from(book.take(contact)!).toString()).toBe('token');
    now += 300_000;
    expect(book.take(contact)).toBeUndefined();
    book.keep(contact, Buffer.from('token'));
    book.drop(contact);
    expect(book.take(contact)).toBeUndefined();
  });
});

describe('what was announced', () => {
  const peerOf = (id: Key) => ({ id, address: '1.2.3.4', tcpPort: 4444 });

  it('is forgotten after a day, and lasts as long again when it is announced anew', () => {
    let now = 0;
    const store = createPeerStore(() => now);
    const [blob, one, two] = [randomKey(), randomKey(), randomKey()];
    store.add(blob, peerOf(one));
    now += EXPIRY_MS - 1;
    store.add(blob, peerOf(two));
    expect(store.peersOf(blob).map(({ id }) => id)).toEqual([one, two]);
    store.add(blob, { ...peerOf(one), tcpPort: 5555 });
    now += 1_000;
    expect(store.peersOf(blob)).toEqual([peerOf(two), { ...peerOf(one), tcpPort: 5555 }]);
    now += EXPIRY_MS;
    expect(store.peersOf(blob)).toEqual([]);
    expect(store.size).toBe(0);
  });

  it('is bounded, and there is room again when something is forgotten', () => {
    let now = 0;
    const store = createPeerStore(() => now);
    const blob = randomKey();
    const added = Array.from({ length: 600 }, () => store.add(blob, peerOf(randomKey())));
    expect(added.filter(Boolean).length).toBe(500);
    const keys = Array.from({ length: 20_010 }, () => store.add(randomKey(), peerOf(randomKey())));
    expect(keys.filter(Boolean).length).toBe(19_999);
    now += EXPIRY_MS;
    expect(store.add(randomKey(), peerOf(randomKey()))).toBe(true);
    expect(store.size).toBe(1);
  });
});

describe('a node', () => {
  it('is good while it answers, bad at the first silence after that, or at the second where it never did', () => {
    let now = 1_000_000;
    const health = createHealthBook(() => now);
    const [known, stranger] = [contactOf(randomKey()), { ...contactOf(randomKey()), udpPort: 5555 }];
    expect(health.of(known)).toBe('unknown');
    health.answered(known);
    expect(health.of(known)).toBe('good');
    now += 1;
    health.failed(known);
    expect(health.of(known)).toBe('bad');
    now += 1;
    health.answered(known);
    expect(health.of(known)).toBe('good');
    now += 720_000;
    expect(health.of(known)).toBe('unknown');
    health.failed(stranger);
    expect(health.of(stranger)).toBe('unknown');
    health.failed(stranger);
    expect(health.of(stranger)).toBe('bad');
    now += 720_000;
    expect(health.of(stranger)).toBe('unknown');
  });
});
