/** The system cannot give a server a connection: it is out of handles, or of memory. Node says so as an `error` of the server. */

import { Server } from 'node:net';
import { onTestFinished, vi } from 'vitest';

/** Of the servers that are told to listen from now on. */
export function watchListening() {
  const listen = vi.spyOn(Server.prototype, 'listen');
  onTestFinished(() => listen.mockRestore());
  return {
    /** Each of them fails to take a connection, `times` in a row. */
    failAccepts(times: number): void {
      const told = listen.mock.contexts.filter((each): each is Server => each instanceof Server);
      const servers = new Set(told.filter(({ listening }) => listening));
      if (servers.size === 0) throw new Error('no server listens');
      for (const server of servers) {
        for (let n = 0; n < times; n++) server.emit('error', new Error('accept ENFILE'));
      }
    },
  };
}
