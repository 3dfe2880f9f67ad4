/** A connection to a peer that has blobs: one is asked for at a time, and what comes is checked before it is anything. */

import { connect } from 'node:net';
import { LsdError } from '../../../shared/errors.ts';
import { type BlobHash, type BlobSource, MAX_BLOB_BYTES } from '../blob.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { readJsonFrame } from './json-frame.ts';
import { bytesToCome, isRateAccepted, RATE_OFFER, writeRequest } from './messages.ts';

/** As lbry-sdk waits, ms: for the connection, and for anything to come. */
const CONNECT_MS = 3_000;
const SILENCE_MS = 30_000;
/** Ms for a whole blob, where nothing here holds it up: lbry-sdk gives up at 30 s, and so leaves whoever sends under 70 kB/s. */
const BLOB_MS = 120_000;
const MAX_REPLY_BYTES = 65_536;
const NEWLINE = 0x0a;

export interface BlobConnection extends BlobSource, AsyncDisposable {
  /**
   * The bytes are the caller's own, all of their buffer. Throws `timeout` or `site-unreachable` where the peer is silent or gone,
   * `invalid` where it sends what is wrong: it is closed then.
   */
  get(hash: BlobHash, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

export interface PeerAddress {
  address: string;
  tcpPort: number;
}

/** What a connection tells of its bytes, and what holds them up. */
export interface Tap {
  /** Calls `pass` when so many that came may count; returns the way to give up. */
  pay(bytes: number, pass: () => void): () => void;
  isLimited(): boolean;
}
const OPEN_TAP: Tap = {
  pay(_, pass) {
    pass();
    return () => {};
  },
  isLimited: () => false,
};

export interface ConnectOptions {
  workers: Pick<BlobWorkers, 'hash'>;
  tap?: Tap;
}

export async function connectPeer(
  peer: PeerAddress,
  { workers, tap = OPEN_TAP }: ConnectOptions,
  signal: AbortSignal,
): Promise<BlobConnection> {
  const inbox = createInbox(peer, tap);
  try {
    await inbox.opened(AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]));
  } catch (thrown) {
    inbox.close();
    throw thrown;
  }
  let last: Promise<unknown> = Promise.resolve();

  async function fetch(hash: BlobHash, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const length = await request(hash, signal);
      if (length === 0) return undefined;
      const all = tap.isLimited() ? signal : AbortSignal.any([signal, AbortSignal.timeout(BLOB_MS)]);
      return await readBlob(hash, length, all);
    } catch (thrown) {
      // Nobody can tell what its next bytes would belong to.
      inbox.close();
      throw thrown;
    }
  }
  /** Resolves to how many bytes come. */
  async function request(hash: BlobHash, signal: AbortSignal): Promise<number> {
    for (const isAgreed of [false, true]) {
      inbox.send(writeRequest(hash));
      const length = bytesToCome(await readFrame(signal), hash);
      if (length === undefined) throw wrong(peer, 'answered what was not asked');
      if (length !== 'unset') return length;
      if (isAgreed || !(await agree(signal))) return 0;
    }
    return 0;
  }
  async function agree(signal: AbortSignal): Promise<boolean> {
    inbox.send(RATE_OFFER);
    const answer = isRateAccepted(await readFrame(signal));
    if (answer === undefined) throw wrong(peer, 'answered what was not asked');
    return answer;
  }
  async function readFrame(signal: AbortSignal): Promise<object> {
    for (;;) {
      const frame = readJsonFrame(inbox.bytes());
      if (frame) {
        inbox.take(frame.end);
        return frame.value;
      }
      const { length } = inbox.bytes();
      if (length > MAX_REPLY_BYTES) throw wrong(peer, 'answered without an end');
      await inbox.reach(length + 1, signal);
    }
  }
  async function readBlob(hash: BlobHash, length: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    await inbox.reach(length, signal);
    const first = await workers.hash(inbox.take(length));
    if (first.hash === hash) return first.bytes;
    // One implementation of 2026 sends a line break before the blob.
    if (first.bytes[0] !== NEWLINE) throw wrong(peer, 'sent a blob that is not the one');
    await inbox.reach(1, signal);
    const shifted = new Uint8Array(length);
    shifted.set(first.bytes.subarray(1));
    shifted.set(inbox.take(1), length - 1);
    const second = await workers.hash(shifted);
    if (second.hash !== hash) throw wrong(peer, 'sent a blob that is not the one');
    return second.bytes;
  }

  return {
    get(hash, signal) {
      const turn = last.then(() => fetch(hash, signal));
      last = turn.catch(() => {});
      return turn;
    },
    async [Symbol.asyncDispose]() {
      inbox.close();
    },
  };
}

interface Inbox {
  opened(signal: AbortSignal): Promise<void>;
  send(text: string): void;
  /** what came and was not taken */
  bytes(): Uint8Array;
  /** So many of them, in memory of their own. */
  take(length: number): Uint8Array<ArrayBuffer>;
  /** Resolves when so many are there. Throws where no more come, or `signal` aborts. */
  reach(length: number, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** No more than a reply and a blob are read ahead of whom they are for. */
const MOST_AHEAD = MAX_BLOB_BYTES + 131_072;
/** Bytes that are read from the system at once. */
const CHUNK = 131_072;

function createInbox(peer: PeerAddress, tap: Tap): Inbox {
  let memory: Uint8Array<ArrayBuffer> = new Uint8Array();
  let giveUp = () => {};
  let [start, end] = [0, 0];
  let wanted = 0;
  let ended: LsdError | undefined;
  let bell = Promise.withResolvers<void>();
  const ring = () => {
    bell.resolve();
    bell = Promise.withResolvers();
  };
  const name = `${peer.address}:${peer.tcpPort}`;
  // What Node would make of each chunk otherwise is memory to be collected, at a rate that is felt.
  const onread = { buffer: new Uint8Array(CHUNK), callback: receive };
  const socket = connect({ host: peer.address, port: peer.tcpPort, noDelay: true, onread });
  socket.on('connect', ring);
  socket.on('error', cause => {
    ended ??=
      cause instanceof LsdError
        ? cause
        : new LsdError('site-unreachable', `The peer at ${name} cannot be reached.`, { cause });
  });
  socket.on('timeout', () => socket.destroy(new LsdError('timeout', `The peer at ${name} does not answer.`)));
  socket.on('close', () => {
    giveUp();
    ended ??= new LsdError('site-unreachable', `The peer at ${name} ended the connection.`);
    memory = new Uint8Array();
    [start, end] = [0, 0];
    ring();
  });
  function receive(count: number, chunk: Uint8Array): boolean {
    if (end - start + count > MOST_AHEAD) {
      socket.destroy();
      return false;
    }
    if (memory.length === 0) memory = Buffer.allocUnsafeSlow(MOST_AHEAD);
    if (end + count > memory.length) {
      memory.copyWithin(0, start, end);
      [start, end] = [0, end - start];
    }
    memory.set(chunk.subarray(0, count), end);
    end += count;
    pay(count);
    if (end - start >= wanted) ring();
    return true;
  }
  /** Nothing more is taken from the system until these bytes may have come. */
  function pay(bytes: number): void {
    let isPaid = false;
    giveUp = tap.pay(bytes, () => {
      isPaid = true;
      if (!socket.isPaused()) return;
      socket.setTimeout(SILENCE_MS);
      socket.resume();
    });
    if (isPaid) return;
    socket.pause();
    socket.setTimeout(0);
  }

  /** What is much goes with the memory that it came into: no byte of it is copied. */
  function giveAway(length: number): Uint8Array<ArrayBuffer> {
    const given = new Uint8Array(memory.buffer, start, length);
    const rest = memory.subarray(start + length, end);
    memory = rest.length > 0 ? Buffer.allocUnsafeSlow(MOST_AHEAD) : new Uint8Array();
    memory.set(rest);
    [start, end] = [0, rest.length];
    return given;
  }
  function copyOut(length: number): Uint8Array<ArrayBuffer> {
    const copy = Uint8Array.from(memory.subarray(start, start + length));
    start += length;
    return copy;
  }

  async function more(signal: AbortSignal): Promise<void> {
    if (ended) throw ended;
    const aborted = Promise.withResolvers<never>();
    const abort = () => aborted.reject(reasonOf(signal, name));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
    try {
      await Promise.race([bell.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', abort);
    }
    if (ended) throw ended;
  }

  return {
    async opened(signal) {
      while (socket.connecting) await more(signal);
    },
    send(text) {
      socket.setTimeout(SILENCE_MS);
      socket.write(text);
    },
    bytes: () => memory.subarray(start, end),
    take(length) {
      const taken = length > CHUNK ? giveAway(length) : copyOut(length);
      if (start === end) socket.setTimeout(0);
      return taken;
    },
    async reach(length, signal) {
      wanted = length;
      while (end - start < length) await more(signal);
    },
    close: () => void socket.destroy(),
  };
}

function reasonOf(signal: AbortSignal, name: string): unknown {
  const { reason } = signal;
  if (!(reason instanceof Error && reason.name === 'TimeoutError')) return reason;
  return new LsdError('timeout', `The peer at ${name} does not answer.`);
}

function wrong({ address, tcpPort }: PeerAddress, what: string): LsdError {
  return new LsdError('invalid', `The peer at ${address}:${tcpPort} ${what}.`);
}
