/** A light peer that asks: it shakes hands, says that it is interested, and requests blocks. */

import { connect, type Socket } from 'node:net';
import { handshake, INTERESTED, message, PIECE, REQUEST, readPeer, UNCHOKE } from './wire.ts';

export interface Asking {
  /** host and port of the peer that is asked */
  address?: string;
  port: number;
  infoHash: string;
  /** which address of this machine it comes from */
  from?: string;
}

export interface AskingPeer {
  readonly socket: Socket;
  /** The bytes of one block; rejects when the other side hangs up. */
  request(piece: number, offset: number, length: number): Promise<Buffer>;
  /** Resolves when the connection is over, whoever ended it. */
  readonly closed: Promise<void>;
  close(): void;
}

/** Resolves when the other side answered the handshake and lets it ask; rejects where that hangs up. */
export function connectPeer({ port, infoHash, address = '127.0.0.1', from }: Asking): Promise<AskingPeer> {
  const socket = connect({ port, host: address, ...(from !== undefined && { localAddress: from }) });
  /** by piece and offset; a peer that chokes drops what it was asked for (BEP 3), so all is asked for again after it */
  const waiting = new Map<string, PromiseWithResolvers<Buffer> & { asked: Buffer }>();
  const unchoked = Promise.withResolvers<void>();
  const closed = new Promise<void>(resolve => socket.once('close', () => resolve()));
  socket.on('error', () => {});
  void closed.then(() => {
    const gone = new Error('the peer hung up');
    unchoked.reject(gone);
    for (const { reject } of waiting.values()) reject(gone);
  });
  readPeer(socket, {
    onHandshake(named) {
      if (named !== infoHash) socket.destroy();
    },
    onMessage(type, payload) {
      if (type === UNCHOKE) {
        unchoked.resolve();
        for (const { asked } of waiting.values()) socket.write(asked);
      }
      if (type !== PIECE) return;
      const key = `${payload.readUInt32BE(0)}:${payload.readUInt32BE(4)}`;
      waiting.get(key)?.resolve(Buffer.from(payload.subarray(8)));
      waiting.delete(key);
    },
  });
  socket.once('connect', () => socket.write(Buffer.concat([handshake(infoHash), message(INTERESTED)])));
  const peer: AskingPeer = {
    socket,
    closed,
    close: () => socket.destroy(),
    request(index, offset, length) {
      const answer = Promise.withResolvers<Buffer>();
      if (socket.destroyed) answer.reject(new Error('the peer hung up'));
      else {
        const asked = message(REQUEST, index, offset, length);
        waiting.set(`${index}:${offset}`, { ...answer, asked });
        socket.write(asked);
      }
      return answer.promise;
    },
  };
  return unchoked.promise.then(() => peer);
}
