/** Who is served of real peers: as many as there are slots, all in turn, and none at the cost of the others. */

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  INTERESTED,
  message,
  PIECE,
  type RawPeer,
  REJECT,
  REQUEST,
  rawPeer,
  UNCHOKE,
} from '../../../support/raw-peer.ts';
import { type SeedingHere, seedHere } from '../../../support/seeding-here.ts';
import { someBytes, until } from '../../../support/swarm.ts';

const BLOCK = 16_384;
const PIECE_LENGTH = 256 * 1024;
const FREE = { down: null, up: null, sites: new Map(), limitLan: false, uploadSlots: null };
const file = someBytes(8 * 1024 * 1024);
const BLOCKS = file.bytes.length / BLOCK;

let seed: SeedingHere;
let peers: Member[];
beforeAll(async () => {
  seed = await seedHere(file);
});
beforeEach(() => {
  peers = [];
  seed.slots.set(null);
  seed.meter.set(FREE);
  return async () => {
    for (const { peer } of peers) peer.socket.destroy();
    await until('all to be gone', () => seed.slots.taken === 0);
  };
});
afterAll(() => seed[Symbol.asyncDispose]());

interface Member {
  peer: RawPeer;
  /** blocks that it was given, and refused */
  given: number;
  refused: number;
  ask(count: number): void;
}

/** Peers that want it all; each keeps asking for `ahead` blocks at a time while it may. */
async function join(count: number, ahead: (at: number) => number = () => 0): Promise<Member[]> {
  const joined = await Promise.all(
    Array.from({ length: count }, async (_, at) => {
      const peer = await rawPeer(seed.port, file.infoHash, `-XX0001-${String(peers.length + at).padStart(12, '0')}`);
      let next = 0;
      const member: Member = {
        peer,
        given: 0,
        refused: 0,
        ask(wanted) {
          const asked = Array.from({ length: wanted }, () => {
            const start = (next++ % BLOCKS) * BLOCK;
            return message(REQUEST, [Math.floor(start / PIECE_LENGTH), start % PIECE_LENGTH, BLOCK]);
          });
          peer.send(...asked);
        },
      };
      peer.onMessage(({ type }) => {
        peer.heard.length = 0;
        if (type === REJECT) member.refused++;
        if (type === UNCHOKE && ahead(at) > 0) member.ask(ahead(at));
        if (type !== PIECE) return;
        member.given++;
        if (ahead(at) > 0) member.ask(1);
      });
      return member;
    }),
  );
  peers.push(...joined);
  for (const { peer } of joined) peer.send(message(INTERESTED));
  return joined;
}

/** How many of them are served now: each asks for one block, and is given it or refused. */
async function served(members: Member[]): Promise<number> {
  const before = members.map(({ given, refused }) => ({ given, refused }));
  for (const member of members) member.ask(1);
  await until('each to be answered', () =>
    members.every(({ given, refused }, at) => given + refused > before[at]!.given + before[at]!.refused),
  );
  return members.filter(({ given }, at) => given > before[at]!.given).length;
}

describe('upload slots', () => {
  it('are for so many peers at once, and a change of their number acts at once', async () => {
    seed.slots.set(2);
    const members = await join(4);
    expect(await served(members)).toBe(2);
    seed.slots.set(1);
    expect(await served(members)).toBe(1);
    seed.slots.set(3);
    expect(await served(members)).toBe(3);
    seed.slots.set(0);
    expect(await served(members)).toBe(0);
    seed.slots.set(null);
    expect(await served(members)).toBe(4);
  });

  it('go round, so that each of many peers is served, and no more at once than there are', async () => {
    seed.slots.set(3);
    const members = await join(24);
    expect(await served(members)).toBe(3);
    for (let rounds = 0; rounds < 24; rounds++) {
      seed.round();
      expect(await served(members)).toBe(3);
    }
    expect(members.map(({ given }) => given > 0)).toEqual(members.map(() => true));
  });

  it('of one torrent are 50, and go round too: of 120 peers each is served within some rounds', async () => {
    const members = await join(120);
    // Before the first round, too.
    expect(await served(members)).toBe(50);
    for (let rounds = 0; rounds < 8; rounds++) {
      seed.round();
      expect(await served(members)).toBe(50);
    }
    expect(members.filter(({ given }) => given === 0)).toHaveLength(0);
  });

  it('that are taken back answer all that was asked for, once', async () => {
    const [member] = await join(1);
    await until('it to be unchoked', () => seed.slots.taken === 1);
    expect(await served([member!])).toBe(1);
    seed.meter.set({ ...FREE, up: 0 });
    member!.ask(200);
    await until('them to be heard', () => seed.untaken() > 0);
    seed.slots.set(0);
    seed.slots.set(null);
    member!.ask(200);
    seed.meter.set(FREE);
    await until('an answer to each', () => member!.given + member!.refused >= 401);
    expect(member!.given + member!.refused).toBe(401);
    expect(member!.given).toBeLessThan(300);
  });
});

describe('peers under a limit of the rate', () => {
  it('have like shares of it, also where one asks for more at once than all others together', async () => {
    seed.meter.set({ ...FREE, up: 4_000_000 });
    const all = await join(10, at => (at === 0 ? 1000 : 4));
    await until('8 MB', () => all.reduce((sum, { given }) => sum + given, 0) > 8_000_000 / BLOCK);
    const given = all.map(each => each.given).sort((a, b) => a - b);
    const median = (given[4]! + given[5]!) / 2;
    expect(given[0]).toBeGreaterThanOrEqual(median / 3);
    expect(given.at(-1)).toBeLessThanOrEqual(median * 3);
  });
});
