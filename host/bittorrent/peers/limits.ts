/** What a peer may ask for and leave unread, and how soon it may ask. */

import type { Torrent, Wire } from 'webtorrent';
import { peerOf } from './peer-of.ts';

/**
 * bytes that one peer may have us hold for it: read from disk, not yet taken by its socket. What it cancels is not sent as
 * long as it is not read, so no more is read ahead than it took of late.
 */
const UNREAD = { least: 64 * 1024, most: 2 * 1024 * 1024, ms: 30 };
/** requests beyond those, as each peer is told (`reqq` of BEP 10); one that sends more all the same is disconnected */
const MAX_QUEUED = 2048;

/** Holds back a peer's requests while it does not read what it already asked for; webtorrent would read them all into memory. */
export function capUploads(torrent: Torrent, wire: Wire, now: () => number): void {
  // Without it a peer on a fast line asks for a second's worth in advance, which may be more.
  wire.extendedHandshake.reqq = MAX_QUEUED;
  const queued: [index: number, offset: number, length: number][] = [];
  const answer = wire._onRequest.bind(wire);
  const reads = countReads(wire, pump);
  const unread = () => reads.bytes() + wire._readableState.buffered;
  // Whatever is asked for of a piece, all of it is read.
  const mayRead = (piece: number) => reads.pieces.has(piece) || reads.pieces.size * torrent.pieceLength < UNREAD.most;
  const taken = createTaken(now);

  function pump(): void {
    // Its store is gone with the torrent, and what was read from the socket may still be worked through.
    if (torrent.destroyed || wire.destroyed) queued.length = 0;
    for (let [next] = queued; next && mayRead(next[0]) && unread() < taken.allowed(); [next] = queued) {
      queued.shift();
      give(...next);
    }
  }

  /** The library says nothing of a piece that is not here. */
  function give(index: number, offset: number, length: number): void {
    if (!torrent.pieces[index]) answer(index, offset, length);
    else if (wire.hasFast) wire.reject(index, offset, length);
  }

  wire._onRequest = (index, offset, length) => {
    if (queued.length >= MAX_QUEUED) {
      wire.destroy();
      return;
    }
    queued.push([index, offset, length]);
    pump();
  };
  // Who is choked asks again for what it did not get: what it asked for before is rejected now, or given twice later.
  const choke = wire.choke.bind(wire);
  wire.choke = () => {
    choke();
    for (const request of queued.splice(0)) answer(...request);
  };
  // BEP 6: each request has one answer, a cancelled one too. WebTorrent leaves out the rejection.
  const cancel = wire._onCancel.bind(wire);
  wire._onCancel = (index, offset, length) => {
    const at = queued.findIndex(([i, o, l]) => i === index && o === offset && l === length);
    if (at >= 0) queued.splice(at, 1);
    const isRead = wire.peerRequests.some(each => each.piece === index && each.offset === offset);
    cancel(index, offset, length);
    if (wire.hasFast && (at >= 0 || isRead)) wire.reject(index, offset, length);
    pump();
  };
  peerOf(torrent, wire)?.on('upload', bytes => {
    taken.add(bytes);
    pump();
  });
  wire.on('close', () => {
    queued.length = 0;
  });
}

/** What is being read for a peer: also of what it cancelled meanwhile, or it would have us read without an end. */
function countReads(wire: Wire, onRead: () => void) {
  let bytes = 0;
  /** how many requests are for each */
  const pieces = new Map<number, number>();
  const count = (piece: number, length: number, change: 1 | -1) => {
    bytes += change * length;
    const left = (pieces.get(piece) ?? 0) + change;
    if (left > 0) pieces.set(piece, left);
    else pieces.delete(piece);
  };
  const emit = wire.emit.bind(wire);
  wire.emit = (event, ...given) => {
    if (event !== 'request') return emit(event, ...given);
    const [index, offset, length, respond] = given;
    count(index, length, 1);
    return emit(event, index, offset, length, (error: Error | null, block?: Uint8Array) => {
      count(index, length, -1);
      respond(error, block);
      // Not within the turn that asked for it: what is in memory is there at once.
      queueMicrotask(onRead);
    });
  };
  return { bytes: () => bytes, pieces };
}

/** How much a peer took in the last moment or two, and so may have ready for the next. */
function createTaken(now: () => number) {
  let since = now();
  let bytes = 0;
  let before = 0;
  function turn(): void {
    const moments = Math.floor((now() - since) / UNREAD.ms);
    if (moments === 0) return;
    before = moments === 1 ? bytes : 0;
    bytes = 0;
    since += moments * UNREAD.ms;
  }
  return {
    add(more: number): void {
      turn();
      bytes += more;
    },
    allowed(): number {
      turn();
      return Math.min(UNREAD.most, Math.max(UNREAD.least, before, bytes));
    },
  };
}

/** Unchokes at once where a slot is free: webtorrent would leave a peer waiting for its next round, up to 10 s. */
export function unchokeAtOnce(torrent: Torrent, wire: Wire): void {
  const unchoke = () => {
    if (!torrent.ready || torrent.destroyed || wire.destroyed || !wire.amChoking || !wire.peerInterested) return;
    const taken = torrent.wires.filter(each => !each.amChoking && each.peerInterested).length;
    if (taken < torrent._rechokeNumSlots) wire.unchoke();
  };
  wire.on('interested', unchoke);
  // It may have said so right behind its handshake, before anyone listened; or before there was anything to offer.
  setImmediate(unchoke);
  if (torrent.ready) return;
  const later = () => setImmediate(unchoke);
  torrent.once('ready', later);
  wire.once('close', () => torrent.off('ready', later));
}
