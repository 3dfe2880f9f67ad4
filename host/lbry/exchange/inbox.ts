/** What came from a blob peer and was not taken yet: no more than a blob, and no faster than it may come. */

import { connect } from 'node:net';
import { LsdError } from '../../../shared/errors.ts';
import { MAX_BLOB_BYTES } from '../blob.ts';
import type { PeerAddress } from './client.ts';

/** Ms in which anything must come, as lbry-sdk waits. */
const SILENCE_MS = 30_000;
/** No more than a reply and a blob are read ahead of whom they are for. */
const MOST_AHEAD = MAX_BLOB_BYTES + 131_072;
/** Bytes that are read from the system at once. */
const CHUNK = 131_072;

/** What a connection tells of its bytes, and what holds them up. */
export interface Tap {
  /** Calls `pass` when so many that came may count; returns the way to give up. */
  pay(bytes: number, pass: () => void): () => void;
  isLimited(): boolean;
}

export interface Inbox {
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

/** `localAddress`: that the socket is bound to; undefined: the system's choice. */
export function createInbox(peer: PeerAddress, tap: Tap, localAddress: string | undefined): Inbox {
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
  const socket = connect({ host: peer.address, port: peer.tcpPort, localAddress, noDelay: true, onread });
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
      if (end - start < length && !socket.isPaused()) socket.setTimeout(SILENCE_MS);
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
