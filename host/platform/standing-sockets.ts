/** The connections that stand, so that those can be let go whose address is blocked by now. */

import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface StandingSockets {
  /** Of one that was just begun, or made. */
  keep(socket: Duplex | null | undefined): void;
  /** Other addresses are blocked now. */
  review(): void;
}

export function createStandingSockets(isBlocked: (address: string) => boolean): StandingSockets {
  const standing = new Set<Socket>();
  const look = (socket: Socket) => {
    if (isBlocked(socket.remoteAddress ?? '')) socket.destroy();
  };
  return {
    keep(socket) {
      if (!(socket instanceof Socket) || standing.has(socket)) return;
      standing.add(socket);
      socket.once('close', () => standing.delete(socket));
      // It may have been blocked while the connection was made.
      if (socket.connecting) socket.once('connect', () => look(socket));
      else look(socket);
    },
    review() {
      for (const socket of standing) look(socket);
    },
  };
}
