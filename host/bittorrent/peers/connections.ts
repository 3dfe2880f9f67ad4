/**
 * How many connections there may be, and whose. One address may have all the places that nobody else wants: of a home with
 * many files, each is a connection. Where there is no place left, the address with the most gives one up for others.
 */

import type { Socket } from 'node:net';
import { lineOf } from '../../platform/addresses.ts';

export interface ConnectionNumbers {
  /** as many peers as one home serves at once, of all torrents together */
  open: number;
  /** connections that have not said yet which torrent they want */
  pending: number;
}

const MOST: ConnectionNumbers = { open: 1000, pending: 200 };

export interface ConnectionCap {
  /** False: it is closed. */
  admit(connection: Socket): boolean;
  /** It has said which torrent it wants. */
  settled(connection: Socket): void;
}

export function createConnectionCap(most = MOST): ConnectionCap {
  const open = createCrowd();
  const pending = createCrowd();

  function leave(connection: Socket): void {
    open.delete(connection);
    pending.delete(connection);
  }

  function hangUp(connection: Socket | undefined): void {
    if (!connection) return;
    // It closes some turns later.
    leave(connection);
    connection.destroy();
  }

  /** False: no address has so many more than this one that it would have to give one up. */
  function makeRoom(line: string): boolean {
    const largest = open.largest();
    if (open.of(line) + 1 >= largest.length) return false;
    // What has been there for long is in the middle of something.
    hangUp(largest.at(-1));
    return true;
  }

  return {
    admit(connection) {
      // Its `close` was before anybody listened.
      if (connection.destroyed) return false;
      const line = lineOf(connection.remoteAddress ?? '');
      if (open.size >= most.open && !makeRoom(line)) {
        connection.destroy();
        return false;
      }
      open.add(connection, line);
      pending.add(connection, line);
      connection.once('close', () => leave(connection));
      // The one that has been silent the longest makes room, where most are silent: silence cannot lock others out.
      if (pending.size > most.pending) hangUp(pending.largest()[0]);
      return true;
    },
    settled(connection) {
      pending.delete(connection);
    },
  };
}

/** Connections, by the line that they come from, in the order in which they came. */
function createCrowd() {
  const lineOfEach = new Map<Socket, string>();
  const lines = new Map<string, Set<Socket>>();
  return {
    get size() {
      return lineOfEach.size;
    },
    of: (line: string) => lines.get(line)?.size ?? 0,
    add(connection: Socket, line: string): void {
      lineOfEach.set(connection, line);
      lines.set(line, (lines.get(line) ?? new Set()).add(connection));
    },
    delete(connection: Socket): void {
      const line = lineOfEach.get(connection);
      if (line === undefined) return;
      lineOfEach.delete(connection);
      const those = lines.get(line);
      those?.delete(connection);
      if (those?.size === 0) lines.delete(line);
    },
    /** Those of the line that has the most; of several, the one that came first. */
    largest(): Socket[] {
      let most: Set<Socket> = new Set();
      for (const those of lines.values()) if (those.size > most.size) most = those;
      return [...most];
    },
  };
}
