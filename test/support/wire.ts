/** BitTorrent's peer protocol (BEP 3) in the few lines that scripted peers need: a handshake, and messages both ways. */

import type { Socket } from 'node:net';

export const CHOKE = 0;
export const UNCHOKE = 1;
export const INTERESTED = 2;
export const HAVE = 4;
export const BITFIELD = 5;
export const REQUEST = 6;
export const PIECE = 7;
/** BEP 6 */
export const HAVE_ALL = 14;
export const ALLOWED_FAST = 17;
/** BEP 10 */
export const EXTENDED = 20;

const HANDSHAKE_BYTES = 68;
const PROTOCOL = Buffer.from('\x13BitTorrent protocol', 'latin1');

/** `extended`: says that it speaks BEP 10, by which metadata is sent (BEP 9). */
export function handshake(infoHash: string, extended = false): Buffer {
  const reserved = Buffer.from([0, 0, 0, 0, 0, extended ? 0x10 : 0, 0, 0]);
  return Buffer.concat([PROTOCOL, reserved, Buffer.from(infoHash, 'hex'), Buffer.from('-XX0001-abcdefghijkl')]);
}

export function message(type: number, ...numbers: number[]): Buffer {
  const payload = Buffer.alloc(numbers.length * 4);
  for (const [at, number] of numbers.entries()) payload.writeUInt32BE(number, at * 4);
  return withPayload(type, payload);
}

export function withPayload(type: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(5 + payload.length);
  bytes.writeUInt32BE(1 + payload.length);
  bytes[4] = type;
  bytes.set(payload, 5);
  return bytes;
}

export function piece(index: number, offset: number, bytes: Uint8Array): Buffer {
  const payload = Buffer.alloc(8 + bytes.length);
  payload.writeUInt32BE(index);
  payload.writeUInt32BE(offset, 4);
  payload.set(bytes, 8);
  return withPayload(PIECE, payload);
}

export interface Reading {
  /** `null`: the other side begins with encryption (its first byte is no handshake's) */
  onHandshake(infoHash: string | null): void;
  onMessage(type: number, payload: Buffer): void;
}

/** Cuts what a peer sends into its handshake and messages; keep-alives are dropped. */
export function readPeer(socket: Socket, { onHandshake, onMessage }: Reading): void {
  let received: Buffer = Buffer.alloc(0);
  let greeted = false;
  socket.on('data', (bytes: Buffer) => {
    received = received.length === 0 ? bytes : Buffer.concat([received, bytes]);
    if (!greeted && received[0] !== PROTOCOL[0]) return onHandshake(null);
    if (!greeted && received.length >= HANDSHAKE_BYTES) {
      greeted = true;
      onHandshake(received.subarray(28, 48).toString('hex'));
      received = received.subarray(HANDSHAKE_BYTES);
    }
    while (greeted && received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
      const end = 4 + received.readUInt32BE(0);
      const whole = received.subarray(4, end);
      received = received.subarray(end);
      if (whole.length > 0) onMessage(whole[0] ?? 0, whole.subarray(1));
    }
  });
}
