/**
 * Strangers who try to find out what a home holds: handshakes that name held and unknown info hashes, in turn, from many
 * addresses, in the clear and encrypted, and requests of `/get`; what each is answered, and after how long.
 */

import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { performance } from 'node:perf_hooks';
import { KEY_BYTES, makeKey, nameEncrypted } from '../support/mse.ts';
import { handshake } from '../support/wire.ts';

export type Way = 'plain' | 'encrypted';

export interface Probes {
  /** bytes of handshakes that any of them was answered with after it named its hash; of /get: answers that are not the one of an unknown id */
  served: number;
  /** ms from naming the hash to the end of the connection, or of the answer */
  held: number[];
  unknown: number[];
}

/** What a prober names: as many of one as of the other. */
export interface Named {
  held: string[];
  unknown: string[];
}

/** Look-ups that one address may cause at once are limited (misses.ts), so each comes from another. */
const ADDRESSES = 60_000;

/** Names each info hash at the peer port. */
export function probe(port: number, way: Way, hashes: Named, sideBySide: number): Promise<Probes> {
  return takeTurns(hashes, sideBySide, (hash, at) => shakeHands(port, way, hash, addressOf(at)));
}

/** Asks `/get` for each id, as a page of the origin does, or as a program without one. */
export async function probeGet(
  port: number,
  ids: Named,
  sideBySide: number,
  origin: string | undefined,
): Promise<Probes> {
  const agent = new Agent({ keepAlive: true, maxSockets: sideBySide });
  const headers = origin === undefined ? {} : { origin };
  async function ask(id: string): Promise<{ ms: number; said: string }> {
    const begun = performance.now();
    const answer = await new Promise<IncomingMessage>((resolve, reject) => {
      request({ port, path: `/get/${id}`, agent, headers }, resolve)
        .on('error', reject)
        .end();
    });
    const body = Buffer.concat(await answer.toArray()).toString();
    const ms = performance.now() - begun;
    const { date: _, ...said } = answer.headers;
    return { ms, said: JSON.stringify([answer.statusCode, said, body]) };
  }
  try {
    const { said: usual } = await ask(ids.unknown[0] ?? '');
    return await takeTurns(ids, sideBySide, async id => {
      const { ms, said } = await ask(id);
      return { ms, served: said === usual ? 0 : 1 };
    });
  } finally {
    agent.destroy();
  }
}

/** Names each once, so many at a time; held and unknown ones take turns, and who is first. */
async function takeTurns(
  { held, unknown }: Named,
  sideBySide: number,
  nameOne: (name: string, at: number) => Promise<{ ms: number; served: number }>,
): Promise<Probes> {
  const probes: Probes = { served: 0, held: [], unknown: [] };
  const turns = held.flatMap((name, at) => {
    const pair = [
      { kind: 'held' as const, name },
      { kind: 'unknown' as const, name: unknown[at] ?? '' },
    ];
    return Math.random() < 0.5 ? pair : pair.reverse();
  });
  let next = 0;
  async function worker(): Promise<void> {
    for (let at = next++; at < turns.length; at = next++) {
      const turn = turns[at];
      if (!turn) return;
      const { ms, served } = await nameOne(turn.name, at);
      probes[turn.kind].push(ms);
      probes.served += served;
    }
  }
  await Promise.all(Array.from({ length: sideBySide }, worker));
  return probes;
}

/** 127.1.0.0 and up: all of 127/8 is this machine. */
function addressOf(at: number): string {
  const number = at % ADDRESSES;
  return `127.${1 + Math.floor(number / 62_500)}.${Math.floor(number / 250) % 250}.${1 + (number % 250)}`;
}

/** Resolves when the other side hangs up. */
function shakeHands(port: number, way: Way, hash: string, from: string): Promise<{ ms: number; served: number }> {
  return new Promise((resolve, reject) => {
    let named = 0;
    let served = 0;
    let received: Buffer = Buffer.alloc(0);
    const key = KEYS[Math.floor(Math.random() * KEYS.length)]!;
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, () => {
      if (way === 'plain') name(handshake(hash));
      else socket.write(key.open);
    });
    function name(bytes: Buffer): void {
      named = performance.now();
      socket.write(bytes);
    }
    socket.on('data', (bytes: Buffer) => {
      if (named > 0) served += bytes.length;
      else {
        received = Buffer.concat([received, bytes]);
        // What comes after its key is padding: it was sent before anything was named.
        if (received.length >= KEY_BYTES) name(nameEncrypted(hash, received.subarray(0, KEY_BYTES), key));
      }
    });
    socket.on('error', () => {});
    socket.once('close', () => resolve({ ms: performance.now() - named, served }));
    socket.setTimeout(60_000, () => {
      socket.destroy();
      reject(new Error('a probe was neither answered nor hung up on'));
    });
  });
}

/** Few keys, made beforehand: a prober has time, and its own sums must not blur what it measures. */
const KEYS = Array.from({ length: 8 }, makeKey);

// ---------------------------------------------------------------- what the times tell

/**
 * The area under the ROC curve of "held, for it took longer" (or shorter, whichever tells more): 0.5 tells nothing, 1 all.
 * Ties count half (Mann–Whitney).
 */
export function rocArea(held: number[], unknown: number[]): number {
  const all = [...held.map(ms => ({ ms, held: true })), ...unknown.map(ms => ({ ms, held: false }))];
  all.sort((a, b) => a.ms - b.ms);
  let ranks = 0;
  for (let at = 0; at < all.length; ) {
    let end = at;
    while (end < all.length && all[end]?.ms === all[at]?.ms) end++;
    const rank = (at + 1 + end) / 2;
    for (let tie = at; tie < end; tie++) if (all[tie]?.held) ranks += rank;
    at = end;
  }
  const area = (ranks - (held.length * (held.length + 1)) / 2) / (held.length * unknown.length);
  return Math.max(area, 1 - area);
}
