import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type BValue, decodePrefix, dict, encode, isDict } from '../../../host/core/bencode.ts';
import { homeOfTest } from '../../support/home-of-test.ts';
import { type Home, hold, meeting, request, someBytes, until, wish } from '../../support/swarm.ts';

const at = ({ torrents }: Home) => `127.0.0.1:${torrents.peerPort}`;

/** One that holds and is slow, one that fetches from it, and one that is told of the second alone. */
async function threeHomes(reach: 'public' | 'site') {
  const [holder, between, last] = [await homeOfTest(), await homeOfTest(), await homeOfTest()];
  const file = someBytes(8_000_000);
  await hold(holder, file);
  holder.torrents.setLimits({ down: null, up: 50_000 });
  request(holder, meeting(null, { reach }), [file.id]);
  between.torrents.download(wish(file, [meeting(null, { reach, peers: [at(holder)] })]));
  const peersOf = (one: Home) => one.torrents.transfer(file.id)?.peers ?? 0;
  await until('the first two to meet', () => peersOf(between) === 1);
  last.torrents.download(wish(file, [meeting(null, { reach, peers: [at(between)] })]));
  await until('the last to meet the one between', () => peersOf(last) >= 1);
  return { file, between, last, peersOf };
}

/** A peer that says where it listens; gives what it is told in extension messages, by name or number. */
async function listener(port: number, infoHash: string, listensAt: number) {
  const heard: { id: number; body: BValue }[] = [];
  const socket: Socket = connect(port, '127.0.0.1');
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0x10, 0, 0]);
  const start = Buffer.concat([Buffer.from('\x13BitTorrent protocol', 'latin1'), reserved]);
  socket.write(Buffer.concat([start, Buffer.from(infoHash, 'hex'), Buffer.from('-XX0001-abcdefghijkl')]));
  let rest: Buffer = Buffer.alloc(0);
  let shaken = false;
  socket.on('data', (bytes: Buffer) => {
    rest = Buffer.concat([rest, bytes]);
    if (!shaken && rest.length >= 68) {
      shaken = true;
      rest = rest.subarray(68);
      const known = dict({ m: dict({ ut_pex: 7 }), p: listensAt });
      socket.write(extension(0, encode(known)));
    }
    while (shaken && rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
      const message = rest.subarray(4, 4 + rest.readUInt32BE(0));
      rest = rest.subarray(4 + message.length);
      if (message[0] === 20) heard.push({ id: message[1] ?? -1, body: decodePrefix(message.subarray(2)).value });
    }
  });
  socket.on('error', () => {});
  await until('its extensions', () => heard.length > 0);
  return { heard, close: () => socket.destroy() };
}

function extension(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(6);
  head.writeUInt32BE(2 + body.length);
  head[4] = 20;
  head[5] = id;
  return Buffer.concat([head, body]);
}

function entry(value: BValue | undefined, key: string): BValue | undefined {
  return isDict(value) ? value.entries.get(key) : undefined;
}

/** Of compact IPv4 addresses, six bytes each. */
function portsOf(compact: BValue | undefined): number[] {
  if (!(compact instanceof Uint8Array)) return [];
  const bytes = Buffer.from(compact);
  return Array.from({ length: bytes.length / 6 }, (_, at) => bytes.readUInt16BE(at * 6 + 4));
}

describe('peer exchange', () => {
  it('with reach `public` a peer tells of the peers that it has', async () => {
    const { last, peersOf } = await threeHomes('public');
    await until('the last to meet the holder', () => peersOf(last) === 2);
  });

  it('two that hear of each other keep one connection', async () => {
    const { file, last, between, peersOf } = await threeHomes('public');
    await until('the last to meet the holder', () => peersOf(last) === 2);
    between.torrents.download(wish(file, [meeting(null, { reach: 'public', peers: [at(last)] })]));
    const another = await listener(between.torrents.peerPort, file.infoHash, 6881);
    // The one between has three peers by now: the holder, the last and this one, each once.
    await until('all three', () => peersOf(between) === 3);
    another.close();
    await until('two again', () => peersOf(between) === 2);
    await until('the last to have two', () => peersOf(last) === 2);
  });

  it('a peer is told of others, not of itself', async () => {
    const { file, between, last } = await threeHomes('public');
    const peer = await listener(between.torrents.peerPort, file.infoHash, 6881);
    const told = await until('peers', () => peer.heard.find(({ id }) => id === 7)?.body);
    expect(portsOf(entry(told, 'added'))).toContain(last.torrents.peerPort);
    expect(portsOf(entry(told, 'added'))).not.toContain(6881);
    peer.close();
  });

  it('with reach `site` it is not spoken', async () => {
    const { file, between, last, peersOf } = await threeHomes('site');
    const peer = await listener(between.torrents.peerPort, file.infoHash, 6881);
    const said = peer.heard[0]?.body;
    expect(entry(entry(said, 'm'), 'ut_metadata')).toBeDefined();
    expect(entry(entry(said, 'm'), 'ut_pex')).toBeUndefined();
    expect(entry(said, 'p')).toBeUndefined();
    expect(peersOf(last)).toBe(1);
    peer.close();
  });
});

describe('the extended handshake', () => {
  it('says how many requests may be open at once', async () => {
    const holder = await homeOfTest();
    const file = someBytes(700_000);
    await hold(holder, file);
    request(holder, meeting(null), [file.id]);
    const peer = await listener(holder.torrents.peerPort, file.infoHash, 6881);
    expect(entry(peer.heard[0]?.body, 'reqq')).toBe(2048);
    peer.close();
  });
});
