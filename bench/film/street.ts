/** A street of its own: a viewer and three peers, each at the end of a slow line, with a road of some length between them. */

import { fileURLToPath } from 'node:url';
import type { Internet, Namespace } from '../../test/support/netns.ts';
import type { MadeFilm } from './made-film.ts';
import { startSpeaking } from './speaking.ts';

const PYTHON = '/usr/bin/python3';
export const PEERS = 3;
/** what a peer can send */
export const UPLOAD_MBIT = 3;
/** one way */
export const DELAY_MS = 40;
/** what a line holds back before it drops, as far as bytes wait in it */
export const QUEUE_MS = 100;

export interface Street {
  viewer: Namespace;
  /** the viewer's address */
  address: string;
  /** host:port of those who have the film */
  peers: string[];
}

const VIEWER_ADDRESS = '10.77.0.1';
const peerAddress = (at: number) => `10.77.0.${at + 2}`;

export async function openStreet(
  stack: AsyncDisposableStack,
  internet: Internet,
  name: string,
  film: MadeFilm,
): Promise<Street> {
  const viewer = internet.namespace(`${name}-viewer`);
  const peers = Array.from({ length: PEERS }, (_, at) => internet.namespace(`${name}-peer${at}`));
  const hosts = new Map([[viewer, VIEWER_ADDRESS], ...peers.map((peer, at) => [peer, peerAddress(at)] as const)]);
  await openRoad(stack, hosts);
  for (const peer of peers) {
    const rate = ['rate', `${UPLOAD_MBIT}mbit`, 'burst', '4k', 'latency', `${QUEUE_MS}ms`];
    peer.run('tc', 'qdisc', 'add', 'dev', 'road', 'root', 'tbf', ...rate);
  }
  const seeders = peers.map(peer => startSeeder(stack, peer, hosts.get(peer)!, film));
  return { viewer, address: VIEWER_ADDRESS, peers: await Promise.all(seeders) };
}

async function openRoad(stack: AsyncDisposableStack, hosts: ReadonlyMap<Namespace, string>): Promise<void> {
  const named = Object.fromEntries([...hosts].map(([{ name }, address]) => [name, address]));
  const order = JSON.stringify({ delay: DELAY_MS / 1000, hosts: named });
  await startSpeaking(stack, [PYTHON, script('road.py'), order]).hear();
  for (const [space, address] of hosts) {
    space.run('ip', 'address', 'add', `${address}/24`, 'dev', 'road');
    space.run('ip', 'link', 'set', 'road', 'up');
  }
}

async function startSeeder(
  stack: AsyncDisposableStack,
  { prefix }: Namespace,
  address: string,
  { folder, torrent }: MadeFilm,
): Promise<string> {
  const seeder = startSpeaking(stack, [...prefix, PYTHON, script('seeder.py'), folder, torrent, address]);
  const { port } = await seeder.hear<{ port: number }>();
  return `${address}:${port}`;
}

function script(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
