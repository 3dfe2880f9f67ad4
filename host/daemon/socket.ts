/** The control socket: only this user's programs reach it; each connection is one JSON-RPC channel. */

import { chmodSync, existsSync, unlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { type Channel, createChannel } from '../../shared/channel.ts';
import { LsdError } from '../../shared/errors.ts';
import { listen } from '../platform/listen.ts';
import { readFrames, writeFrame } from './frames.ts';

/** A reader gets so long to take the last words. */
const LINGER_MS = 1_000;

export interface ControlSocket {
  close(): Promise<void>;
}

/**
 * The lock is held, so a socket file that is there is left over from a daemon that was killed. `onTrouble`: a connection
 * could not be taken.
 */
export async function listenControl(
  path: string,
  onConnection: (channel: Channel, closed: AbortSignal) => void,
  onTrouble: (error: Error) => void,
): Promise<ControlSocket> {
  if (process.platform !== 'win32' && existsSync(path)) unlinkSync(path);
  const connections = new Map<Socket, Channel>();
  const server = createServer(socket => {
    const closed = new AbortController();
    const channel = channelOver(socket, () => {
      connections.delete(socket);
      closed.abort();
    });
    connections.set(socket, channel);
    onConnection(channel, closed.signal);
  });
  await listen(server, { path }, onTrouble).catch(cause => {
    throw new LsdError('internal', `The control socket ${path} cannot be opened: ${cause.message}.`, { cause });
  });
  if (process.platform !== 'win32') chmodSync(path, 0o600);
  return {
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        for (const [socket, channel] of connections) leave(socket, channel);
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
    channel.close(wentAway());
    onClose();
  });
  return channel;
}

/**
 * What was said last is read also by one who is just writing: the write to a socket that is closed on this side would fail,
 * and throw away over there what was not read yet. So this side reads on, and answers no more, until the other has ended.
 */
function leave(socket: Socket, channel: Channel): void {
  channel.close(wentAway());
  socket.end();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once('close', () => clearTimeout(timer));
}

function wentAway(): LsdError {
  return new LsdError('host-exited', 'The daemon went away. It starts again with the next call.');
}
