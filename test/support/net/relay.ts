/** A TCP relay to a port of this machine, which keeps what passes. */

import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { pipeline } from 'node:stream';

/** One connection; all that each side sent, from its first byte on. */
export interface Recorded {
  caller(): Buffer;
  called(): Buffer;
}

export interface Relay extends AsyncDisposable {
  readonly port: number;
  /** 127.0.0.1 and the port */
  readonly at: string;
  readonly connections: readonly Recorded[];
}

export async function openRelay(to: number): Promise<Relay> {
  const connections: Recorded[] = [];
  const sockets = new Set<Socket>();
  const server = createServer(caller => {
    const called = connect(to, '127.0.0.1');
    connections.push({ caller: record(caller), called: record(called) });
    for (const each of [caller, called]) sockets.add(each);
    // Where one side ends, or is cut off, so is the other.
    for (const [from, into] of [
      [caller, called],
      [called, caller],
    ] as const) {
      pipeline(from, into, () => into.destroy());
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    at: `127.0.0.1:${port}`,
    connections,
    async [Symbol.asyncDispose]() {
      for (const each of sockets) each.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function record(socket: Socket): () => Buffer {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks);
}
