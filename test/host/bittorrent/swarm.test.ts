/** Many at once: fifty peers on one torrent, in both directions, and two hundred torrents between two homes. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareTorrent, parseInfo } from '../../../host/bittorrent/metainfo.ts';
import { homeOfTest } from '../../support/home-of-test.ts';
import {
  blockMessage,
  blockOf,
  CHOKE,
  HAVE,
  INTERESTED,
  message,
  PIECE,
  type RawPeer,
  REQUEST,
  rawPeer,
  UNCHOKE,
} from '../../support/raw-peer.ts';
import {
  type Described,
  type Home,
  hold,
  meeting,
  request,
  sha1,
  someBytes,
  until,
  wish,
} from '../../support/swarm.ts';

const BLOCK = 16_384;
const PEERS = 50;
const TORRENTS = 200;

let peers: RawPeer[];

beforeEach(() => {
  peers = [];
});

afterEach(async () => {
  for (const { socket } of peers) socket.destroy();
});

async function crowd({ torrents }: Home, file: Described): Promise<RawPeer[]> {
  const names = Array.from({ length: PEERS }, (_, at) => `-XX0001-${String(at).padStart(12, '0')}`);
  peers = await Promise.all(names.map(name => rawPeer(torrents.peerPort, file.infoHash, name)));
  return peers;
}

/** Asks for each block of the file, a few ahead; resolves with all of them, in order. */
function fetchAll(peer: RawPeer, file: Described): Promise<Buffer> {
  const { pieceLength } = parseInfo(file.info);
  const blocks = Array.from({ length: Math.ceil(file.bytes.length / BLOCK) }, (_, at) => {
    const start = at * BLOCK;
    const length = Math.min(BLOCK, file.bytes.length - start);
    return { piece: Math.floor(start / pieceLength), offset: start % pieceLength, length };
  });
  const bytes = Buffer.alloc(file.bytes.length);
  let asked = 0;
  let here = 0;
  const ask = () => {
    const next = blocks[asked++];
    if (next) peer.send(blockMessage(REQUEST, next));
  };
  return new Promise((resolve, reject) => {
    peer.onMessage(({ type, body }) => {
      if (type === CHOKE) reject(new Error('choked'));
      if (type === UNCHOKE) for (let ahead = 0; ahead < 8; ahead++) ask();
      if (type !== PIECE) return;
      body.copy(bytes, body.readUInt32BE(0) * pieceLength + body.readUInt32BE(4), 8);
      if (++here === blocks.length) resolve(bytes);
      else ask();
    });
    peer.send(message(INTERESTED));
  });
}

describe('fifty peers on one torrent', () => {
  it('are served all of it, all at once', async () => {
    const holder = await homeOfTest();
    const file = someBytes(1_000_000);
    await hold(holder, file);
    request(holder, meeting(null), [file.id]);
    await until('it to wake', () => holder.torrents.transfer(file.id));
    const fetched = await Promise.all((await crowd(holder, file)).map(peer => fetchAll(peer, file)));
    expect(fetched.filter(bytes => sha1(bytes) === file.id)).toHaveLength(PEERS);
  });

  it('bring what each of them has a part of', async () => {
    const requester = await homeOfTest();
    const file = someBytes(8_000_000);
    const { pieceLength, pieceCount } = parseInfo(file.info);
    requester.torrents.download(wish(file, [meeting(null)], { torrent: () => bareTorrent(file.info) }));
    await until('the download to begin', () => requester.torrents.transfer(file.id)?.state !== 'metadata');
    const gave = new Set<RawPeer>();
    for (const [at, peer] of (await crowd(requester, file)).entries()) {
      peer.onMessage(said => {
        if (said.type !== REQUEST) return;
        const { piece, offset, length } = blockOf(said);
        gave.add(peer);
        const start = piece * pieceLength + offset;
        peer.send(message(PIECE, [piece, offset], file.bytes.subarray(start, start + length)));
      });
      // Each piece is at two of them.
      const pieces = Array.from({ length: pieceCount }, (_, piece) => piece).filter(piece => piece % 25 === at % 25);
      peer.send(...pieces.map(piece => message(HAVE, [piece])), message(UNCHOKE));
    }
    await until('the file', () => requester.catalogue.download(file.id));
    expect(gave.size).toBeGreaterThan(PEERS / 3);
  });
});

it('two hundred torrents are fetched and served at once', async () => {
  const [holder, requester] = [await homeOfTest(), await homeOfTest()];
  const files = Array.from({ length: TORRENTS }, () => someBytes(40_000));
  for (const file of files) await hold(holder, file);
  request(
    holder,
    meeting(null),
    files.map(({ id }) => id),
  );
  const place = meeting(null, { peers: [`127.0.0.1:${holder.torrents.peerPort}`] });
  for (const file of files) requester.torrents.download(wish(file, [place]));
  await until('all of them', () => files.every(({ id }) => requester.catalogue.download(id)), 90_000);
  expect(holder.suspects).toEqual([]);
}, 120_000);
