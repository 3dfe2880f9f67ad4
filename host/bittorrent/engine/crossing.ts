/**
 * Connections on their way to the engine. Node keeps each open until the other process says that it has it, and sends the
 * next only then; where that one dies without a word, they stay open for ever (Node 26), and their peers wait.
 */

import type { Socket } from 'node:net';

type Handle = NonNullable<Socket['_handle']>;

export interface Crossing {
  /** This one is about to be sent. */
  add(socket: Socket): void;
  /** The other process is gone: what it did not take is closed. */
  end(): void;
}

export function createCrossing(): Crossing {
  const all = new Map<Handle, Socket>();
  return {
    add(socket) {
      for (const handle of all.keys()) if (isClosed(handle)) all.delete(handle);
      if (socket._handle) all.set(socket._handle, socket);
    },
    end() {
      for (const [handle, socket] of all) {
        socket.destroy();
        // A socket that was sent has no handle any longer.
        handle.close();
      }
      all.clear();
    },
  };
}

const isClosed = (handle: Handle) => !handle.hasRef();
