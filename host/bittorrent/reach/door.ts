/**
 * The door for peers: a port that the daemon listens at, so that the engine may sleep. Each connection is heard until it has
 * named its torrent; one that may have it is handed to the engine with what it said so far. For all others the answer is the
 * same, whatever is held here: the connection closes.
 */

import { createServer, type Socket } from 'node:net';
import { listen } from '../../platform/listen.ts';
import { momentOf } from '../../platform/moment.ts';
import type { HashKind } from '../engine/link.ts';
import type { ConnectionCap } from '../peers/connections.ts';
import { exchangeKeys, HANDSHAKE_BYTES, readDigest, readOpening } from '../peers/handshake.ts';
import type { MissLimit } from '../peers/misses.ts';

/** ms that a peer may take to name its torrent */
const PATIENCE_MS = 25_000;
/** from the name to the end of the connection of who gets nothing: longer than any look-up takes, so that none tells what is held */
const REFUSED_MS = 5;

export interface Door {
  /** where peers connect to */
  readonly port: number;
  /** At once, with the connections that were not handed over. */
  close(): void;
}

/** What the engine needs to go on where the door stopped. */
export interface Introduction {
  /** all that the peer has sent */
  head: Uint8Array;
  /** of the exchange of keys that the door went through with it; null where the handshake is a plain one */
  secret: Uint8Array | null;
}

export interface DoorDeps<T> {
  /** 0 = any */
  port: number;
  /** null = every interface, IPv4 and IPv6 */
  address: string | null;
  /** Nothing is exchanged with this address. */
  isBlocked(address: string): boolean;
  cap: ConnectionCap;
  misses: MissLimit;
  /** The torrent that a hash stands for, if a peer may have it; null whatever the reason. */
  find(kind: HashKind, hash: string): T | null;
  /** Takes the connection over; nothing more is read from it here. */
  handOver(torrent: T, socket: Socket, introduction: Introduction): void;
  /** A connection could not be taken. */
  onTrouble(error: Error): void;
}

/** Rejects with the system's error where the port cannot be had. */
export async function openDoor<T>(deps: DoorDeps<T>): Promise<Door> {
  const listening = new Set<Socket>();
  const server = createServer(socket => {
    socket.on('error', () => {});
    if (deps.isBlocked(socket.remoteAddress ?? '')) {
      socket.destroy();
      return;
    }
    if (!deps.cap.admit(socket)) return;
    listening.add(socket);
    socket.once('close', () => listening.delete(socket));
    void receive(deps, socket);
  });
  const { port, address } = deps;
  await listen(server, { port, ...(address !== null && { host: address }) }, deps.onTrouble);
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : port,
    close() {
      server.close();
      for (const socket of listening) socket.destroy();
    },
  };
}

async function receive<T>(deps: DoorDeps<T>, socket: Socket): Promise<void> {
  const address = socket.remoteAddress ?? '';
  const ear = listenTo(socket);
  const patience = setTimeout(() => socket.destroy(), PATIENCE_MS);
  const gone = new AbortController();
  socket.once('close', () => gone.abort());
  const named = await hear(ear, () => deps.misses.turn(address, gone.signal), socket);
  clearTimeout(patience);
  const namedAt = performance.now();
  const torrent = named && deps.find(named.kind, named.hash);
  // Blocked while it spoke, it is as unknown as all it may have named.
  if (torrent && !socket.destroyed && !deps.isBlocked(address)) {
    deps.cap.settled(socket);
    // Node would keep count of it with the other process, and never end the server where that one ended first.
    Reflect.set(socket, 'server', null);
    deps.handOver(torrent, socket, { head: ear.leave(), secret: named.secret });
    return;
  }
  // Who says nothing costs nothing; all else was work for nothing.
  if (ear.heard().length > 0) deps.misses.missed(address);
  if (!socket.destroyed) await momentOf(namedAt + REFUSED_MS);
  socket.destroy();
}

interface Named {
  kind: HashKind;
  hash: string;
  secret: Uint8Array | null;
}

/** Null: it is no handshake, or the peer is gone. */
async function hear(ear: Ear, turn: () => Promise<void>, socket: Socket): Promise<Named | null> {
  const opening = await ear.until(bytes => {
    const read = readOpening(bytes);
    return read.kind === 'more' ? undefined : read;
  });
  if (!opening) return null;
  // An exchange of keys is work, and so is a look-up: who keeps causing them for nothing waits.
  await turn();
  // Nothing is looked up for who is gone: it would wake a torrent for nobody.
  if (socket.destroyed) return null;
  if (opening.kind === 'plain') return { kind: 'info', hash: opening.infoHash, secret: null };
  const keys = exchangeKeys(opening.key);
  if (!keys) return null;
  const { answer, secret } = keys;
  socket.write(answer);
  const hash = await ear.until(bytes => readDigest(bytes.subarray(opening.key.length), secret));
  return hash ? { kind: 'req2', hash, secret } : null;
}

/** Hears a connection without taking anything from it that the engine would miss. */
interface Ear {
  /** What `read` makes of all that was said, as soon as it is not undefined; null when the peer hangs up before. */
  until<R>(read: (bytes: Uint8Array) => R | undefined): Promise<R | null>;
  heard(): Uint8Array;
  /** Stops reading the connection; gives all that was read of it. */
  leave(): Uint8Array;
}

function listenTo(socket: Socket): Ear {
  let heard: Buffer = Buffer.alloc(0);
  let look = (): void => {};
  const onData = (bytes: Buffer) => {
    heard = Buffer.concat([heard, bytes]);
    if (heard.length >= HANDSHAKE_BYTES) socket.pause();
    look();
  };
  socket.on('data', onData);

  return {
    until(read) {
      return new Promise(resolve => {
        const gone = () => resolve(null);
        look = () => {
          const found = read(heard);
          if (found === undefined) return;
          look = () => {};
          socket.off('close', gone);
          resolve(found);
        };
        if (socket.destroyed) gone();
        socket.once('close', gone);
        look();
      });
    },
    heard: () => heard,
    leave() {
      socket.off('data', onData);
      socket.pause();
      const rest: Buffer | null = socket.read();
      // Paused, a socket still fills its own buffer, and what is in there does not cross to another process.
      socket._handle?.readStop();
      return rest ? Buffer.concat([heard, rest]) : heard;
    },
  };
}
