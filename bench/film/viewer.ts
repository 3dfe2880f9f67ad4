/**
 * In the viewer's namespace: a leecher, and a player that reads from it. It says that it is ready, then takes plans from
 * standard input, a line each, and says what came of each.
 */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Id, InfoHash } from '../../shared/id.ts';
import { openSiteDouble } from '../../test/support/site-double.ts';
import { startHome } from '../../test/world/home.ts';
import { rest } from '../at-rest.ts';
import { BYTE_RATE } from './made-film.ts';
import { type Watched, watch } from './player.ts';
import { startSpeaking } from './speaking.ts';

export type Kind = 'ours' | 'libtorrent';

export interface ViewerOrder {
  kind: Kind;
  film: { id: Id; infoHash: InfoHash; size: number };
  /** this namespace's, for peers */
  address: string;
  /** host:port */
  peers: string[];
}

/** From nothing: the film is asked for and played from its start, then at other places. */
export interface Plan {
  /** of film, from the start on */
  playSeconds: number;
  /** how many, all over the film */
  jumps: number;
  /** of film, after each jump */
  betweenSeconds: number;
}

export interface Came {
  start: Watched;
  jumps: Watched[];
}

/** Whatever fetches the film. */
interface Leecher {
  /** where it is played from, at once */
  fetch(): Promise<string>;
  /** Deletes what came. */
  drop(): Promise<void>;
}

async function runViewer(order: ViewerOrder): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const leecher = await (order.kind === 'ours' ? ours : libtorrent)(stack, order);
  say({ ready: true });
  const lines = createInterface({ input: process.stdin });
  process.once('SIGTERM', () => lines.close());
  for await (const line of lines) say(await carryOut(JSON.parse(line), leecher, order.film.size));
}

async function carryOut({ playSeconds, jumps, betweenSeconds }: Plan, leecher: Leecher, size: number): Promise<Came> {
  const asked = performance.now();
  const url = await leecher.fetch();
  const came: Came = { start: await watch(url, 0, playSeconds, asked), jumps: [] };
  for (const place of placesIn(size, jumps))
    came.jumps.push(await watch(url, place, betweenSeconds, performance.now()));
  await leecher.drop();
  return came;
}

/** Steps by the golden ratio: far from each other and all over the film, the same for everyone. */
function placesIn(size: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Math.floor((0.05 + 0.9 * ((0.5 + at * 0.618034) % 1)) * size));
}

/** The daemon, and a site that knows of the film what a page would ask for: the info hash, and who has it. */
async function ours(stack: AsyncDisposableStack, { film, address, peers }: ViewerOrder): Promise<Leecher> {
  const site = await openSiteDouble();
  stack.defer(() => site.close());
  const { id, infoHash, size } = film;
  site.described.set(id, { sha1: id, info_hash: infoHash, extension: 'mp4', size, peers });
  const home = stack.use(await startHome([], undefined, { peerAddress: address }));
  await home.call('site.grant', { origin: site.origin, lan: true });
  await rest((await home.call('daemon.status', {})).pid, 1);
  return {
    async fetch() {
      const { missing } = await home.call('request.add', { ids: [id] });
      if (missing.length > 0) throw new Error('the site does not know the film');
      return (await home.call('item.url', { id })).url;
    },
    drop: async () => void (await home.call('request.remove', { ids: [id] })),
  };
}

async function libtorrent(stack: AsyncDisposableStack, { film, address, peers }: ViewerOrder): Promise<Leecher> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const script = fileURLToPath(new URL('libtorrent_player.py', import.meta.url));
  const player = startSpeaking(stack, ['/usr/bin/python3', script, folder, address]);
  const { port } = await player.hear<{ port: number }>();
  const base = `http://127.0.0.1:${port}`;
  async function post(path: string, body: object): Promise<void> {
    const answer = await fetch(base + path, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`libtorrent's player answers ${answer.status}`);
  }
  return {
    async fetch() {
      await post('/fetch', { infoHash: film.infoHash, peers, byteRate: BYTE_RATE });
      return `${base}/film`;
    },
    drop: () => post('/drop', {}),
  };
}

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

if (import.meta.main) {
  await runViewer(JSON.parse(process.argv[2] ?? ''));
  process.exit(0);
}
