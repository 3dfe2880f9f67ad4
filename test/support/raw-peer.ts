/** A peer that speaks the wire protocol byte by byte, with the fast extension (BEP 6), and does only what a test tells it. */

import { connect, type Socket } from 'node:net';

export const CHOKE = 0;
export const UNCHOKE = 1;
export const INTERESTED = 2;
export const HAVE = 4;
export const REQUEST = 6;
export const PIECE = 7;
export const CANCEL = 8;
export const HAVE_ALL = 14;
export const REJECT = 16;

export interface RawMessage {
  type: number;
  /** what follows the type */
  body: Buffer;
}

export interface RawPeer {
  /** all that was heard, but keep-alives */
  readonly heard: RawMessage[];
  send(...messages: Buffer[]): void;
  /** Told of each message when it comes. */
  onMessage(listener: (message: RawMessage) => void): void;
  readonly socket: Socket;
}

/** A block, as requests, cancels and rejections name it. */
export interface Block {
  piece: number;
  offset: number;
  length: number;
}

export function blockOf({ body }: RawMessage): Block {
  return { piece: body.readUInt32BE(0), offset: body.readUInt32BE(4), length: body.readUInt32BE(8) };
}

export const keyOf = ({ piece, offset }: Pick<Block, 'piece' | 'offset'>) => `${piece}/${offset}`;

export function message(type: number, numbers: readonly number[] = [], data: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(5 + numbers.length * 4);
  head.writeUInt32BE(1 + numbers.length * 4 + data.length);
  head[4] = type;
  for (const [at, number] of numbers.entries()) head.writeUInt32BE(number, 5 + at * 4);
  return Buffer.concat([head, data]);
}

export const blockMessage = (type: number, { piece, offset, length }: Block) => message(type, [piece, offset, length]);

/** `from`: which address of this machine it comes from. */
export async function rawPeer(
  port: number,
  infoHash: string,
  id = '-XX0001-abcdefghijkl',
  from = '127.0.0.1',
): Promise<RawPeer> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: from });
  const heard: RawMessage[] = [];
  const listeners: ((message: RawMessage) => void)[] = [];
  socket.on('error', () => {});
  const reserved = Buffer.from([0, 0, 0, 0, 0, 0, 0, 4]);
  const start = Buffer.from('\x13BitTorrent protocol', 'latin1');
  socket.write(Buffer.concat([start, reserved, Buffer.from(infoHash, 'hex'), Buffer.from(id)]));
  await new Promise<void>(resolve => {
    let rest: Buffer = Buffer.alloc(0);
    let shaken = false;
    socket.on('data', (bytes: Buffer) => {
      rest = Buffer.concat([rest, bytes]);
      if (!shaken && rest.length >= 68) {
        shaken = true;
        rest = rest.subarray(68);
        resolve();
      }
      while (shaken && rest.length >= 4 && rest.length >= 4 + rest.readUInt32BE(0)) {
        const said = rest.subarray(4, 4 + rest.readUInt32BE(0));
        rest = rest.subarray(4 + said.length);
        if (said.length === 0) continue;
        const one = { type: said[0]!, body: Buffer.from(said.subarray(1)) };
        heard.push(one);
        for (const listener of listeners) listener(one);
      }
    });
  });
  return {
    heard,
    socket,
    send: (...messages) => void socket.write(Buffer.concat(messages)),
    onMessage: listener => void listeners.push(listener),
  };
}
