/** The other end of the control socket: what commands and the connector use to speak to the daemon of a home. */

import { createConnection, type Socket } from 'node:net';
import { LsdError } from '../../shared/errors.ts';
import { type Method, type Params, PROTOCOL, type Result, VERSION, type Welcome } from '../../shared/protocol.ts';
import { channelOver } from './socket.ts';

export interface DaemonClient extends AsyncDisposable {
  readonly welcome: Welcome;
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
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
  const channel = channelOver(socket, () => {});
  const call = async <M extends Method>(method: M, params: Params<M>) =>
    (await channel.call(method, params)) as Result<M>;
  const welcome = await call('hello', { role: 'cli', version: VERSION, protocol: PROTOCOL });
  return {
    welcome,
    call,
    async [Symbol.asyncDispose]() {
      socket.end();
    },
  };
}
