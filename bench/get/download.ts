/** A download at full rate by the home, from libtorrent on this machine: what runs beside the readers. */

import { openSiteDouble } from '../../test/support/site-double.ts';
import type { HomeProcess } from '../../test/world/home.ts';
import { until } from '../../test/world/until.ts';
import { libtorrent, sparseFile } from '../swarm/stand.ts';

/** Of which the peer has one block in each piece on the disk, and the home all of it. */
export interface Download {
  /** bytes that have arrived */
  downloaded(): Promise<number>;
}

/** Resolves once it is under way. */
export async function startDownload(stack: AsyncDisposableStack, home: HomeProcess, size: number): Promise<Download> {
  const file = await sparseFile(stack, size);
  const { id, infoHash } = file;
  const peer = await libtorrent(stack, file, { mode: 'seed' });
  const site = await openSiteDouble();
  stack.defer(() => site.close());
  const peers = [`127.0.0.1:${peer.port}`];
  site.described.set(id, { sha1: id, info_hash: infoHash, size, extension: 'mp4', peers });
  await home.call('site.grant', { origin: site.origin });
  await home.call('page', { origin: site.origin, method: 'addRequests', params: { ids: [id] } });
  const downloaded = async () => {
    const { downloads } = await home.call('daemon.status', {});
    return downloads.find(item => item.id === id)?.downloaded ?? 0;
  };
  await until('the download to be under way', async () => (await downloaded()) > size / 100);
  return { downloaded };
}
