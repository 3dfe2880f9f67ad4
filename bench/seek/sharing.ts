/** Several readers of one download at once, far from each other: what does each get of a seeder that has less than they take? */

import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Seed } from '../swarm/seeders.ts';
import { type BigFile, benchHome, serveGet, wishOf } from '../swarm/stand.ts';

export interface SharingOrder {
  seed: Seed;
  /** bytes a second that the seeder gives */
  rate: number;
  readers: number;
  /** s that all have read before it is counted, and that it is counted for */
  before: number;
  counted: number;
}

/** What each reader got, of its equal share of what the seeder gives: 1 is all of the share. */
export async function sharesOf(file: BigFile, { seed, rate, readers, before, counted }: SharingOrder) {
  await using stack = new AsyncDisposableStack();
  const { at, from } = await seed(stack, file);
  const player = await benchHome(stack, { peerAddress: from });
  player.torrents.download(wishOf(file, [at]));
  const url = `http://127.0.0.1:${await serveGet(stack, player)}/get/${file.id}`;
  const taken = await Promise.all(
    Array.from({ length: readers }, (_, n) => read(stack, url, (file.size * n) / readers)),
  );
  await delay(before * 1000);
  const [had, begun] = [taken.map(bytes => bytes()), performance.now()];
  await delay(counted * 1000);
  const seconds = (performance.now() - begun) / 1000;
  return taken.map((bytes, n) => (bytes() - had[n]!) / seconds / (rate / readers));
}

/** From a place on, as fast as it comes; the bytes that it got so far. */
async function read(stack: AsyncDisposableStack, url: string, position: number): Promise<() => number> {
  const { answer } = await ask(url, Math.floor(position));
  stack.defer(() => void answer.destroy());
  let bytes = 0;
  answer.on('data', chunk => {
    bytes += chunk.length;
  });
  return () => bytes;
}
