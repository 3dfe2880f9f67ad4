/** Blobs of several peers at once: who is asked, who is left alone, and what comes of peers that lie, lack, hang or leave. */

import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type BlobHash, hashOf } from '../../../../host/lbry/blob.ts';
import { createAllowance } from '../../../../host/lbry/exchange/allowance.ts';
import { connectPeer, type PeerAddress } from '../../../../host/lbry/exchange/client.ts';
import { createBlobFetcher } from '../../../../host/lbry/exchange/fetcher.ts';
import { createPeerBook } from '../../../../host/lbry/exchange/peer-book.ts';
import { listenBlobs } from '../../../../host/lbry/exchange/server.ts';
import { createTurnstile } from '../../../../host/lbry/exchange/turnstile.ts';
import { createBlobWorkers } from '../../../../host/lbry/off-thread/blob-workers.ts';
import { createHands } from '../../../support/sites-room.ts';

const { signal } = new AbortController();
const workers = createBlobWorkers();
afterAll(() => workers[Symbol.asyncDispose]());
const connect = (peer: PeerAddress, signal: AbortSignal) => connectPeer(peer, { workers }, signal);
const BLOBS = Array.from({ length: 6 }, (_, index) => Buffer.alloc(50_000, `blob ${index}`));
const HASHES = BLOBS.map(hashOf);

function stand(most = 32) {
  const hands = createHands(1_700_000_000_000);
  const book = createPeerBook(hands.now);
  const slots = { taken: 0, most };
  const fetcher = createBlobFetcher({ connect, book, timers: hands, now: hands.now, slots, mayContact: () => true });
  onTestFinished(() => fetcher[Symbol.asyncDispose]());
  return { hands, book, slots, fetcher };
}

async function peerWith(...indexes: number[]): Promise<PeerAddress & { asked: BlobHash[] }> {
  const asked: BlobHash[] = [];
  const held = new Map(indexes.map(index => [HASHES[index]!, BLOBS[index]!]));
  const server = await listenBlobs({
    address: '127.0.0.1',
    port: 0,
    paymentAddress: '',
    mayServe: () => true,
    blobs: {
      async get(hash) {
        asked.push(hash);
        return held.get(hash);
      },
      has: async hash => held.has(hash),
    },
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return { address: '127.0.0.1', tcpPort: server.port, asked };
}

/** A peer that does with each request what the test says. */
async function peerThat(answer: (socket: Socket, hash: string) => void) {
  let [connections, requests] = [0, 0];
  const server = createServer(socket => {
    connections++;
    socket.on('error', () => {});
    socket.on('data', chunk => {
      requests++;
      answer(socket, JSON.parse(chunk.toString()).requested_blob);
    });
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port: tcpPort } = server.address() as AddressInfo;
  return { address: '127.0.0.1', tcpPort, connections: () => connections, requests: () => requests };
}
const offer = (hash: string, length: number) =>
  `{"available_blobs":["${hash}"],"blob_data_payment_rate":"RATE_ACCEPTED","incoming_blob":{"blob_hash":"${hash}","length":${length}}}`;

describe('blobs', () => {
  it('come of whoever has them, whoever else lies, lacks them, hangs up or is not there', async () => {
    const { fetcher, book } = stand();
    const liar = await peerThat((socket, hash) => void socket.write(offer(hash, 50_000) + 'x'.repeat(50_000)));
    const babbler = await peerThat(socket => void socket.write('HTTP/1.1 200 OK\r\n\r\n'));
    const leaver = await peerThat(socket => void socket.destroy());
    const closed = await peerThat(() => {});
    const [odd, even] = [await peerWith(1, 3, 5), await peerWith(0, 2, 4)];
    for (const peer of [liar, babbler, leaver, { address: '127.0.0.1', tcpPort: 1 }, odd, even]) fetcher.add(peer);
    const all = await Promise.all(HASHES.map(hash => fetcher.get(hash, 'later', signal)));
    for (const [index, bytes] of all.entries()) expect(BLOBS[index]!.equals(bytes)).toBe(true);
    // Each was asked once: nothing is an accident there.
    expect([liar.requests(), babbler.requests()]).toEqual([1, 1]);
    expect(book.freeAt(liar)).toBeGreaterThan(1_700_000_000_000 + 80_000_000);
    expect(book.freeAt(leaver)).toBe(1_700_000_000_000 + 1_000);
    expect(closed.connections()).toBe(0);
    expect(odd.asked.length + even.asked.length).toBe(6);
  });

  it('are waited for until a peer is named, or comes to have them, and no longer than they are wanted', async () => {
    const { fetcher, hands } = stand();
    const stop = new AbortController();
    const unwanted = fetcher.get(HASHES[2]!, 'later', stop.signal);
    stop.abort();
    await expect(unwanted).rejects.toThrow(/abort/);
    const wanted = fetcher.get(HASHES[0]!, 'later', signal);
    const also = fetcher.get(HASHES[0]!, 'now', signal);
    let has = false;
    const late = await peerThat((socket, hash) => {
      if (has) socket.write(Buffer.concat([Buffer.from(offer(hash, 50_000)), BLOBS[0]!]));
      else socket.write('{"available_blobs":[]}');
    });
    fetcher.add(late);
    await vi.waitFor(() => expect(late.requests()).toBe(1));
    has = true;
    await vi.waitFor(() => {
      hands.pass(10_000);
      expect(late.requests()).toBeGreaterThan(1);
    });
    const [first, second] = [await wanted, await also];
    expect([first, second].map(bytes => BLOBS[0]!.equals(bytes))).toEqual([true, true]);
    expect(first.buffer).not.toBe(second.buffer); // each may give its own away
  });

  it('that are read now are asked of a second peer where the first is slow', async () => {
    const { fetcher, hands } = stand();
    const silent = await peerThat(() => {});
    fetcher.add(silent);
    const wanted = fetcher.get(HASHES[0]!, 'now', signal);
    await vi.waitFor(() => expect(silent.requests()).toBe(1));
    const second = await peerWith(0);
    fetcher.add(second);
    hands.pass(2_000);
    expect(second.asked).toEqual([]);
    await vi.waitFor(() => {
      hands.pass(1_000);
      expect(second.asked).toEqual([HASHES[0]]);
    });
    expect(BLOBS[0]!.equals(await wanted)).toBe(true);
  });

  it('come over no more connections than all streams may have together', async () => {
    const { fetcher, slots } = stand(2);
    const peers = await Promise.all([peerWith(0, 1, 2), peerWith(0, 1, 2), peerWith(0, 1, 2)]);
    for (const peer of peers) fetcher.add(peer);
    await Promise.all(HASHES.slice(0, 3).map(hash => fetcher.get(hash, 'later', signal)));
    expect(slots.taken).toBe(2);
    await fetcher[Symbol.asyncDispose]();
    expect(slots.taken).toBe(0);
  });
});

describe('a peer', () => {
  it('is left alone the longer the more often it fails, and no longer than half a minute', () => {
    const hands = createHands(0);
    const book = createPeerBook(hands.now);
    const peer = { address: '192.0.2.1', tcpPort: 4444 };
    const waits = Array.from({ length: 7 }, () => {
      book.failed(peer);
      return book.freeAt(peer) / 1000;
    });
    expect(waits).toEqual([1, 4, 9, 16, 25, 30, 30]);
    book.delivered(peer, 1000, 500);
    expect(book.speed(peer)).toBe(2000);
    book.delivered(peer, 1000, 1000);
    expect(book.speed(peer)).toBe(1700);
  });
});

describe('a peer whose node answers', () => {
  it('is asked before others that gave nothing yet', async () => {
    const { fetcher, book, hands } = stand(1);
    const [silent, there] = [await peerWith(0), await peerWith(0)];
    // Both are left alone for a second, so that both are named when it comes to choosing.
    for (const peer of [silent, there]) book.failed(peer);
    book.greeted(there);
    for (const peer of [silent, there]) fetcher.add(peer);
    const wanted = fetcher.get(HASHES[0]!, 'later', signal);
    hands.pass(1_000);
    expect(BLOBS[0]!.equals(await wanted)).toBe(true);
    expect([silent.asked, there.asked]).toEqual([[], [HASHES[0]]]);
  });
});

describe('what is given', () => {
  it('is no more than the limit for all together, and as much as it can be once that does not hold', async () => {
    const hands = createHands(0);
    const allowance = createAllowance({ now: hands.now, after: hands.after });
    onTestFinished(() => allowance.close());
    const [rate, limitLan] = [10_000, true];
    allowance.setLimits({ down: null, up: rate, limitLan });
    let given = 0;
    const server = await listenBlobs({
      ...{ address: '127.0.0.1', port: 0, paymentAddress: '', mayServe: () => true },
      blobs: { get: async hash => BLOBS[HASHES.indexOf(hash)], has: async hash => HASHES.includes(hash) },
      exit: {
        enter: createTurnstile(() => 2).enter,
        slice: (address, wanted) => allowance.slice('up', address, wanted),
        pay: (address, bytes, pass) => allowance.pay('up', address, bytes, pass),
        gave(_, bytes) {
          given += bytes;
        },
      },
    });
    onTestFinished(() => server[Symbol.asyncDispose]());
    const peers = await Promise.all([1, 2].map(() => connect({ address: '127.0.0.1', tcpPort: server.port }, signal)));
    const getAll = (...at: number[]) => Promise.all(peers.map((peer, index) => peer.get(HASHES[at[index]!]!, signal)));
    const coming = getAll(0, 1);
    await vi.waitFor(
      () => {
        hands.pass(100);
        expect(given).toBeLessThanOrEqual((rate * (hands.now() + 1_000)) / 1_000);
        expect(given).toBe(100_000);
      },
      { timeout: 20_000, interval: 5 },
    );
    expect((await coming).map((bytes, index) => BLOBS[index]!.equals(bytes!))).toEqual([true, true]);
    expect(hands.now()).toBeGreaterThanOrEqual(8_000);
    allowance.setLimits({ down: null, up: null, limitLan });
    expect((await getAll(2, 3)).map((bytes, index) => BLOBS[index + 2]!.equals(bytes!))).toEqual([true, true]);
    for (const peer of peers) await peer[Symbol.asyncDispose]();
  });
});

describe('a turnstile', () => {
  it('lets in as many as it may, in their order, and forgets who left the queue', async () => {
    let most = 1;
    const { enter, review } = createTurnstile(() => most);
    const leave = await enter(signal);
    const gone = new AbortController();
    const order: string[] = [];
    const first = enter(gone.signal).catch(() => order.push('gone'));
    const second = enter(signal).then(() => order.push('second'));
    const third = enter(signal).then(() => order.push('third'));
    gone.abort();
    await first;
    leave();
    await second;
    expect(order).toEqual(['gone', 'second']);
    most = 2;
    review();
    await third;
  });
});
