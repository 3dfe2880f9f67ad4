/** A crowd of light peers: each has a connection of its own, asks for a block, compares it, and asks for the next. */

import { setTimeout as delay } from 'node:timers/promises';
import { type AskingPeer, connectPeer } from '../support/asking-peer.ts';
import type { Described } from '../support/swarm.ts';
import type { HomeProcess } from './home.ts';
import type { LoadTarget } from './load.ts';

const BLOCK = 16_384;
/** A request that waits longer counts as unanswered. */
const PATIENCE_MS = 60_000;
/** shake hands at the same time */
const AT_ONCE = 25;

export interface CrowdTally {
  blocks: number;
  /** requests without an answer in time, or that ended with the connection */
  unanswered: number;
  /** blocks with other bytes than the file's */
  wrong: number;
}

export interface Crowd extends AsyncDisposable {
  readonly tally: CrowdTally;
  /** still connected */
  present(): number;
  /** Asks for nothing more; resolves when the last answer is there and all have left. */
  leave(): Promise<CrowdTally>;
}

/** `peers` connections, spread evenly over the files; each rests `restMs` between two blocks. */
export async function openCrowd(
  port: number,
  files: readonly Described[],
  peers: number,
  restMs: number,
): Promise<Crowd> {
  const tally = { blocks: 0, unanswered: 0, wrong: 0 };
  const members: { peer: AskingPeer; file: Described }[] = [];
  let asking = true;

  for (let at = 0; at < peers; at += AT_ONCE) {
    const some = Array.from({ length: Math.min(AT_ONCE, peers - at) }, async (_, one) => {
      const number = at + one;
      const file = files[number % files.length]!;
      const from = `127.9.${Math.floor(number / 250)}.${1 + (number % 250)}`;
      return { peer: await connectPeer({ port, infoHash: file.infoHash, from }), file };
    });
    members.push(...(await Promise.all(some)));
  }

  async function ask({ peer, file }: (typeof members)[number]): Promise<void> {
    await delay(Math.random() * restMs);
    while (asking) {
      const at = Math.floor(Math.random() * Math.floor(file.bytes.length / BLOCK)) * BLOCK;
      const late = delay(PATIENCE_MS, undefined, { ref: false }).then(() => undefined);
      const answer = peer.request(Math.floor(at / PIECE), at % PIECE, BLOCK).catch(() => undefined);
      const bytes = await Promise.race([answer, late]);
      if (!bytes) tally.unanswered++;
      else if (bytes.equals(file.bytes.subarray(at, at + BLOCK))) tally.blocks++;
      else tally.wrong++;
      if (!bytes) return;
      await delay(restMs);
    }
  }
  const all = members.map(ask);

  async function leave(): Promise<CrowdTally> {
    asking = false;
    await Promise.all(all);
    for (const { peer } of members) peer.close();
    await Promise.all(members.map(({ peer }) => peer.closed));
    return tally;
  }

  return {
    tally,
    present: () => members.filter(({ peer }) => !peer.socket.destroyed).length,
    leave,
    [Symbol.asyncDispose]: async () => void (await leave()),
  };
}

/** the canonical piece length of every file under 2 GiB */
const PIECE = 262_144;

/** The same files for readers of /get, by the person's own URLs. */
export async function targetsOf(home: HomeProcess, files: readonly Described[]): Promise<LoadTarget[]> {
  return Promise.all(
    files.map(async ({ id, bytes }) => {
      const { pathname, search } = new URL((await home.call('item.url', { id })).url);
      return { path: pathname + search, bytes };
    }),
  );
}
