/** A server begins to listen; from then on, a connection that the system cannot give it ends nothing. */

import type { ListenOptions, Server } from 'node:net';

/** While the system is out of handles or memory, the same connection fails again and again. */
const TOLD_EVERY_MS = 60_000;

/**
 * Rejects with the system's error where it cannot. Until it is closed, `onTrouble` is told of connections that could not be
 * taken, once a minute at most: Node has that as an `error` of the server, which ends the program where nobody hears it.
 */
export function listen(server: Server, at: ListenOptions, onTrouble: (error: Error) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onRefused = (error: Error) => {
      server.off('listening', onListening);
      reject(error);
    };
    const onListening = () => {
      server.off('error', onRefused);
      const onError = seldom(onTrouble);
      server.on('error', onError);
      server.once('close', () => server.off('error', onError));
      resolve();
    };
    server.once('error', onRefused);
    server.once('listening', onListening);
    server.listen(at);
  });
}

function seldom(tell: (error: Error) => void): (error: Error) => void {
  let toldAt = Number.NEGATIVE_INFINITY;
  return error => {
    if (performance.now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = performance.now();
    tell(error);
  };
}
