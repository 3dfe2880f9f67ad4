/** The control socket: only this user's programs reach it; each connection is one JSON-RPC channel. */

import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { type Channel, createChannel } from '../../shared/channel.ts';
import { LsdError } from '../../shared/errors.ts';
import { readFrames, writeFrame } from './frames.ts';

export interface ControlSocket {
  close(): Promise<void>;
}

/** The lock is held, so a socket file that is there is left over from a daemon that was killed. */
export async function listenControl(
  path: string,
  onConnection: (channel: Channel, closed: AbortSignal) => void,
): Promise<ControlSocket> {
  if (process.platform !== 'win32' && existsSync(path)) unlinkSync(path);
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    const closed = new AbortController();
    const channel = channelOver(socket, () => {
      sockets.delete(socket);
      closed.abort();
    });
    onConnection(channel, closed.signal);
  });
  await listen(server, path);
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroySoon();
      }),
  };
}

/** A JSON-RPC channel over a connected socket. */
export function channelOver(socket: Socket, onClose: () => void): Channel {
  const channel = createChannel({ send: message => writeFrame(socket, message) });
  readFrames(
    socket,
    message => channel.receive(message),
    () => socket.destroy(),
  );
  socket.on('error', () => socket.destroy());
  socket.on('close', () => {
    channel.close(new LsdError('host-exited', 'The daemon went away. It starts again with the next call.'));
    onClose();
  });
  return channel;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', cause =>
      reject(new LsdError('internal', `The control socket ${path} cannot be opened: ${cause.message}.`, { cause })),
    );
    server.listen(path, resolve);
  });
}
