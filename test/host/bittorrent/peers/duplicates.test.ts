/** Two connections between us and one peer, which chooses another of them than we would. */

import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { it } from 'vitest';
import type { InfoHash } from '../../../../shared/id.ts';
import { hold, meeting, openHome, request, someBytes, until } from '../../../support/swarm.ts';

const INTERESTED = Buffer.from([0, 0, 0, 1, 2]);
/** of the first bytes of the file */
const REQUEST = Buffer.from([0, 0, 0, 13, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x40, 0]);
/** with its length of one byte, the protocol's name, and the reserved bytes */
const HANDSHAKE_BYTES = 68;
const UNCHOKE = Buffer.from([0, 0, 0, 1, 1]);

it.each([
  ['the one that we dialled', 0],
  ['the one that it dialled', 1],
] as const)('a peer that is connected twice is served over the connection that it keeps: %s', async (_, kept) => {
  await using home = await openHomeOfPeer();
  const { [kept]: keep, [1 - kept]: drop } = await home.bothWays();
  drop?.socket.destroy();
  keep.socket.write(INTERESTED);
  await until('to be unchoked', () => keep.received().includes(UNCHOKE));
  keep.socket.write(REQUEST);
  await until('the block', () => keep.received().includes(home.block));
});

/** A home that serves a file, to a peer that it dials and that dials it. */
async function openHomeOfPeer() {
  const stack = new AsyncDisposableStack();
  const home = await openHome();
  stack.defer(() => home.close());
  const file = someBytes(300_000);
  await hold(home, file);
  const dialled = Promise.withResolvers<Connection>();
  const server = createServer(socket => {
    const connection = follow(socket);
    // Whoever begins with encryption is hung up on, and comes again in the clear.
    socket.once('data', bytes => (bytes[0] === 0x13 ? dialled.resolve(connection) : socket.destroy()));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.address() as AddressInfo;
  return {
    block: file.bytes.subarray(0, 0x4000),
    /** The one that we dialled and the one that the peer dialled: handshakes exchanged, each told what is there. */
    async bothWays(): Promise<[Connection, Connection]> {
      request(home, meeting(null), [file.id], [`127.0.0.1:${port}`]);
      const both: [Connection, Connection] = [
        await dialled.promise,
        follow(connect(home.torrents.peerPort, '127.0.0.1')),
      ];
      for (const { socket } of both) {
        stack.defer(() => void socket.destroy());
        socket.write(handshake(file.infoHash));
      }
      await until('the bitfields', () => both.every(({ received }) => received().length > HANDSHAKE_BYTES));
      return both;
    },
    async [Symbol.asyncDispose]() {
      await stack.disposeAsync();
      server.close();
    },
  };
}

interface Connection {
  socket: Socket;
  received(): Buffer;
}

function follow(socket: Socket): Connection {
  const chunks: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => chunks.push(bytes));
  socket.on('error', () => {});
  return { socket, received: () => Buffer.concat(chunks) };
}

function handshake(infoHash: InfoHash): Buffer {
  const hello = Buffer.from('\x13BitTorrent protocol\0\0\0\0\0\0\0\0', 'latin1');
  return Buffer.concat([hello, Buffer.from(infoHash, 'hex'), Buffer.from('-XX0001-abcdefghijkl')]);
}
