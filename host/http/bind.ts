/** One port on both loopback addresses, or on the one that the person chose. */

import type { Server } from 'node:http';
import { LsdError } from '../../shared/errors.ts';
import { listen } from '../platform/listen.ts';

/** The kernel caps it at its own limit; a burst of a page's requests must not be refused. */
const BACKLOG = 1024;
/** A free IPv4 port may be taken on ::1. */
const ATTEMPTS = 16;

export class PortTaken extends Error {
  readonly port: number;
  constructor(port: number, cause: unknown) {
    super(`port ${port} is taken`, { cause });
    this.port = port;
  }
}

/** What is told of connections that could not be taken. */
type OnTrouble = (error: Error) => void;

/** Binds `port` (0: any) on 127.0.0.1, and on ::1 where there is one. Throws PortTaken; nothing is bound then. */
export async function bindLoopback(v4: Server, v6: Server, port: number, onTrouble: OnTrouble): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const bound = await bind(v4, port, '127.0.0.1', onTrouble);
    try {
      await bind(v6, bound, '::1', onTrouble);
      return bound;
    } catch (thrown) {
      // A machine without IPv6. Another program on [::1]:PORT, though, would get what browsers send to localhost:PORT.
      if (!(thrown instanceof PortTaken)) return bound;
      await unbind(v4);
      if (port !== 0 || attempt === ATTEMPTS) throw thrown;
    }
  }
}

/**
 * Binds `port` (0: any) on `address`, which the person chose, and on 127.0.0.1 where that is another and does not take it
 * along. Throws PortTaken; nothing is bound then.
 */
export async function bindTo(
  address: string,
  chosen: Server,
  loopback: Server,
  port: number,
  onTrouble: OnTrouble,
): Promise<number> {
  for (let attempt = 1; ; attempt++) {
    const bound = await bind(chosen, port, address, onTrouble);
    if (isEverywhere(address) || address === '127.0.0.1') return bound;
    try {
      await bind(loopback, bound, '127.0.0.1', onTrouble);
      return bound;
    } catch (thrown) {
      await unbind(chosen);
      if (port !== 0 || attempt === ATTEMPTS || !(thrown instanceof PortTaken)) throw thrown;
    }
  }
}

/** Every address of this machine. */
export function isEverywhere(address: string): boolean {
  return address === '0.0.0.0' || address === '::';
}

async function bind(server: Server, port: number, host: string, onTrouble: OnTrouble): Promise<number> {
  await listen(server, { port, host, backlog: BACKLOG, exclusive: true }, onTrouble).catch(thrown => {
    if (codeOf(thrown) === 'EADDRINUSE') throw new PortTaken(port, thrown);
    if (codeOf(thrown) === 'EADDRNOTAVAIL') {
      throw new LsdError('invalid', `${host} is no address of this machine. Choose one that is.`, { cause: thrown });
    }
    if (codeOf(thrown) !== 'EACCES') throw thrown;
    throw new LsdError('invalid', `This user may not open port ${port}. Choose one above 1023.`, { cause: thrown });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
}

export function unbind(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve();
  return new Promise(resolve => server.close(() => resolve()));
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
}
