/** Peers that ask without an end, and read slowly or nothing: each costs a little memory, or is hung up on, and others are served. */

import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { connectPeer } from '../../support/asking-peer.ts';
import { CANCEL, INTERESTED, PIECE, type RawPeer, rawPeer, UNCHOKE } from '../../support/raw-peer.ts';
import { type Described, type Home, hold, meeting, openHome, request, someBytes, until } from '../../support/swarm.ts';
import { EXTENDED, message, REQUEST, withPayload } from '../../support/wire.ts';
import { residentBytes } from '../../world/load.ts';

const MiB = 2 ** 20;
const FLOOD = 60_000;
const PIECE_LENGTH = 256 * 1024;

/** One for all tests, of which each has an address of its own: that of a peer that is banned stays so. */
let home: Home;
let file: Described;
/** of every engine that the home had */
const engines: number[] = [];
let addresses = 1;
const address = () => `127.0.1.${addresses++}`;

beforeAll(async () => {
  const startEngine: StartEngine = options => {
    const engine = startEngineProcess(options);
    engines.push(engine.pid ?? 0);
    return engine;
  };
  home = await openHome({}, { startEngine });
  file = someBytes(64 * MiB);
  await hold(home, file);
  request(home, meeting(null), [file.id]);
  await until('it to wake', () => home.torrents.transfer(file.id));
});
afterAll(() => home.close());

async function connected() {
  const peer = await rawPeer(home.torrents.peerPort, file.infoHash, undefined, address());
  onTestFinished(() => void peer.socket.destroy());
  return peer;
}

/** A peer that may ask. */
async function unchoked() {
  const peer = await connected();
  peer.send(message(INTERESTED));
  await until('to be unchoked', () => peer.heard.some(({ type }) => type === UNCHOKE));
  return peer;
}

/** The most that the engine grew by until `done`, looked at all the time. */
async function growthUntil(what: string, done: () => unknown): Promise<number> {
  const before = await residentBytes(engines[0] ?? 0);
  let most = before;
  await until(what, async () => {
    most = Math.max(most, await residentBytes(engines[0] ?? 0));
    return done();
  });
  return most - before;
}

/** Sends it again and again, and reads nothing, until it is hung up on: an end is only heard of by one that writes. */
async function flood({ socket }: RawPeer, bytes: Buffer): Promise<number> {
  let isClosed = false;
  socket.once('close', () => {
    isClosed = true;
  });
  socket.pause();
  const send = () => {
    socket.write(bytes, error => {
      if (!error) setImmediate(send);
    });
  };
  send();
  return growthUntil('it to be hung up on', () => isClosed);
}

async function expectOthersServed(): Promise<void> {
  const other = await connectPeer({ port: home.torrents.peerPort, infoHash: file.infoHash, from: address() });
  const block = await other.request(3, 16_384, 16_384);
  expect(block.equals(file.bytes.subarray(3 * PIECE_LENGTH + 16_384, 3 * PIECE_LENGTH + 32_768))).toBe(true);
  other.close();
  expect(engines).toHaveLength(1);
}

const blocks = (count: number, length: number) =>
  Array.from({ length: count }, (_, at) => {
    const start = (at * length) % file.bytes.length;
    return message(REQUEST, Math.floor(start / PIECE_LENGTH), start % PIECE_LENGTH, length);
  });

describe('60,000 requests', () => {
  it('of a peer that reads nothing: it is hung up on, and none of the 8 GB is held', async () => {
    const peer = await unchoked();
    // 2 MiB that were not taken yet, 4 MiB of pieces, 1 MB of requests, and what was read for the system's buffers.
    expect(await flood(peer, Buffer.concat(blocks(FLOOD, 128 * 1024)))).toBeLessThan(32 * MiB);
    await expectOthersServed();
  });

  it('of a peer that takes them slowly, in bursts below the limit: all are answered, with memory flat', async () => {
    const peer = await unchoked();
    const all = blocks(FLOOD, 2048);
    let [asked, answered] = [0, 0];
    const askOn = () => {
      if (asked - answered > 1000 || asked === all.length) return;
      peer.socket.write(Buffer.concat(all.slice(asked, asked + 1000)));
      asked = Math.min(all.length, asked + 1000);
    };
    peer.onMessage(({ type }) => {
      if (type !== PIECE) return;
      answered++;
      askOn();
    });
    peer.socket.on('data', () => {
      peer.heard.length = 0;
      peer.socket.pause();
      setTimeout(() => peer.socket.resume(), 1);
    });
    askOn();
    await until('half of them', () => answered >= FLOOD / 2);
    // Of the 60 MB that the second half asks for nothing is held. (What was given and not yet collected comes and goes.)
    expect(await growthUntil('all of them', () => answered === FLOOD)).toBeLessThan(40 * MiB);
    expect(engines).toHaveLength(1);
  });

  it.each([
    ['for a byte of one piece after the other', () => bytesOfPieces(FLOOD)],
    ['each cancelled at once', () => blocks(FLOOD, 16_384).flatMap(asked => [asked, cancelOf(asked)])],
    ['for metadata', () => [extended('\0d1:md11:ut_metadatai1eee'), ...metadataRequests(FLOOD)]],
  ])('%s, of a peer that reads no answer: it is hung up on', async (_, asked) => {
    const peer = await unchoked();
    expect(await flood(peer, Buffer.concat(asked()))).toBeLessThan(64 * MiB);
    await expectOthersServed();
  });
});

describe('a message that the library trips over', () => {
  it.each([
    ['an empty one', [extended('\x01')]],
    ['names of extensions that are no numbers', [extended('\0d1:md1:ad8:toStringi1eeee')]],
  ])('%s: the peer is hung up on, and the engine goes on', async (_, messages) => {
    const peer = await connected();
    const closed = new Promise<void>(resolve => peer.socket.once('close', () => resolve()));
    peer.send(...messages);
    await closed;
    await expectOthersServed();
  });
});

it('a request for metadata without a number for the answer has none, and the engine goes on', async () => {
  const peer = await connected();
  peer.send(...metadataRequests(1));
  await expectOthersServed();
  expect(peer.socket.destroyed).toBe(false);
});

function bytesOfPieces(count: number): Buffer[] {
  const pieces = file.bytes.length / PIECE_LENGTH;
  return Array.from({ length: count }, (_, at) => message(REQUEST, at % pieces, 0, 1));
}

/** The same numbers, as a cancel. */
function cancelOf(asked: Buffer): Buffer {
  const cancel = Buffer.from(asked);
  cancel[4] = CANCEL;
  return cancel;
}

function metadataRequests(count: number): Buffer[] {
  // BEP 9, by the engine's own number for it
  return Array.from({ length: count }, () => extended('\x01d8:msg_typei0e5:piecei0ee'));
}

function extended(text: string): Buffer {
  return withPayload(EXTENDED, Buffer.from(text, 'latin1'));
}
