/** Blobs between peers over TCP: our client and server with each other, and each with the quirks of others. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { type BlobHash, hashOf } from '../../../../host/lbry/blob.ts';
import { connectPeer } from '../../../../host/lbry/exchange/client.ts';
import { openExchange } from '../../../../host/lbry/exchange/exchange.ts';
import { readJsonFrame } from '../../../../host/lbry/exchange/json-frame.ts';
import { bytesToCome, readRequest, writeRequest } from '../../../../host/lbry/exchange/messages.ts';
import { listenBlobs } from '../../../../host/lbry/exchange/server.ts';
import { createBlobWorkers } from '../../../../host/lbry/off-thread/blob-workers.ts';
import { createOwnAddress } from '../../../../host/lbry/own-address.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { watchListening } from '../../../support/refused-accepts.ts';
import { faultLog } from '../../http/client.ts';

const { signal } = new AbortController();
const workers = createBlobWorkers();
afterAll(() => workers[Symbol.asyncDispose]());
const BLOB = Buffer.alloc(2_097_152, 'lbry');
const HASH = hashOf(BLOB);
const SMALL = Buffer.from('a small blob');
const SMALL_HASH = hashOf(SMALL);
const ABSENT = 'ab'.repeat(48) as BlobHash;
const held = new Map<BlobHash, Uint8Array>([
  [HASH, BLOB],
  [SMALL_HASH, SMALL],
]);

async function serverOf(mayServe = () => true) {
  const server = await listenBlobs({
    address: '127.0.0.1',
    port: 0,
    paymentAddress: '',
    mayServe,
    blobs: { get: async hash => held.get(hash), has: async hash => held.has(hash) },
  });
  onTestFinished(() => server[Symbol.asyncDispose]());
  return server;
}

/** A connection that says what it is told, and hears all that comes. */
async function rawPeer(port: number) {
  const socket = connect(port, '127.0.0.1');
  onTestFinished(() => void socket.destroy());
  socket.on('error', () => {});
  let heard = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    heard = Buffer.concat([heard, chunk]);
  });
  await once(socket, 'connect');
  return {
    say: (text: string) => void socket.write(text),
    closed: once(socket, 'close'),
    async hear(length: number): Promise<string> {
      while (heard.length < length) await once(socket, 'data');
      const text = heard.subarray(0, length).toString('latin1');
      heard = heard.subarray(length);
      return text;
    },
    async hearObject(): Promise<unknown> {
      let frame = readJsonFrame(heard);
      while (!frame) {
        await once(socket, 'data');
        frame = readJsonFrame(heard);
      }
      heard = heard.subarray(frame.end);
      return frame.value;
    },
  };
}

/** A peer that answers each request by what it is told, byte for byte. */
async function peerThat(
  answer: (socket: Socket, request: string) => void,
): Promise<{ address: string; tcpPort: number }> {
  const server = createServer(socket => {
    socket.on('error', () => {});
    socket.on('data', chunk => answer(socket, chunk.toString()));
    onTestFinished(() => void socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { address: '127.0.0.1', tcpPort: (server.address() as AddressInfo).port };
}

describe('a client and a server', () => {
  it('pass blobs on one connection, and say what is not there', async () => {
    const { port } = await serverOf();
    await using peer = await connectPeer({ address: '127.0.0.1', tcpPort: port }, { workers }, signal);
    const [large, small, absent] = await Promise.all([HASH, SMALL_HASH, ABSENT].map(hash => peer.get(hash, signal)));
    expect(BLOB.equals(large!)).toBe(true);
    expect(Buffer.from(small!).toString()).toBe('a small blob');
    expect(absent).toBeUndefined();
    expect(await peer.get(SMALL_HASH, signal)).toBeDefined();
  });
});

describe('the server', () => {
  it('goes on where a connection cannot be taken', async () => {
    const listening = watchListening();
    const server = await serverOf();
    listening.failAccepts(3);
    const peer = await rawPeer(server.port);
    peer.say(writeRequest(SMALL_HASH));
    expect(await peer.hear(1)).toBe('{');
  });

  it('answers a full request as lbry-sdk does', async () => {
    const peer = await rawPeer((await serverOf()).port);
    peer.say(writeRequest(SMALL_HASH));
    const reply = `{"incoming_blob":{"blob_hash":"${SMALL_HASH}","length":12},"blob_data_payment_rate":"RATE_ACCEPTED","available_blobs":["${SMALL_HASH}"],"lbrycrd_address":""}`;
    expect(await peer.hear(reply.length + 12)).toBe(`${reply}a small blob`);
  });

  it.each([
    ['availability', `{"requested_blobs":["${ABSENT}","${SMALL_HASH}"]}`, { available_blobs: [SMALL_HASH] }],
    ['a rate, a negative one too', '{"blob_data_payment_rate":-1}', { blob_data_payment_rate: 'RATE_ACCEPTED' }],
    ['an address', '{"lbrycrd_address":true}', { lbrycrd_address: '' }],
    ['no address', '{"lbrycrd_address":false}', {}],
    ['a blob that is not there', `{"requested_blob":"${ABSENT}"}`, { incoming_blob: { error: 'BLOB_UNAVAILABLE' } }],
    [
      'what it does not know beside what it does',
      '{"x":1,"blob_data_payment_rate":0}',
      { blob_data_payment_rate: 'RATE_ACCEPTED' },
    ],
  ])('answers a request for %s alone', async (_, request, reply) => {
    const peer = await rawPeer((await serverOf()).port);
    peer.say(request);
    expect(await peer.hearObject()).toEqual(reply);
    peer.say(` \n${request}`);
    expect(await peer.hearObject()).toEqual(reply);
  });

  it('waits for a request that comes in pieces', async () => {
    const peer = await rawPeer((await serverOf()).port);
    for (const character of '{"blob_data_payment_rate":0}') {
      peer.say(character);
      await new Promise(resolve => setImmediate(resolve));
    }
    expect(await peer.hearObject()).toEqual({ blob_data_payment_rate: 'RATE_ACCEPTED' });
  });

  it('is silent to a hash that is none, and answers the next', async () => {
    const { port } = await serverOf();
    // What comes at once is one request too many: nothing but time keeps the two apart, and a busy machine takes its own.
    const attempt = async (waitMs: number) => {
      const peer = await rawPeer(port);
      peer.say('{"requested_blob":"abc"} ');
      await new Promise(resolve => setTimeout(resolve, waitMs));
      peer.say('{"lbrycrd_address":true}');
      return Promise.race([peer.hearObject(), peer.closed.then(() => 'closed')]);
    };
    let waitMs = 1;
    const next = () => {
      waitMs *= 3;
      return attempt(waitMs);
    };
    await expect.poll(next, { timeout: 10_000 }).toEqual({ lbrycrd_address: '' });
  });

  it.each([
    ['an empty object', '{}'],
    ['keys that it does not know', '{"x":1}'],
    ['an empty list', '{"requested_blobs":[]}'],
    ['no JSON', 'GET / HTTP/1.1\r\n\r\n'],
    ['bad JSON', '{"requested_blob":}'],
    ['two at once', '{"lbrycrd_address":true}{"lbrycrd_address":true}'],
    ['1200 bytes', `{"x":"${'x'.repeat(1200)}`],
  ])('closes the connection at %s', async (_, request) => {
    const peer = await rawPeer((await serverOf()).port);
    peer.say(request);
    await peer.closed;
  });

  it('hangs up on an address that it may not serve', async () => {
    const peer = await rawPeer((await serverOf(() => false)).port);
    await peer.closed;
  });
});

describe("the person's upload slots", () => {
  it('are as many blobs as are given at a time; others wait, and get theirs', async () => {
    const gates: (() => void)[] = [];
    let [asked, inside, most] = [0, 0, 0];
    const timers = createTimers(thrown => {
      throw thrown;
    });
    using local = createOwnAddress({ lbryAddress: '127.0.0.1' }, faultLog());
    await using exchange = await openExchange({
      shelf: {
        async has() {
          asked++;
          return true;
        },
        async get() {
          most = Math.max(most, ++inside);
          await new Promise<void>(resolve => gates.push(resolve));
          return SMALL;
        },
        gave: () => void inside--,
        believeAgain() {},
      },
      sources: {
        async *announced() {},
        async *tracked() {},
        async *fixed() {},
        greet: async () => {},
        isFixedFirst: () => false,
      },
      ...{ local, port: 0, paymentAddress: '', workers, timers, log: faultLog(), now: Date.now },
      ...{ mayContact: () => true, isOwnAddress: () => false, isPaused: () => false },
    });
    const free = { down: null, up: null };
    const inTurn = () => new Promise<void>(resolve => setImmediate(resolve));
    async function served(uploadSlots: number | null): Promise<number> {
      exchange.setLimits({ ...free, uploadSlots });
      [asked, most] = [0, 0];
      const peers = await Promise.all([1, 2, 3, 4].map(() => rawPeer(exchange.port)));
      for (const peer of peers) peer.say(`{"requested_blob":"${SMALL_HASH}"}`);
      // All of them are at the door, and those inside stay there until nobody else comes in.
      await vi.waitFor(() => expect(asked).toBe(peers.length), 20_000);
      for (let turn = 0; turn < 20; turn++) await inTurn();
      const heard = Promise.all(peers.map(peer => peer.hearObject()));
      for (let left = peers.length; left > 0; left--) {
        await vi.waitFor(() => expect(gates.length).toBeGreaterThan(0), { timeout: 20_000, interval: 1 });
        gates.shift()?.();
      }
      for (const reply of await heard) expect(reply).toMatchObject({ incoming_blob: { length: SMALL.length } });
      await vi.waitFor(() => expect(inside).toBe(0), 20_000);
      return most;
    }
    expect([await served(1), await served(3), await served(null)]).toEqual([1, 3, 4]);
  });
});

describe('the client', () => {
  const header = (length: number, hash = SMALL_HASH) =>
    `{"available_blobs": ["${hash}"], "blob_data_payment_rate": "RATE_ACCEPTED", "incoming_blob": {"blob_hash": "${hash}", "length": ${length}}}`;

  it('asks in the 295 bytes of lbry-sdk', async () => {
    expect(writeRequest(HASH).length).toBe(295);
    expect(readRequest(JSON.parse(writeRequest(HASH)))).toEqual({
      requestedBlobs: [HASH],
      requestedBlob: HASH,
      wantsAddress: true,
      hasRate: true,
    });
  });

  const ANSWERS: [string, (socket: Socket) => void][] = [
    ['in one piece', socket => void socket.write(`${header(12)}a small blob`)],
    [
      'byte by byte',
      socket => [...Buffer.from(`${header(12)}a small blob`)].forEach(byte => void socket.write(Buffer.of(byte))),
    ],
    ['with a line break before the blob, as one of 2026', socket => void socket.write(`${header(12)}\na small blob`)],
    [
      'with keys that are not known',
      socket => void socket.write(`${header(12).replace('{', '{"x": {"}": 1}, ')}a small blob`),
    ],
    [
      'with an empty error, and no address',
      socket => void socket.write(`{"incoming_blob":{"error":"","blob_hash":"${SMALL_HASH}","length":12}}a small blob`),
    ],
    ['and closes', socket => void socket.end(`${header(12)}a small blob`)],
  ];
  it.each(ANSWERS)('takes a blob that comes %s', async (_, answer) => {
    await using peer = await connectPeer(await peerThat(answer), { workers }, signal);
    expect(Buffer.from((await peer.get(SMALL_HASH, signal))!).toString()).toBe('a small blob');
  });

  it('takes whole blobs behind a line break, and those that follow', async () => {
    const reply = (bytes: Buffer, hash: BlobHash) =>
      Buffer.concat([Buffer.from(`${header(bytes.length, hash)}\n`), bytes]);
    const newlines = await peerThat((socket, request) => {
      const hash = JSON.parse(request).requested_blob;
      socket.write(reply(Buffer.from(held.get(hash)!), hash));
    });
    await using peer = await connectPeer(newlines, { workers }, signal);
    for (const hash of [HASH, SMALL_HASH, HASH])
      expect(Buffer.from(held.get(hash)!).equals((await peer.get(hash, signal))!)).toBe(true);
  });

  it.each([
    ['lbry-sdk', '{"available_blobs":[],"blob_data_payment_rate":"RATE_ACCEPTED"}'],
    [
      'reflector.go',
      '{"available_blobs":[],"lbrycrd_address":"","incoming_blob":{"error":"blob not found","blob_hash":"","length":0}}',
    ],
    ['lbrynet', '{"incoming_blob":{"error":"BLOB_UNAVAILABLE"}}'],
    ['one that wants to be paid', '{"blob_data_payment_rate":"RATE_TOO_LOW","incoming_blob":{"error":"RATE_UNSET"}}'],
  ])('is told by %s that there is none', async (_, reply) => {
    await using peer = await connectPeer(await peerThat(socket => void socket.write(reply)), { workers }, signal);
    expect(await peer.get(SMALL_HASH, signal)).toBeUndefined();
  });

  it('agrees on a rate first where the peer wants that, as lbrynet did', async () => {
    let isAgreed = false;
    const said: string[] = [];
    const lbrynet = await peerThat((socket, request) => {
      said.push(request);
      if ('requested_blob' in JSON.parse(request))
        return void socket.write(isAgreed ? `${header(12)}a small blob` : '{"incoming_blob": {"error": "RATE_UNSET"}}');
      isAgreed = true;
      socket.write('{"blob_data_payment_rate": "RATE_ACCEPTED"}');
    });
    await using peer = await connectPeer(lbrynet, { workers }, signal);
    expect(Buffer.from((await peer.get(SMALL_HASH, signal))!).toString()).toBe('a small blob');
    expect(await peer.get(SMALL_HASH, signal)).toBeDefined();
    expect(said).toHaveLength(4);
    expect(said[1]).toBe('{"blob_data_payment_rate": 0.0}');
  });

  it.each([
    ['other bytes', `${header(12)}another blob`],
    ['other bytes behind a line break', `${header(12)}\nanother blob`],
    ['another blob than was asked for', `${header(12, HASH)}a small blob`],
    ['a blob over 2 MiB', header(2_097_153)],
    ['no JSON', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['an answer without end', `{"x":"${'x'.repeat(70_000)}`],
  ])('leaves a peer that sends %s, and takes nothing from it', async (_, reply) => {
    await using peer = await connectPeer(await peerThat(socket => void socket.write(reply)), { workers }, signal);
    await expect(peer.get(SMALL_HASH, signal)).rejects.toMatchObject({ code: 'invalid' });
    await expect(peer.get(SMALL_HASH, signal)).rejects.toThrow(LsdError);
  });

  it('says so where a peer is gone, and stops when that is asked for', async () => {
    await using peer = await connectPeer(await peerThat(socket => void socket.destroy()), { workers }, signal);
    await expect(peer.get(SMALL_HASH, signal)).rejects.toMatchObject({ code: 'site-unreachable' });
    const gone = await serverOf();
    await gone[Symbol.asyncDispose]();
    await expect(connectPeer({ address: '127.0.0.1', tcpPort: gone.port }, { workers }, signal)).rejects.toMatchObject({
      code: 'site-unreachable',
    });
    await using silent = await connectPeer(await peerThat(() => {}), { workers }, signal);
    const stop = new AbortController();
    const asked = silent.get(SMALL_HASH, stop.signal);
    stop.abort();
    await expect(asked).rejects.toThrow(/abort/);
  });
});

describe('hostile bytes', () => {
  it('are a frame, part of one, or refused, never anything else', () => {
    const token = fc.constantFrom(
      '{',
      '}',
      '"',
      '\\',
      'a',
      ':',
      ',',
      '1',
      ' ',
      '\n',
      '{"requested_blob":"',
      'null',
      '[',
      ']',
    );
    const likely = fc.array(token, { maxLength: 30 }).map(tokens => Buffer.from(tokens.join('')));
    const real = fc.object().map(each => Buffer.from(JSON.stringify(each)));
    fc.assert(
      fc.property(fc.oneof(likely, real, fc.uint8Array()), bytes => {
        try {
          const frame = readJsonFrame(bytes);
          if (!frame) return;
          readRequest(frame.value);
          bytesToCome(frame.value, HASH);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('behind an object are left alone', () => {
    fc.assert(
      fc.property(fc.object(), fc.uint8Array(), (object, rest) => {
        const json = Buffer.from(JSON.stringify(object));
        expect(readJsonFrame(Buffer.concat([json, rest]))?.end).toBe(json.length);
        if (json.length > 2) expect(readJsonFrame(json.subarray(0, json.length - 1))).toBeUndefined();
      }),
    );
  });
});
