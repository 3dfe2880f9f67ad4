/** What peers see when a reader jumps: requests that stand in its way are taken back, and each has one answer (BEP 6). */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareTorrent, parseInfo } from '../../../host/bittorrent/metainfo.ts';
import {
  type Block,
  blockMessage,
  blockOf,
  CANCEL,
  HAVE_ALL,
  INTERESTED,
  keyOf,
  message,
  PIECE,
  type RawPeer,
  REJECT,
  REQUEST,
  rawPeer,
  UNCHOKE,
} from '../../support/raw-peer.ts';
import { event, type Home, hold, meeting, openHome, request, someBytes, until, wish } from '../../support/swarm.ts';

const BLOCK = 16_384;

let home: Home;

beforeEach(async () => {
  home = await openHome();
});

afterEach(() => home.close());

/** The blocks that the peer is still to send. */
function openRequests(peer: RawPeer): Block[] {
  const open = new Map<string, Block>();
  for (const each of peer.heard) {
    if (each.type === REQUEST) open.set(keyOf(blockOf(each)), blockOf(each));
    if (each.type === CANCEL) open.delete(keyOf(blockOf(each)));
  }
  return [...open.values()];
}

async function stand(size: number) {
  const file = someBytes(size);
  home.torrents.download(wish(file, [meeting(null)], { torrent: () => bareTorrent(file.info) }));
  await until('the download to begin', () => home.torrents.transfer(file.id)?.state !== 'metadata');
  const peer = await rawPeer(home.torrents.peerPort, file.infoHash);
  const { pieceLength } = parseInfo(file.info);
  const give = ({ piece, offset, length }: Block) => {
    const at = piece * pieceLength + offset;
    peer.send(message(PIECE, [piece, offset], file.bytes.subarray(at, at + length)));
  };
  return { file, peer, give, pieceLength };
}

function reader(content: Awaited<ReturnType<Home['torrents']['open']>>, start: number, end: number) {
  const aborting = new AbortController();
  const reading = content!.read({ start, end }, aborting.signal)[Symbol.asyncIterator]();
  const read = reading.next();
  read.catch(() => {});
  const stop = () => {
    aborting.abort(new Error('jumped'));
    // It may have its first bytes already.
    void reading.return?.();
  };
  return { read, stop };
}

describe('a reader that jumps', () => {
  it('has what stood in its way cancelled on the wire, and its new place asked for instead', async () => {
    const { file, peer, give, pieceLength } = await stand(20 * 1024 * 1024);
    let given = 0;
    // It gives enough to be asked for many at once, and then nothing.
    peer.onMessage(said => {
      if (said.type === REQUEST && given++ < 60) give(blockOf(said));
    });
    const content = await home.torrents.open(file.id);
    const first = reader(content, 0, file.bytes.length);
    peer.send(message(HAVE_ALL), message(UNCHOKE));
    await until('many requests', () => peer.heard.filter(each => each.type === REQUEST).length > 70);
    const before = openRequests(peer).slice(-10);
    const place = 16 * 1024 * 1024;
    first.stop();
    const second = reader(content, place, file.bytes.length);
    const wanted = Math.floor(place / pieceLength);
    await until('the new place to be asked for', () => openRequests(peer).some(each => each.piece === wanted));
    const isCancelled = (asked: Block) =>
      peer.heard.some(each => each.type === CANCEL && keyOf(blockOf(each)) === keyOf(asked));
    await until('what stood in the way to be cancelled', () => before.every(isCancelled));

    // Each cancelled request is answered, and the file comes all the same: nothing is lost, nothing is asked for twice.
    for (const each of peer.heard) if (each.type === CANCEL) peer.send(blockMessage(REJECT, blockOf(each)));
    const verified = event(home.events, 'download.verified');
    for (const each of openRequests(peer).filter(each => each.piece >= wanted)) give(each);
    given = Number.NEGATIVE_INFINITY;
    expect(Buffer.from((await second.read).value).subarray(0, 1000)).toEqual(file.bytes.subarray(place, place + 1000));
    await verified;
    await content?.[Symbol.asyncDispose]();
    peer.socket.destroy();
  });

  it('takes a block that comes although it was cancelled', async () => {
    const { file, peer, give, pieceLength } = await stand(20 * 1024 * 1024);
    const content = await home.torrents.open(file.id);
    const first = reader(content, 0, file.bytes.length);
    peer.send(message(HAVE_ALL), message(UNCHOKE));
    const late = await until('a request', () => openRequests(peer)[0]);
    first.stop();
    const place = 16 * 1024 * 1024;
    const second = reader(content, place, place + pieceLength);
    await until('it to be cancelled', () => peer.heard.some(each => each.type === CANCEL));
    const asked = () => peer.heard.filter(each => each.type === REQUEST && keyOf(blockOf(each)) === keyOf(late));
    give(late);
    const verified = event(home.events, 'download.verified');
    peer.onMessage(said => {
      if (said.type === REQUEST) give(blockOf(said));
    });
    for (const each of openRequests(peer)) give(each);
    await verified;
    await second.read;
    expect(asked()).toHaveLength(1);
    await content?.[Symbol.asyncDispose]();
    peer.socket.destroy();
  });
});

describe('a reader that reads on', () => {
  it('has nothing cancelled, though more is on its way than it needs next', async () => {
    const { file, peer, give } = await stand(20 * 1024 * 1024);
    peer.onMessage(said => {
      if (said.type === REQUEST) give(blockOf(said));
    });
    const content = await home.torrents.open(file.id);
    peer.send(message(HAVE_ALL), message(UNCHOKE));
    const verified = event(home.events, 'download.verified');
    for await (const _bytes of content!.read({ start: 0, end: file.bytes.length }, new AbortController().signal)) {
      // As fast as they come.
    }
    await verified;
    expect(peer.heard.filter(each => each.type === CANCEL)).toEqual([]);
    await content?.[Symbol.asyncDispose]();
    peer.socket.destroy();
  });
});

describe('a peer that sends what it has begun, cancelled or not', () => {
  it('is asked for no more than a moment ahead while there is a reader, though he has all he needs', async () => {
    const { file, peer, give } = await stand(20 * 1024 * 1024);
    const content = await home.torrents.open(file.id);
    const place = reader(content, 0, 1024 * 1024);
    const waiting: Block[] = [];
    peer.onMessage(said => {
      if (said.type === REQUEST) waiting.push(blockOf(said));
    });
    // A few megabytes a second.
    let given = 0;
    let longest = 0;
    const pace = setInterval(() => {
      if (given > 400) longest = Math.max(longest, waiting.length);
      const next = waiting.shift();
      if (next) give(next);
      if (next) given++;
    }, 3);
    peer.send(message(HAVE_ALL), message(UNCHOKE));
    await place.read;
    await until('many blocks', () => given > 500);
    clearInterval(pace);
    expect(longest).toBeGreaterThan(0);
    // without a reader some 200
    expect(longest).toBeLessThan(100);
    place.stop();
    await content?.[Symbol.asyncDispose]();
    peer.socket.destroy();
  });
});

describe('a peer that cancels', () => {
  it('is not sent what it no longer wants, but for the little that was read from the disk', async () => {
    const file = someBytes(4 * 1024 * 1024);
    await hold(home, file);
    home.torrents.setLimits({ down: null, up: 500_000 });
    request(home, meeting(null), [file.id]);
    await until('it to wake', () => home.torrents.transfer(file.id));
    const peer = await rawPeer(home.torrents.peerPort, file.infoHash);
    // 16 blocks a piece
    const wanted = Array.from({ length: 100 }, (_, at) => ({
      piece: at >> 4,
      offset: (at % 16) * BLOCK,
      length: BLOCK,
    }));
    peer.send(message(INTERESTED));
    await until('a slot', () => peer.heard.some(each => each.type === UNCHOKE));
    peer.send(...wanted.map(each => blockMessage(REQUEST, each)));
    await until('a block', () => peer.heard.some(each => each.type === PIECE));
    peer.send(...wanted.map(each => blockMessage(CANCEL, each)));
    const answers = (type: number) => peer.heard.filter(each => each.type === type).length;
    await until('an answer to each', () => answers(PIECE) + answers(REJECT) >= wanted.length);
    expect(answers(PIECE)).toBeLessThan(20);
    peer.socket.destroy();
  });

  it('gets one answer to each request: the block, or a rejection', async () => {
    const file = someBytes(4 * 1024 * 1024);
    await hold(home, file);
    request(home, meeting(null), [file.id]);
    await until('it to wake', () => home.torrents.transfer(file.id));
    const peer = await rawPeer(home.torrents.peerPort, file.infoHash);
    peer.send(message(INTERESTED));
    await until('a slot', () => peer.heard.some(each => each.type === UNCHOKE));
    const blocks = Array.from({ length: 12 }, (_, at) => ({ piece: at, offset: 0, length: BLOCK }));
    const cancels = blocks.slice(4);
    peer.send(...blocks.map(each => blockMessage(REQUEST, each)), ...cancels.map(each => blockMessage(CANCEL, each)));
    const answers = () => peer.heard.filter(each => each.type === PIECE || each.type === REJECT);
    await until('an answer to each', () => answers().length >= blocks.length);
    const pieces = answers().map(({ body }) => body.readUInt32BE(0));
    expect(pieces.toSorted((a, b) => a - b)).toEqual(blocks.map(each => each.piece));
    expect(peer.heard.filter(each => each.type === REJECT).map(each => blockOf(each).piece)).toContain(11);
    peer.socket.destroy();
  });
});
