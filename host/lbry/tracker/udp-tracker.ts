/** A UDP tracker (BEP 15), asked who has a stream: its info hash is the first 20 bytes of the sd hash. */

import { randomBytes, randomInt } from 'node:crypto';
import { createSocket, type Socket } from 'node:dgram';
import { LsdError } from '../../../shared/errors.ts';
import { pause, type Timers } from '../../platform/timers.ts';

const MAGIC = 0x41727101980n;
const CONNECT = 0;
const ANNOUNCE = 1;
const FAULT = 3;
/** Ms until it is asked again, and how often: BEP 15 waits 15 s at first, which nobody has who wants to play. */
const ANSWER_MS = 3_000;
const ATTEMPTS = 3;
const MOST_PEERS = 200;
/** s; a tracker may not make this come more or less often */
const LEAST_INTERVAL = 300;
const MOST_INTERVAL = 86_400;

export interface TrackerAnnounce {
  /** 40 hex digits */
  infoHash: string;
  /** 20 bytes */
  peerId: Uint8Array;
  /** TCP, of the blob server */
  port: number;
  event: 'started' | 'completed' | 'stopped' | 'none';
  /** bytes that are missing; 0: this is a seed */
  left: number;
}

export interface TrackerAnswer {
  /** s until the next announce */
  interval: number;
  peers: { address: string; tcpPort: number }[];
}

const EVENTS = { none: 0, completed: 1, started: 2, stopped: 3 };

/** `LB-` as lbry-sdk begins it: trackers tell its clients by that. */
export function trackerPeerId(version: string): Uint8Array {
  const name = `LB-${version.replaceAll('.', '-')}-`.slice(0, 14);
  return Buffer.concat([Buffer.from(name, 'latin1'), randomBytes(20 - name.length)]);
}

/** `address`: IPv4, checked by the caller; `localAddress`: that the socket is bound to. Throws `timeout`, or `site-error` with what the tracker says. */
export async function announceTo(
  tracker: { address: string; port: number; localAddress?: string | undefined },
  announce: TrackerAnnounce,
  timers: Timers,
  signal: AbortSignal,
): Promise<TrackerAnswer> {
  const socket = createSocket('udp4');
  socket.on('error', () => {}); // the same as silence
  if (tracker.localAddress !== undefined) socket.bind(0, tracker.localAddress);
  try {
    const ask = (request: (transaction: number) => Buffer, action: number) =>
      exchange(socket, tracker, request, action, timers, signal);
    const connected = await ask(connectRequest, CONNECT);
    if (connected.length < 16) throw refused('it answers too briefly');
    const connection = connected.readBigUInt64BE(8);
    return readAnswer(await ask(transaction => announceRequest(connection, transaction, announce), ANNOUNCE));
  } finally {
    socket.close();
  }
}

function connectRequest(transaction: number): Buffer {
  const request = Buffer.alloc(16);
  request.writeBigUInt64BE(MAGIC, 0);
  request.writeUInt32BE(CONNECT, 8);
  request.writeUInt32BE(transaction, 12);
  return request;
}

function announceRequest(connection: bigint, transaction: number, announce: TrackerAnnounce): Buffer {
  const request = Buffer.alloc(98);
  request.writeBigUInt64BE(connection, 0);
  request.writeUInt32BE(ANNOUNCE, 8);
  request.writeUInt32BE(transaction, 12);
  Buffer.from(announce.infoHash, 'hex').copy(request, 16);
  Buffer.from(announce.peerId).copy(request, 36);
  request.writeBigUInt64BE(BigInt(announce.left), 64);
  request.writeUInt32BE(EVENTS[announce.event], 80);
  randomBytes(4).copy(request, 88);
  request.writeInt32BE(-1, 92); // as many peers as it wants to name
  request.writeUInt16BE(announce.port, 96);
  return request;
}

/** Throws `invalid` for what is no answer. */
export function readAnswer(bytes: Buffer): TrackerAnswer {
  if (bytes.length < 20) throw refused('it answers too briefly');
  const interval = Math.min(MOST_INTERVAL, Math.max(LEAST_INTERVAL, bytes.readUInt32BE(8)));
  const peers: TrackerAnswer['peers'] = [];
  for (let at = 20; at + 6 <= bytes.length && peers.length < MOST_PEERS; at += 6) {
    const tcpPort = bytes.readUInt16BE(at + 4);
    if (tcpPort >= 1024) peers.push({ address: bytes.subarray(at, at + 4).join('.'), tcpPort });
  }
  return { interval, peers };
}

/** The answer with this transaction, from where it was asked. */
async function exchange(
  socket: Socket,
  { address, port }: { address: string; port: number },
  request: (transaction: number) => Buffer,
  action: number,
  timers: Timers,
  signal: AbortSignal,
): Promise<Buffer> {
  const transaction = randomInt(2 ** 32);
  const answered = Promise.withResolvers<Buffer>();
  const ended = new AbortController();
  const hear = (bytes: Buffer, from: { address: string }) => {
    if (from.address !== address || bytes.length < 8 || bytes.readUInt32BE(4) !== transaction) return;
    if (bytes.readUInt32BE(0) === action) answered.resolve(bytes);
    else if (bytes.readUInt32BE(0) === FAULT) answered.reject(refused(bytes.subarray(8, 208).toString('latin1')));
  };
  socket.on('message', hear);
  answered.promise.catch(() => {});
  try {
    for (let attempt = 0; attempt < ATTEMPTS && !signal.aborted; attempt++) {
      socket.send(request(transaction), port, address, () => {});
      const waited = pause(timers, ANSWER_MS * 2 ** attempt, AbortSignal.any([signal, ended.signal]));
      const answer = await Promise.race([answered.promise, waited]);
      if (answer) return answer;
    }
    signal.throwIfAborted();
    throw new LsdError('timeout', `The tracker at ${address}:${port} does not answer.`);
  } finally {
    ended.abort();
    socket.off('message', hear);
  }
}

function refused(why: string): LsdError {
  return new LsdError('site-error', `A tracker refuses: ${why.replace(/[^\x20-\x7e]/g, '?')}`);
}
