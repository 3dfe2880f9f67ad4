/**
 * How the blocks of a download are asked for, taken in and verified, in place of WebTorrent's own way: that one leaves up
 * to a second of requests standing in front of a reader's jump, copies each block three times, and sends each request as
 * a write of its own.
 */

import { hash } from 'node:crypto';
import type { Torrent, Wire } from 'webtorrent';
import { type Batch, batchMessages } from '../peers/batching.ts';
import { createTakenBack, type TakenBack } from '../peers/taken-back.ts';
import type { Asked, Flight } from './flight.ts';
import { createPicker, type Line, type PieceRange, type WantedPieces } from './picker.ts';
import type { PieceBuffers } from './piece-buffers.ts';
import { BLOCK_BYTES, createPipeline } from './pipeline.ts';

export interface FetchingDeps {
  torrent: Torrent;
  /** of the wanted file; no others are asked for */
  range: PieceRange;
  /** Nothing is fetched but what readers want. */
  readersOnly?: boolean;
  /** Which pieces are fetched without a reader, and how; all, where it is left out. */
  wanted?: WantedPieces;
  /** Peers are not told what is here. */
  silent?: boolean;
  /** ms, of a clock that is never set */
  now(): number;
  /** what pieces are put together in */
  buffers: PieceBuffers;
  /** Writes a verified piece. Its bytes are another's once that is done. */
  put(piece: number, bytes: Uint8Array): Promise<void>;
  /** A piece was hashed; `senders`: the addresses of those whose blocks it was made of. */
  onHashed(isRight: boolean, senders: ReadonlySet<string>): void;
  onTrouble(thrown: unknown): void;
}

export interface Fetching {
  follow(wire: Wire): void;
  /** Where readers are: these pieces come before all others. */
  focus(windows: readonly PieceRange[]): void;
  /** What is wanted is another now. */
  reconsider(): void;
  /** These were here, and are there no longer. */
  lost(pieces: readonly number[]): void;
  /** pieces of which a part is here */
  begun(): number[];
}

/** verified bytes that wait for the disk; beyond these nothing more is asked for */
const MAX_WRITING = 32 * 1024 * 1024;
/** bytes of pieces that were begun, and are asked of nobody */
const MAX_STALLED = 256 * 1024 * 1024;
/** pieces that a web seed is asked for at once */
const WEB_SEED_PIECES = 4;
/** what is asked for is asked in batches: when this part of the pipeline is empty */
const REFILL_PART = 4;

interface PeerLine extends Line {
  batch: Batch;
  asked: Set<Asked>;
  takenBack: TakenBack;
  /** nothing was found for it, and nothing has changed since */
  starved: boolean;
}

export function createFetching(deps: FetchingDeps): Fetching {
  const { torrent, range, buffers, now } = deps;
  const lines = new Map<Wire, PeerLine>();
  const picker = createPicker({
    torrent,
    range,
    readersOnly: deps.readersOnly ?? false,
    ...(deps.wanted && { wanted: deps.wanted }),
    now,
    take: buffers.take,
    lineOf: wire => lineOf(wire),
  });
  let writing = 0;
  let scheduled = false;

  function lineOf(wire: Wire): PeerLine {
    return lines.get(wire) ?? follow(wire);
  }

  function follow(wire: Wire): PeerLine {
    const reqq = () => {
      const said = wire.peerExtendedHandshake.reqq;
      return typeof said === 'number' && said > 0 ? said : undefined;
    };
    const line: PeerLine = {
      wire,
      pipeline: createPipeline(now, reqq),
      batch: batchMessages(wire),
      asked: new Set(),
      takenBack: createTakenBack(wire, now, (piece, offset, bytes) => lateBlock(line, piece, offset, bytes)),
      current: undefined,
      starved: false,
    };
    lines.set(wire, line);
    const fed = () => {
      line.starved = false;
    };
    for (const event of ['have', 'bitfield', 'have-all', 'unchoke', 'allowed-fast']) wire.prependListener(event, fed);
    wire.once('close', () => lines.delete(wire));
    // It may have unchoked us right behind its handshake, before anyone listened.
    schedule();
    return line;
  }

  // ------------------------------------------------------------------ asking

  const depthOf = ({ wire, pipeline }: PeerLine) =>
    wire.type === 'webSeed' ? WEB_SEED_PIECES : pipeline.depth(picker.mayJump ? 'reader' : 'bulk');

  function mayAsk({ wire, starved }: PeerLine): boolean {
    if (starved || wire.destroyed || torrent.destroyed || !torrent.ready || writing > MAX_WRITING) return false;
    return !wire.peerChoking || wire.peerAllowedFastSet.length > 0;
  }

  function fill(line: PeerLine): void {
    if (!mayAsk(line)) return;
    const depth = depthOf(line);
    if ((depth - line.wire.requests.length) * REFILL_PART < depth) return;
    line.batch(() => {
      while (line.wire.requests.length < depth && askNext(line));
    });
  }

  /** False where there is nothing to ask it for. */
  function askNext(line: PeerLine): boolean {
    if (line.wire.type === 'webSeed') {
      const flight = picker.untouched(line);
      return flight ? ask(line, flight, 0, flight.blockCount) : starve(line);
    }
    const pick = picker.next(line);
    return pick ? ask(line, pick.flight, pick.block, 1) : starve(line);
  }

  function starve(line: PeerLine): false {
    // While requests are on their way it may yet be asked for what a slower peer owes.
    line.starved = picker.flights.size === 0;
    loseInterest(line.wire);
    return false;
  }

  /** Who wants nothing of a peer says so, or it would keep an upload slot there. */
  function loseInterest(wire: Wire): void {
    if (wire.requests.length === 0 && !picker.isOfUse(wire)) wire.uninterested();
  }

  function ask(line: PeerLine, flight: Flight, block: number, count: number): boolean {
    const { wire, takenBack } = line;
    const outstanding = wire.requests.length + 1;
    const asked: Asked = { flight, wire, block, count, at: now(), outstanding, afterCancelled: takenBack.isDue };
    flight.ask(asked);
    line.asked.add(asked);
    wire.request(flight.piece, block * BLOCK_BYTES, flight.lengthOf(block, count), (error, bytes) => {
      line.asked.delete(asked);
      flight.release(asked);
      if (error || !bytes) freed(flight);
      else arrived(line, asked, bytes);
    });
    return line.asked.has(asked);
  }

  /** Blocks of it can be asked for again. */
  function freed(flight: Flight): void {
    if (picker.flights.get(flight.piece) === flight && flight.untouched) picker.flights.delete(flight.piece);
    picker.dropStalled(MAX_STALLED);
    feedAll();
  }

  function feedAll(): void {
    for (const line of lines.values()) line.starved = false;
    schedule();
  }

  function reconsider(): void {
    for (const { wire } of lines.values()) torrent._updateWireInterest(wire);
    feedAll();
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      fillAll();
    });
  }

  /** Block by block to whoever brings it first, so that what a reader waits for comes from all of them together. */
  function fillAll(): void {
    const open = [...lines.values()].filter(line => mayAsk(line) && line.wire.requests.length < depthOf(line));
    if (!picker.urgent) {
      for (const line of open) fill(line);
      return;
    }
    const soonest = (a: PeerLine, b: PeerLine) => soon(a) - soon(b);
    while (open.length > 0) {
      const line = open.sort(soonest)[0]!;
      const asked = askNext(line);
      if (!asked || line.wire.requests.length >= depthOf(line)) open.shift();
    }
  }

  function soon({ wire, pipeline }: PeerLine): number {
    const ms = pipeline.expectedMs(wire.requests.length);
    return Number.isFinite(ms) ? ms : 50 * (wire.requests.length + 1);
  }

  // ------------------------------------------------------------------ taking in

  function arrived(line: PeerLine, asked: Asked, bytes: Uint8Array): void {
    const tells = line.wire.type !== 'webSeed' && !asked.afterCancelled;
    if (tells) line.pipeline.arrived(now() - asked.at, asked.outstanding);
    for (let at = 0; at < asked.count; at++) {
      take(line, asked.flight, asked.block + at, bytes.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES));
    }
    fill(line);
  }

  function take({ wire }: PeerLine, flight: Flight, block: number, bytes: Uint8Array): void {
    if (picker.flights.get(flight.piece) !== flight || !flight.put(block, bytes, wire.remoteAddress)) return;
    for (const other of [...flight.askedOf(block)]) if (other.count === 1) cancel(other);
    const piece = flight.whole();
    if (piece) void verify(flight, piece);
  }

  /** A request was cancelled while the block was on its way: it is as good as any. */
  function lateBlock(line: PeerLine, piece: number, offset: number, bytes: Uint8Array): void {
    const block = offset / BLOCK_BYTES;
    const flight = picker.flightOf(piece);
    if (flight && bytes.length === flight.lengthOf(block, 1)) take(line, flight, block, bytes);
  }

  function cancel({ wire, flight, block, count }: Asked): void {
    // Its callback releases the request.
    lineOf(wire).takenBack.cancel(flight.piece, block * BLOCK_BYTES, flight.lengthOf(block, count));
  }

  async function verify(flight: Flight, bytes: Uint8Array): Promise<void> {
    const { piece } = flight;
    const isRight = hash('sha1', bytes) === torrent._hashes[piece];
    deps.onHashed(isRight, flight.senders);
    if (!isRight) {
      picker.flights.delete(piece);
      buffers.give(bytes);
      feedAll();
      return;
    }
    writing += bytes.length;
    try {
      await deps.put(piece, bytes);
    } catch (thrown) {
      deps.onTrouble(thrown);
      return;
    } finally {
      if (writing > MAX_WRITING) schedule();
      writing -= bytes.length;
    }
    picker.flights.delete(piece);
    buffers.give(bytes);
    if (!torrent.destroyed) verified(piece);
  }

  function verified(piece: number): void {
    torrent.pieces[piece] = null;
    torrent._markVerified(piece);
    if (!deps.silent) for (const wire of [...torrent.wires]) if (!wire.peerPieces.get(piece)) wire.have(piece);
    if (picker.flights.size > 0 || picker.urgent) return;
    torrent._checkDone();
    for (const wire of [...torrent.wires]) loseInterest(wire);
  }

  // ------------------------------------------------------------------ the seam

  torrent._update = schedule;
  torrent._updateWire = wire => fill(lineOf(wire));
  torrent._updateWireInterest = wire => {
    if (wire.amInterested) return;
    if (picker.isOfUse(wire)) wire.interested();
  };

  return {
    follow: wire => void lineOf(wire),
    focus(windows) {
      const jumped = picker.focus(windows);
      if (jumped && picker.urgent) clearTheWay();
      feedAll();
    },
    reconsider,
    lost(pieces) {
      // What is here is not known yet; whoever misses it then says so again.
      if (!torrent.ready) return;
      for (const piece of pieces) {
        torrent._markUnverified(piece);
        picker.lost(piece);
        // BEP 54: or they would ask for it, and wait.
        if (!deps.silent) for (const wire of torrent.wires) wire.lt_donthave?.donthave(piece);
      }
      reconsider();
    },
    begun: () => [...picker.flights.values()].filter(flight => flight.begun).map(({ piece }) => piece),
  };

  /** What stands in front of a reader's new place is taken back: its blocks are asked for again later. */
  function clearTheWay(): void {
    for (const line of lines.values()) {
      if (line.wire.type === 'webSeed') continue;
      line.batch(() => {
        for (const asked of [...line.asked]) if (!picker.inWindows(asked.flight.piece)) cancel(asked);
      });
    }
  }
}
