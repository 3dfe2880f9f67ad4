/** Trackers over UDP that know the transaction and lie, and WebSocket trackers that babble: the file comes by the one that works. */

import { randomBytes } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, type TestContext } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import type { StartEngine } from '../../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../../host/bittorrent/engine/process.ts';
import { event, hold, meeting, openHome, openTracker, request, someBytes, until, wish } from '../../support/swarm.ts';
import { residentBytes } from '../../world/load.ts';

const MiB = 2 ** 20;

/** A home that wants a file, one that has it, and trackers that are called by names. */
async function openStage({ onTestFinished }: TestContext) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const holder = await openHome();
  stack.defer(() => holder.close());
  /** of every engine that the requester had */
  const engines: number[] = [];
  const startEngine: StartEngine = options => {
    const engine = startEngineProcess(options);
    engines.push(engine.pid ?? 0);
    return engine;
  };
  const requester = await openHome({}, { startEngine });
  stack.defer(() => requester.close());
  const file = someBytes(2 * MiB);
  await hold(holder, file);
  const times = new Map<string, number>();

  /** What they did shows by the time that one of them is asked again; then one is named that works. */
  async function expectTheFileBeside(bad: string[], names: string[]): Promise<void> {
    const good = await openTracker();
    stack.defer(() => good.close());
    requester.torrents.download(wish(file, [meeting(null, { trackers: bad })]));
    await until('each of them to be asked', () => names.every(name => times.has(name)));
    const before = await residentBytes(engines[0] ?? 0);
    await until('one of them to be asked again', () => [...times.values()].some(each => each > 1));

    request(holder, meeting(good.http), [file.id]);
    const verified = event(requester.events, 'download.verified');
    requester.torrents.download(wish(file, [meeting(null, { trackers: [...bad, good.http] })]));
    await verified;
    const download = requester.catalogue.download(file.id);
    expect((await readFile(download?.path ?? '')).equals(file.bytes)).toBe(true);
    expect(engines).toHaveLength(1);
    expect((await residentBytes(engines[0] ?? 0)) - before).toBeLessThan(100 * MiB);
    // Once at the start, some times while nobody was found, and once to say that it is complete.
    expect(names.filter(name => (times.get(name) ?? 0) > 6)).toEqual([]);
  }
  const asked = (name: string) => void times.set(name, (times.get(name) ?? 0) + 1);
  return { stack, asked, expectTheFileBeside };
}

// ---------------------------------------------------------------- over UDP (BEP 15)

const CONNECT = 0;
const ANNOUNCE = 1;
const SCRAPE = 2;
const FAULT = 3;
const numbers = (...all: number[]) => Buffer.from(Uint32Array.from(all).buffer).swap32();
/** interval, leechers, seeders */
const HEAD = numbers(600, 1, 1);

/** What is said, after the transaction, to the connect and to the announce; where it is left out, what is right. */
interface UdpLie {
  connect?: [action: number, rest: Buffer];
  announce?: [action: number, rest: Buffer];
}
const UDP_LIES: Record<string, UdpLie> = {
  'a connect is answered as an announce': { connect: [ANNOUNCE, HEAD] },
  'a connect is answered without an id': { connect: [CONNECT, Buffer.alloc(0)] },
  'a connect is refused': { connect: [FAULT, Buffer.from('go away')] },
  'an announce is answered as a scrape': { announce: [SCRAPE, HEAD] },
  'an announce is answered as half a scrape': { announce: [SCRAPE, Buffer.alloc(7)] },
  'an announce is answered by no known action': { announce: [0xffff_ffff, HEAD] },
  'an announce is answered too briefly': { announce: [ANNOUNCE, Buffer.alloc(3)] },
  'an announce is answered by nothing': { announce: [ANNOUNCE, Buffer.alloc(0)] },
  'an announce is refused by what is no text': { announce: [FAULT, Buffer.alloc(1000, 0xff)] },
  'it names half a peer': { announce: [ANNOUNCE, Buffer.concat([HEAD, Buffer.from([127, 0, 0])])] },
  'it names a peer and a half': { announce: [ANNOUNCE, Buffer.concat([HEAD, Buffer.alloc(9, 127)])] },
  'it names nobody, everybody and the network': {
    announce: [
      ANNOUNCE,
      Buffer.concat([HEAD, Buffer.alloc(6), Buffer.alloc(6, 0xff), Buffer.from([127, 0, 0, 0, 0, 0])]),
    ],
  },
  'it names ten thousand peers': { announce: [ANNOUNCE, Buffer.concat([HEAD, Buffer.alloc(60_000, 0x7f)])] },
  'it wants to be asked without a pause': { announce: [ANNOUNCE, numbers(0, 9, 9)] },
  'it wants to be asked each second': { announce: [ANNOUNCE, numbers(1, 9, 9)] },
  'it wants to be asked in 136 years': { announce: [ANNOUNCE, numbers(0xffff_ffff, 0xffff_ffff, 0xffff_ffff)] },
};

/** Its URL. `onAsked`: a connect came, which begins each announce. */
async function openLyingUdp(lie: UdpLie, stack: AsyncDisposableStack, onAsked: () => void): Promise<string> {
  const socket = createSocket('udp4');
  socket.on('message', (message, { port, address }) => {
    const isConnect = message.length === 16;
    const right: [number, Buffer] = isConnect ? [CONNECT, randomBytes(8)] : [ANNOUNCE, HEAD];
    const [action, rest] = (isConnect ? lie.connect : lie.announce) ?? right;
    if (isConnect) onAsked();
    socket.send(Buffer.concat([numbers(action), message.subarray(12, 16), rest]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  stack.defer(() => void socket.close());
  return `udp://127.0.0.1:${socket.address().port}`;
}

// ---------------------------------------------------------------- over WebSocket

interface Announce {
  info_hash: string;
  offers?: { offer_id: string }[];
}
const STRANGER = 'x'.repeat(20);
const SDP = 'v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n';

const announce = ({ info_hash }: Announce, more: object) => ({ action: 'announce', info_hash, ...more });
const offered = (offer: unknown) => ({ peer_id: STRANGER, offer, offer_id: STRANGER });
const answered = (said: Announce, answer: unknown) => {
  return announce(said, { peer_id: STRANGER, answer, offer_id: said.offers?.[0]?.offer_id });
};

/** What is sent when it is asked: text or bytes as they are, all else as JSON. */
const WS_LIES: Record<string, (said: Announce) => unknown[]> = {
  garbage: () => ['no json', '{"action":"announce"', '', Buffer.alloc(1000, 0xff)],
  null: () => ['null'],
  values: () => ['5', '"announce"', 'true', '[]', '[null]', '{}'],
  deep: () => ['['.repeat(50_000), `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`],
  large: () => [JSON.stringify({ action: 'announce', info_hash: 'y'.repeat(4 * MiB) })],
  'an unknown action': () => [{ action: 'explode' }, { action: { toString: 1 } }, { action: null }],
  'a foreign info hash': () => [
    {
      action: 'announce',
      info_hash: 'z'.repeat(20),
      interval: 0.001,
      complete: 1,
      incomplete: 1,
      ...offered({ type: 'offer', sdp: SDP }),
    },
  ],
  'an info hash that is none': () => [5, null, {}, ['a'], true].map(info_hash => ({ action: 'announce', info_hash })),
  'peers that are none': said =>
    [7, {}, ['a'], { length: 5 }, true].map(peer_id =>
      announce(said, { ...offered({ type: 'offer', sdp: SDP }), peer_id }),
    ),
  'offers that are none': said =>
    [
      7,
      'offer',
      [],
      {},
      { type: 'offer' },
      { sdp: 7 },
      { type: 'banana', sdp: SDP },
      { type: 'offer', sdp: 'nonsense' },
    ].map(offer => announce(said, offered(offer))),
  'an answer without an offer': said => [announce(said, { peer_id: STRANGER, answer: { type: 'answer', sdp: SDP } })],
  'an answer of no known kind': said => [answered(said, { type: 'banana', sdp: SDP })],
  'an answer that is none': said => [answered(said, 7)],
  'an answer of nonsense, twice': said => [
    answered(said, { type: 'answer', sdp: 'v' }),
    answered(said, { type: 'answer', sdp: 'v' }),
  ],
  'a failure that is no text': said => [[], {}, 7].map(why => announce(said, { 'failure reason': why })),
  'a scrape of nothing': () => [
    { action: 'scrape' },
    { action: 'scrape', files: { a: null } },
    { action: 'scrape', files: 7 },
  ],
  'an interval of a millisecond': said => [announce(said, { interval: 0.001 })],
  'an interval of no number': said => [announce(said, { interval: 'soon' }), announce(said, { 'min interval': {} })],
  'an interval below nothing': said => [
    announce(said, { interval: -5, 'min interval': -5, complete: 1, incomplete: 1 }),
  ],
  'counts that are none': said => [announce(said, { interval: 1e300, complete: 'many', incomplete: {} })],
};
/** What is said again and again, as fast as it goes, for as long as the connection is. */
const WS_FLOODS: Record<string, (said: Announce) => unknown> = {
  'endless garbage': () => '{',
  'endless answers': said => announce(said, { interval: 600, complete: 1, incomplete: 1 }),
  'endless offers': said =>
    announce(said, { ...offered({ type: 'offer', sdp: SDP }), peer_id: randomBytes(10).toString('hex') }),
  'endless foreign hashes': () => ({ action: 'announce', info_hash: randomBytes(10).toString('hex'), complete: 1 }),
};

/** Their URLs. */
async function openLyingWebSockets(names: string[], stack: AsyncDisposableStack, onAsked: (name: string) => void) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  stack.defer(() => {
    for (const connection of server.clients) connection.terminate();
    server.close();
  });
  server.on('connection', (connection, { url = '' }) => {
    const name = decodeURIComponent(url.slice(1));
    connection.on('error', () => {});
    connection.on('message', message => {
      const said: Announce = JSON.parse(String(message));
      onAsked(name);
      for (const lie of WS_LIES[name]?.(said) ?? []) tell(connection, lie);
      const flood = WS_FLOODS[name];
      if (flood) pour(connection, () => flood(said));
    });
  });
  const { port } = server.address() as AddressInfo;
  return names.map(name => `ws://127.0.0.1:${port}/${encodeURIComponent(name)}`);
}

function tell(connection: WebSocket, lie: unknown): void {
  connection.send(typeof lie === 'string' || Buffer.isBuffer(lie) ? lie : JSON.stringify(lie));
}

/** Twenty messages each 5 ms, as long as they are taken. */
function pour(connection: WebSocket, next: () => unknown): void {
  const pouring = setInterval(() => {
    for (let one = 0; one < 20 && connection.bufferedAmount < MiB; one++) tell(connection, next());
  }, 5);
  connection.once('close', () => clearInterval(pouring));
}

// ---------------------------------------------------------------- the file comes all the same

// Both wait until they are asked again.
describe('a download with trackers', { concurrent: true }, () => {
  it('over UDP that lie under the right transaction', async context => {
    const { stack, asked, expectTheFileBeside } = await openStage(context);
    const names = Object.keys(UDP_LIES);
    const bad = await Promise.all(names.map(name => openLyingUdp(UDP_LIES[name]!, stack, () => asked(name))));
    await expectTheFileBeside(bad, names);
  });

  it('over WebSocket that babble, lie or never end', async context => {
    const { stack, asked, expectTheFileBeside } = await openStage(context);
    const names = [...Object.keys(WS_LIES), ...Object.keys(WS_FLOODS)];
    await expectTheFileBeside(await openLyingWebSockets(names, stack, asked), names);
  });
});
