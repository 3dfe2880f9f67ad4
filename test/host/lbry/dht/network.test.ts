/** Networks of nodes: they find each other, what was announced is found, and those who leave are forgotten. */

import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { DhtValue } from '../../../../host/lbry/dht/bencode.ts';
import { decodeDatagram, encodeDatagram } from '../../../../host/lbry/dht/datagram.ts';
import type { Key } from '../../../../host/lbry/dht/id.ts';
import { type Peer, readFoundValue } from '../../../../host/lbry/dht/messages.ts';
import { createDhtNode, type DhtNode, randomKey } from '../../../../host/lbry/dht/node.ts';
import { createRpc } from '../../../../host/lbry/dht/rpc.ts';
import { ROTATION_MS } from '../../../../host/lbry/dht/tokens.ts';
import { openUdp } from '../../../../host/lbry/dht/udp.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { createVirtualNetwork, type VirtualNetwork, type VirtualNode } from '../../../support/virtual-network.ts';

const { signal } = new AbortController();
const DAY_MS = 86_400_000;
const HOSTILE = 'ab'.repeat(48) as Key;

async function peersOf(node: DhtNode, key: Key): Promise<Peer[]> {
  const found: Peer[] = [];
  for await (const peer of node.findPeers(key, signal)) found.push(peer);
  return found;
}

/** Between two that join, ms: where all do at one moment, hardly anyone has met those near it. */
const JOIN_MS = 5_000;

async function networkOf(count: number): Promise<{ network: VirtualNetwork; nodes: VirtualNode[] }> {
  const network = createVirtualNetwork();
  const nodes = Array.from({ length: count }, () => network.add());
  for (const { node } of nodes.slice(1)) {
    await network.run(node.join([nodes[0]!], signal));
    await network.pass(JOIN_MS);
  }
  // Strangers are asked whether they are there after five minutes; who knows few looks round again then.
  await network.pass(302_000);
  return { network, nodes };
}

describe('200 nodes', () => {
  it('find what any of them announced, also when a third is gone', async () => {
    const { network, nodes } = await networkOf(200);
    for (const { node } of nodes) expect(node.table.size).toBeGreaterThanOrEqual(8);

    const keys = Array.from({ length: 20 }, randomKey);
    const keepers = new Map<Key, Key[]>();
    for (const [index, key] of keys.entries()) {
      const stored = await network.run(nodes[index * 9]!.node.announce(key, 3333 + index, signal));
      expect(stored.length).toBe(8);
      keepers.set(
        key,
        stored.map(({ id }) => id),
      );
    }
    const lookUp = async (readers: VirtualNode[]) => {
      const there = new Set(readers.map(({ node }) => node.id));
      for (const [index, key] of keys.entries()) {
        // Once in some 300 runs all that keep one of the keys are among a third.
        if (!keepers.get(key)!.some(id => there.has(id))) continue;
        const reader = readers[(index * 7 + 3) % readers.length]!;
        const found = await network.run(peersOf(reader.node, key));
        const { node, address } = nodes[index * 9]!;
        const expected = reader.node === node ? [] : [{ id: node.id, address, tcpPort: 3333 + index }];
        expect(found).toEqual(expected);
      }
    };
    await lookUp(nodes);

    const gone = nodes.filter((_, index) => index % 3 === 1);
    for (const each of gone) each.vanish();
    const left = nodes.filter(each => !gone.includes(each));
    await lookUp(left);
  });

  it('take out of their tables who is silent, and take in who comes', async () => {
    const { network, nodes } = await networkOf(40);
    const [observer, ...others] = nodes;
    const gone = new Set(others.filter((_, index) => index % 3 === 0).map(({ node }) => node.id));
    const goneIn = ({ node }: VirtualNode) =>
      node.table
        .buckets()
        .flat()
        .filter(({ id }) => gone.has(id));
    const before = goneIn(observer!).length;
    for (const each of others) if (gone.has(each.node.id)) each.vanish();
    await network.pass(3_600_000);
    await network.run(observer!.node.refresh(signal));
    await network.run(observer!.node.refresh(signal));
    // Not all: of a full far bucket a look-up need not come by each.
    expect(goneIn(observer!).length).toBeLessThan(before / 2);
    const late = network.add();
    await network.run(late.node.join([observer!], signal));
    await network.pass(301_000);
    const reader = others.find(({ node }) => !gone.has(node.id))!;
    expect((await network.run(reader.node.findNodes(late.node.id, signal)))[0]?.id).toBe(late.node.id);
  });
});

describe('a key', () => {
  it('is forgotten a day after it was announced', async () => {
    const { network, nodes } = await networkOf(12);
    const key = randomKey();
    await network.run(nodes[1]!.node.announce(key, 4444, signal));
    await network.pass(DAY_MS - 60_000);
    expect(await network.run(peersOf(nodes[5]!.node, key))).toHaveLength(1);
    await network.pass(120_000);
    expect(await network.run(peersOf(nodes[5]!.node, key))).toEqual([]);
  });

  it('that many announced gives all of them, page by page, each once, and not the one who asks', async () => {
    const { network, nodes } = await networkOf(40);
    const key = randomKey();
    for (const { node } of nodes.slice(0, 30)) await network.run(node.announce(key, 4444, signal));
    const found = await network.run(peersOf(nodes[3]!.node, key));
    const expected = nodes.slice(0, 30).filter((_, index) => index !== 3);
    expect(found.map(({ id }) => id).sort()).toEqual(expected.map(({ node }) => node.id).sort());
  });

  it('is not noted without the token of the address that announces it', async () => {
    const network = createVirtualNetwork();
    const { node, ...there } = network.add();
    const stranger = network.open();
    const rpc = createRpc({
      ...stranger,
      self: randomKey(),
      timers: network.timers,
      mayContact: () => true,
      answer: () => 0,
    });
    const key = randomKey();
    const store = (token: Uint8Array) =>
      network.run(rpc.ask(there, { method: 'store', key, token, tcpPort: 4444, publisher: node.id }, signal));
    await expect(store(randomBytes(48))).rejects.toThrow('Invalid token');
    const { result } = await network.run(rpc.ask(there, { method: 'findValue', key, page: 0 }, signal));
    const { token } = readFoundValue(result, key);
    expect((await store(token)).result).toEqual(Buffer.from('OK'));
    await network.pass(2 * ROTATION_MS);
    await expect(store(token)).rejects.toThrow('Invalid token');
  });
});

describe('an answer', () => {
  it('counts from the address alone that was asked', async () => {
    const network = createVirtualNetwork();
    const [{ node }, asked, liar] = [network.add(), network.open(), network.open()];
    asked.socket.onDatagram((bytes, address, port) => {
      const request = decodeDatagram(bytes);
      const answer = encodeDatagram({ ...request, kind: 'response', nodeId: randomKey(), result: Buffer.from('pong') });
      liar.socket.send(answer, address, port);
    });
    await expect(network.run(node.ping(asked, signal))).rejects.toMatchObject({ code: 'timeout' });
    expect(node.table.size).toBe(0);
  });

  it('of hostile bytes ends nothing but the question', async () => {
    const network = createVirtualNetwork();
    const [{ node }, hostile] = [network.add(), network.open()];
    let next: DhtValue = 0;
    hostile.socket.onDatagram((bytes, address, port) => {
      const request = decodeDatagram(bytes);
      if (request.kind !== 'request') return;
      const result: DhtValue = request.method === 'ping' ? Buffer.from('pong') : next;
      const { rpcId } = request;
      hostile.socket.send(encodeDatagram({ kind: 'response', rpcId, nodeId: HOSTILE, result }), address, port);
      hostile.socket.send(randomBytes(50), address, port);
    });
    await network.run(node.join([hostile], signal));
    const anything: fc.Arbitrary<DhtValue> = fc.oneof(
      fc.nat(),
      fc.uint8Array({ maxLength: 60 }),
      fc.array(fc.oneof(fc.nat(), fc.uint8Array({ maxLength: 60 })), { maxLength: 8 }),
      fc
        .array(
          fc.tuple(fc.constantFrom('token', 'contacts', 'p'), fc.oneof(fc.nat(), fc.uint8Array({ maxLength: 60 }))),
        )
        .map(each => new Map<string, DhtValue>(each)),
    );
    await fc.assert(
      fc.asyncProperty(anything, async value => {
        next = value;
        expect(await network.run(peersOf(node, randomKey()))).toEqual([]);
        expect(await network.run(node.announce(randomKey(), 4444, signal))).toHaveLength(0);
      }),
    );
  });
});

describe('nodes over UDP', () => {
  async function openNodes(count: number) {
    const timers = createTimers(thrown => {
      throw thrown;
    });
    return Promise.all(
      Array.from({ length: count }, async () => {
        const socket = await openUdp({ address: '127.0.0.1', port: 0 });
        const node = createDhtNode({
          id: randomKey(),
          socket,
          timers,
          now: Date.now,
          mayContact: address => address === '127.0.0.1',
          ownPeer: () => undefined,
        });
        const open = new AsyncDisposableStack();
        open.use(socket);
        open.defer(() => node.close());
        const close = () => open.disposeAsync();
        onTestFinished(close);
        return { node, close, address: '127.0.0.1', udpPort: socket.port };
      }),
    );
  }

  it.each([20, 200])('find each other and what is announced, also when a third of %i is gone', async count => {
    const nodes = await openNodes(count);
    for (const { node } of nodes.slice(1)) expect(await node.join([nodes[0]!], signal)).toBeGreaterThan(0);
    const key = randomKey();
    const keepers = await nodes[4]!.node.announce(key, 4567, signal);
    expect(keepers.length).toBe(8);
    const announced = [{ id: nodes[4]!.node.id, address: '127.0.0.1', tcpPort: 4567 }];
    expect(await peersOf(nodes[17]!.node, key)).toEqual(announced);
    expect((await nodes[17]!.node.ping(nodes[4]!, signal)).id).toBe(nodes[4]!.node.id);

    // Every other one of those who keep the key stays.
    const stay = keepers.filter((_, index) => index % 2 === 0);
    const stays = new Set([nodes[4]!.node.id, nodes[17]!.node.id, ...stay.map(({ id }) => id)]);
    const gone = nodes.filter(({ node }) => !stays.has(node.id)).slice(0, Math.floor(count / 3));
    for (const each of gone) await each.close();
    expect(await peersOf(nodes[17]!.node, key)).toEqual(announced);
  });

  it('that are closed end what is waited for', async () => {
    const socket = await openUdp({ address: '127.0.0.1', port: 0 });
    const silent = await openUdp({ address: '127.0.0.1', port: 0 });
    const node = createDhtNode({
      id: randomKey(),
      socket,
      timers: createTimers(() => {}),
      now: Date.now,
      mayContact: () => true,
      ownPeer: () => undefined,
    });
    const asked = node.ping({ address: '127.0.0.1', udpPort: silent.port }, signal);
    node.close();
    await expect(asked).rejects.toMatchObject({ code: 'aborted' });
    await expect(node.ping({ address: '127.0.0.1', udpPort: silent.port }, signal)).rejects.toMatchObject({
      code: 'aborted',
    });
    await socket[Symbol.asyncDispose]();
    await silent[Symbol.asyncDispose]();
  });
});
