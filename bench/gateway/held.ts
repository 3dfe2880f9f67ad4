/** A file that the Confluence gateway of a home holds. */

import type { HomeProcess } from '../../test/world/home.ts';
import { readWhole, type Served } from '../get/readers.ts';
import type { BigFile } from '../swarm/stand.ts';

/** The magnet link of it, and where it is to be had (host:port). */
export function magnetOf({ infoHash }: Pick<BigFile, 'infoHash'>, peers: readonly string[]): string {
  return `magnet:?xt=urn:btih:${infoHash}${peers.map(peer => `&x.pe=${peer}`).join('')}`;
}

/** The whole of it has come when this resolves. */
export async function fetchByGateway(home: HomeProcess, file: BigFile, peers: string[]): Promise<Served> {
  const port = home.ready.confluence ?? 0;
  const query = `magnet=${encodeURIComponent(magnetOf(file, peers))}&path=${file.id}`;
  await readWhole({ port, path: `/data?${query}`, size: file.size });
  return { port, path: `/data?ih=${file.infoHash}&path=${file.id}`, size: file.size };
}
