/** The other end of the control socket: what commands and the connector use to speak to the daemon of a home. */

import { createConnection, type Socket } from 'node:net';
import { LsdError } from '../../shared/errors.ts';
import { type Method, type Params, PROTOCOL, type Result, VERSION, type Welcome } from '../../shared/protocol.ts';
import { channelOver } from './socket.ts';

/** A daemon that is stuck accepts connections and says nothing. */
const SILENCE_MS = 10_000;

interface RawClient extends AsyncDisposable {
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
}

export interface DaemonClient extends RawClient {
  readonly welcome: Welcome;
}

/** A raw connection to the daemon's socket, or undefined where none listens. */
export function dial(path: string): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(path);
    socket.once('connect', () => resolve(socket));
    socket.once('error', (cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT' || cause.code === 'ECONNREFUSED') resolve(undefined);
      else reject(new LsdError('denied', `The control socket ${path} cannot be used: ${cause.message}.`, { cause }));
    });
  });
}

/** Connects and says hello; undefined where no daemon runs. */
export async function connectClient(path: string): Promise<DaemonClient | undefined> {
  const socket = await dial(path);
  if (!socket) return undefined;
  const client = clientOver(socket);
  socket.setTimeout(SILENCE_MS, () => socket.destroy());
  try {
    const welcome = await client.call('hello', { role: 'cli', version: VERSION, protocol: PROTOCOL });
    socket.setTimeout(0);
    return { welcome, ...client };
  } catch (thrown) {
    socket.destroy();
    throw thrown;
  }
}

/** Connects without a hello, for what is understood between all versions; silence ends it. */
export async function connectUngreeted(path: string): Promise<RawClient | undefined> {
  const socket = await dial(path);
  socket?.setTimeout(SILENCE_MS, () => socket.destroy());
  return socket && clientOver(socket);
}

function clientOver(socket: Socket): RawClient {
  const channel = channelOver(socket, () => {});
  return {
    call: async <M extends Method>(method: M, params: Params<M>) => (await channel.call(method, params)) as Result<M>,
    async [Symbol.asyncDispose]() {
      socket.end();
    },
  };
}
