/** Who gives a file to a player of a bench, and how a player waits for it. */

import { get, type IncomingMessage } from 'node:http';
import { openLine } from './line.ts';
import { type BigFile, libtorrent, type Order } from './stand.ts';

/** host:port of a seeder, and the address of this machine that it is reached from */
export type Seed = (stack: AsyncDisposableStack, file: BigFile) => Promise<{ at: string; from: string }>;

/** libtorrent behind a line that sends so many bytes a second. Needs root and network namespaces. */
export function onLine(rate: number): Seed {
  return async (stack, file) => {
    const { prefix, address, near } = openLine(stack, rate);
    const { port } = await libtorrent(stack, file, { mode: 'seed', listen: `${address}:0` }, prefix);
    return { at: `${address}:${port}`, from: near };
  };
}

/** pieces that libtorrent is given deadlines for, as players on it do: as much as ours reads ahead */
const DEADLINES = 16;

/** What a player on libtorrent does: plays for `before` s, then jumps, and plays for `between` s after each. */
export type Jumps = Pick<Order, 'before' | 'between' | 'seeks' | 'seed' | 'positions' | 'skip'>;

/** ms from each jump to its first byte */
export async function libtorrentJumps(
  stack: AsyncDisposableStack,
  file: BigFile,
  { at, from }: Awaited<ReturnType<Seed>>,
  jumps: Jumps,
): Promise<number[]> {
  const order: Order = { mode: 'seek', listen: `${from}:0`, peers: [at], sequential: true, ahead: DEADLINES };
  const player = await libtorrent(stack, file, { ...order, ...jumps });
  return (await player.done()).flatMap(said => (said.event === 'seek' ? [said.seconds * 1000] : []));
}

/** Resolves with the first byte of the body, and how long it took; what follows is read as fast as it comes. */
export function ask(url: string, position: number): Promise<{ answer: IncomingMessage; ms: number }> {
  const asked = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { range: `bytes=${position}-` }, agent: false }, answer => {
      answer.on('error', () => {});
      answer.once('data', () => resolve({ answer, ms: performance.now() - asked }));
    });
    request.on('error', reject);
  });
}
