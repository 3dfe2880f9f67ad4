/** The node that stays: it comes back as who it was, finds its way in again, and keeps saying what this home gives. */

import { randomBytes } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { LbryStore } from '../../../../host/core/lbry-store.ts';
import { AGAIN_MS, createAnnouncer } from '../../../../host/lbry/dht/announcer.ts';
import type { Key } from '../../../../host/lbry/dht/id.ts';
import { openLastingNode } from '../../../../host/lbry/dht/lasting.ts';
import { randomKey } from '../../../../host/lbry/dht/node.ts';
import { createOwnKeys } from '../../../../host/lbry/dht/own-keys.ts';
import { openDatabase } from '../../../../host/store/database.ts';
import { createLbryStore } from '../../../../host/store/lbry.ts';
import { createVirtualNetwork, type VirtualNetwork, type VirtualSocket } from '../../../support/virtual-network.ts';

const { signal } = new AbortController();
const MINUTE_MS = 60_000;

function storeOf(): LbryStore {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  return createLbryStore(database);
}
function lasting(network: VirtualNetwork, store: LbryStore, seeds: () => VirtualSocket[]) {
  const socket = network.open();
  const opened = openLastingNode({
    store,
    socket: { ...socket.socket, port: socket.udpPort },
    seeds: async () => seeds(),
    timers: network.timers,
    now: network.now,
    mayContact: () => true,
    ownPeer: () => undefined,
  });
  onTestFinished(() => opened.close());
  return { ...opened, ...socket };
}
function addStream(store: LbryStore): { sdHash: Key; head: Key } {
  const [sdHash, head] = [randomKey(), randomKey()];
  const row = { sdHash, folder: '/', fileName: 'x', size: 1, stamp: null, uploaded: 0, addedAt: 0 };
  const blobs = [
    { hash: head, length: 16 },
    { hash: randomKey(), length: 16 },
  ];
  const given = { complete: true, stopped: false, eager: true, seedingSince: null, uploadedBefore: 0, ended: false };
  store.add({ ...row, ...given, origin: 'offered' }, randomBytes(10), blobs, true);
  return { sdHash, head };
}
async function whoGives(network: VirtualNetwork, key: Key): Promise<string[]> {
  const reader = network.add();
  const found: string[] = [];
  const look = async () => {
    await reader.node.join([{ address: '10.0.0.1', udpPort: 4444 }], signal);
    for await (const { address, tcpPort } of reader.node.findPeers(key, signal)) found.push(`${address}:${tcpPort}`);
    reader.node.close();
    reader.vanish();
  };
  await network.run(look());
  return found;
}

describe('a lasting node', () => {
  it('is the same after a restart, and enters by those it knew', async () => {
    const network = createVirtualNetwork();
    const others = Array.from({ length: 12 }, () => network.add());
    for (const { node } of others.slice(1)) await network.run(node.join([others[0]!], signal));
    await network.pass(302_000); // by then each knows who joined by it
    const store = storeOf();
    const first = lasting(network, store, () => [others[0]!]);
    const key = randomKey();
    const noted = await network.run(first.dht.announce(key.toUpperCase(), 5000, signal));
    expect(noted).toHaveLength(8);
    expect(first.dht.buckets().flat().length).toBeGreaterThanOrEqual(8);
    first.close();
    first.vanish();
    expect(store.contacts().length).toBeGreaterThanOrEqual(8);

    const second = lasting(network, store, () => []);
    expect(second.dht.nodeId).toBe(first.dht.nodeId);
    const look = async () => {
      for await (const peer of second.dht.find(key, signal)) return peer;
      return undefined;
    };
    // Its own announce of before is not told to it.
    expect(await network.run(look())).toBeUndefined();
    expect(second.isIn()).toBe(true);
    expect(await whoGives(network, key)).toEqual([`${first.address}:5000`]);
    await expect(second.dht.announce(key, 80, signal)).rejects.toMatchObject({ code: 'invalid' });
    await expect(second.dht.announce('abc', 5000, signal)).rejects.toMatchObject({ code: 'invalid' });
  });

  it('finds its way in when there is one, and again when all it knew are gone', async () => {
    const network = createVirtualNetwork();
    network.open();
    let seeds: VirtualSocket[] = [];
    const { isIn, dht } = lasting(network, storeOf(), () => seeds);
    await expect(network.run(dht.announce(randomKey(), 5000, signal))).rejects.toMatchObject({ code: 'timeout' });
    const [one, other] = [network.add(), network.add()];
    seeds = [one];
    await network.pass(2 * MINUTE_MS);
    expect(isIn()).toBe(true);
    one.vanish();
    seeds = [other];
    await network.pass(120 * MINUTE_MS);
    expect(dht.buckets().flat()).toMatchObject([{ address: other.address }]);
  });
});

describe('what this home gives', () => {
  it('is announced at once, again twice a day, and not when it is no longer given', async () => {
    const network = createVirtualNetwork();
    const others = Array.from({ length: 3 }, () => network.add());
    for (const { node } of others.slice(1)) await network.run(node.join([others[0]!], signal));
    const store = storeOf();
    const { node, address } = lasting(network, store, () => [others[0]!]);
    await network.pass(1_000);
    const announcer = createAnnouncer({
      ...{ store, node, port: () => 3333, mayAnnounce: () => true, timers: network.timers, now: network.now },
    });
    onTestFinished(() => announcer.close());
    const { sdHash, head } = addStream(store);
    announcer.wake();
    await network.pass(5_000);
    for (const key of [sdHash, head]) expect(await whoGives(network, key)).toEqual([`${address}:3333`]);
    expect(store.countAnnounces(network.now() - AGAIN_MS)).toEqual({ announced: 2, due: 0 });
    // Past the day for which others keep it.
    await network.pass(25 * 60 * MINUTE_MS);
    expect(await whoGives(network, head)).toEqual([`${address}:3333`]);
    store.change(sdHash, { stopped: true });
    expect(store.countAnnounces(network.now() - AGAIN_MS)).toEqual({ announced: 0, due: 0 });
    expect(store.dueAnnounces(network.now(), 10)).toEqual([]);
  });

  it('is also what an application says: two days later, after a restart, and until it is taken back', async () => {
    const network = createVirtualNetwork();
    const other = network.add();
    const store = storeOf();
    const start = () => {
      const there = lasting(network, store, () => [other]);
      const at = { store, node: there.node, port: () => 3333, timers: network.timers, now: network.now };
      const announcer = createAnnouncer({ ...at, mayAnnounce: () => true });
      const keys = createOwnKeys({ ...at, node: there });
      const stop = () => {
        announcer.close();
        there.close();
        there.vanish();
      };
      onTestFinished(stop);
      return { ...there, keys, stop };
    };
    const [named, unnamed] = [randomKey(), randomKey()];
    const first = start();
    const announced = await network.run(first.keys.announce(named.toUpperCase(), 5001, signal));
    expect(announced).toMatchObject({ port: 5001, nodes: [{ address: other.address }] });
    expect(await network.run(first.keys.announce(unnamed, null, signal))).toMatchObject({ port: 3333 });
    await expect(network.run(first.keys.announce(randomKey(), 80, signal))).rejects.toMatchObject({ code: 'invalid' });
    const at = network.now();
    await network.pass(48 * 60 * MINUTE_MS);
    expect(await whoGives(network, named)).toEqual([`${first.address}:5001`]);
    expect(await whoGives(network, unnamed)).toEqual([`${first.address}:3333`]);
    first.stop();

    const second = start();
    expect(second.keys.announced()).toMatchObject([
      { key: named, port: 5001, addedAt: expect.any(Number), announcedAt: expect.any(Number) },
      { key: unnamed, port: 3333 },
    ]);
    expect(second.keys.announced()[0]!.announcedAt).toBeGreaterThan(at);
    expect([second.keys.unannounce(unnamed), second.keys.unannounce(unnamed)]).toEqual([true, false]);
    await network.pass(25 * 60 * MINUTE_MS);
    expect(await whoGives(network, named)).toEqual([`${second.address}:5001`]);
    expect(await whoGives(network, unnamed)).toEqual([]);
    expect(second.keys.announced()).toMatchObject([{ key: named }]);
  });

  it('is not kept where nobody noted it', async () => {
    const network = createVirtualNetwork();
    const there = lasting(network, storeOf(), () => []);
    const store = storeOf();
    const keys = createOwnKeys({ store, node: there, port: () => 3333, now: network.now });
    await expect(network.run(keys.announce(randomKey(), 5001, signal))).rejects.toMatchObject({ code: 'timeout' });
    expect(keys.announced()).toEqual([]);
  });

  it('is announced in turn, so many a minute, and tried again later where nobody noted it', async () => {
    const store = storeOf();
    for (let index = 0; index < 200; index++) addStream(store);
    const network = createVirtualNetwork();
    const asked: { key: Key; at: number }[] = [];
    let isDown = true;
    const contact = { id: randomKey(), address: '10.0.0.9', udpPort: 4444 };
    const announcer = createAnnouncer({
      store,
      node: {
        table: { size: 1 } as never,
        async announce(key) {
          asked.push({ key, at: network.now() });
          return isDown ? [] : [contact];
        },
      },
      ...{ port: () => 3333, mayAnnounce: () => true, timers: network.timers, now: network.now },
    });
    onTestFinished(() => announcer.close());
    await network.pass(1_000);
    expect(asked).toHaveLength(140);
    await network.pass(2 * MINUTE_MS);
    isDown = false;
    await network.pass(10 * MINUTE_MS);
    expect(store.countAnnounces(network.now() - AGAIN_MS)).toEqual({ announced: 400, due: 0 });
    const inOneMinute = asked.map(({ at }) => asked.filter(each => each.at >= at && each.at < at + 59_000).length);
    expect(Math.max(...inOneMinute)).toBeLessThanOrEqual(140);
  });
});
