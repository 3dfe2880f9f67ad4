/** A light peer that serves a file, with the manners that it is given: honest, or any way there is to misbehave. */

import { createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { pieceLengthOf } from '../../host/core/canonical.ts';
import type { Described } from './swarm.ts';
import {
  ALLOWED_FAST,
  BITFIELD,
  EXTENDED,
  HAVE,
  HAVE_ALL,
  handshake,
  message,
  piece,
  REQUEST,
  readPeer,
  UNCHOKE,
  withPayload,
} from './wire.ts';

/**
 * - `honest`: serves at `rate`
 * - `wrong`: zeros in place of the file
 * - `stalls`: takes requests and never answers one
 * - `mute`: takes the connection and never says a word
 * - `floods`: answers nothing, and sends blocks that nobody asked for, without an end
 * - `babbles`: well-formed handshake, then bytes that are no messages
 * - `huge-metadata`: says that its metadata has 2 GiB
 * - `other-metadata`: sends metadata that the info hash does not name
 * - `allows`: chokes, and allows pieces all the same (BEP 6) that there are not
 */
export type Manners =
  | 'honest'
  | 'wrong'
  | 'stalls'
  | 'mute'
  | 'floods'
  | 'babbles'
  | 'huge-metadata'
  | 'other-metadata'
  | 'allows';

export interface ServingOptions {
  manners?: Manners;
  /** bytes a second over all its connections; default: no limit */
  rate?: number;
  /** which address of this machine it listens at */
  address?: string;
}

export interface ServingPeer extends AsyncDisposable {
  /** host:port */
  readonly at: string;
  /** connections that shook hands, so far */
  readonly greeted: number;
  /** of those, the ones that are over */
  readonly hungUp: number;
  /** blocks that it was asked for */
  readonly asked: number;
}

/** where a handshake says that its peer speaks BEP 6 */
const FAST = { at: 27, bit: 0x04 };

/** A hundred pieces, of which most are none. */
export function allowNonsense(): Buffer {
  const allowed = [0, 1, 1_000_000, 2 ** 31, ...Array.from({ length: 96 }, (_, at) => at + 2)];
  return Buffer.concat([message(HAVE_ALL), ...allowed.map(index => message(ALLOWED_FAST, index))]);
}

/** Of `file` the pieces are as long as those of a canonical torrent. */
export async function servePeer(
  file: Pick<Described, 'bytes' | 'info' | 'infoHash'>,
  options: ServingOptions = {},
): Promise<ServingPeer> {
  const { manners = 'honest', rate = Number.POSITIVE_INFINITY, address = '127.0.0.1' } = options;
  const sockets = new Set<Socket>();
  const pieceLength = pieceLengthOf(file.bytes.length);
  const counts = { greeted: 0, hungUp: 0, asked: 0 };
  let turn = Promise.resolve();

  function greet(socket: Socket): void {
    counts.greeted++;
    socket.once('close', () => counts.hungUp++);
    if (manners === 'mute') return;
    const pieces = Math.ceil(file.bytes.length / pieceLength);
    const have = Buffer.alloc(Math.ceil(pieces / 8));
    for (let at = 0; at < pieces; at++) have[at >> 3] = (have[at >> 3] ?? 0) | (0x80 >> (at & 7));
    const lies = manners === 'huge-metadata' || manners === 'other-metadata';
    const shaken = handshake(file.infoHash, lies);
    if (manners === 'allows') shaken.writeUInt8(FAST.bit, FAST.at);
    socket.write(shaken);
    if (lies) socket.write(extendedHandshake(manners === 'huge-metadata' ? 2 ** 31 : file.info.length));
    if (manners === 'babbles') socket.write(Buffer.alloc(65_536, 0x7f));
    else if (manners === 'allows') socket.write(allowNonsense());
    else socket.write(Buffer.concat([withPayload(BITFIELD, have), message(UNCHOKE)]));
    if (manners === 'floods') void flood(socket);
  }

  async function flood(socket: Socket): Promise<void> {
    const block = piece(0, 0, Buffer.alloc(16_384));
    while (!socket.destroyed) {
      if (!socket.write(Buffer.concat([block, message(HAVE, 0), message(HAVE, 2 ** 31)]))) {
        await new Promise(resolve => socket.once('drain', resolve).once('close', resolve));
      } else await delay(0);
    }
  }

  /** Blocks leave one after the other, at the rate of the whole peer. */
  function serve(socket: Socket, asked: Buffer): void {
    const [index, offset, length] = [asked.readUInt32BE(0), asked.readUInt32BE(4), asked.readUInt32BE(8)];
    const start = index * pieceLength + offset;
    const bytes = manners === 'wrong' ? Buffer.alloc(length) : file.bytes.subarray(start, start + length);
    turn = turn.then(async () => {
      if (socket.destroyed) return;
      socket.write(piece(index, offset, bytes));
      if (Number.isFinite(rate)) await delay((length / rate) * 1000);
    });
  }

  const server = createServer(socket => {
    let theirMetadata = 0;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    readPeer(socket, {
      // Whoever begins with encryption is hung up on, and comes again in the clear.
      onHandshake: infoHash => (infoHash === null ? socket.destroy() : greet(socket)),
      onMessage(type, payload) {
        if (type === EXTENDED && payload[0] === 0) {
          theirMetadata = Number(/11:ut_metadatai(\d+)e/.exec(payload.toString('latin1'))?.[1]);
        } else if (type === EXTENDED && payload[0] === METADATA && manners === 'other-metadata') {
          socket.write(otherMetadata(theirMetadata, file.info.length));
        }
        if (type !== REQUEST) return;
        counts.asked++;
        if (manners === 'honest' || manners === 'wrong') serve(socket, payload);
      },
    });
  });
  await new Promise<void>(resolve => server.listen(0, address, () => resolve()));
  const bound = server.address();
  return {
    at: `${address}:${typeof bound === 'object' && bound ? bound.port : 0}`,
    get greeted() {
      return counts.greeted;
    },
    get hungUp() {
      return counts.hungUp;
    },
    get asked() {
      return counts.asked;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** what others are told to call ut_metadata when they send it here */
const METADATA = 1;

function extendedHandshake(metadataSize: number): Buffer {
  const said = `d1:md11:ut_metadatai${METADATA}ee13:metadata_sizei${metadataSize}ee`;
  return withPayload(EXTENDED, Buffer.from(`\0${said}`, 'latin1'));
}

/** BEP 9's data message, as long as it was said, of bytes that are not those; `number` is what they call it (BEP 10). */
function otherMetadata(number: number, length: number): Buffer {
  const head = Buffer.from(`d8:msg_typei1e5:piecei0e10:total_sizei${length}ee`, 'latin1');
  return withPayload(EXTENDED, Buffer.concat([Buffer.of(number), head, Buffer.alloc(length, 0x64)]));
}
