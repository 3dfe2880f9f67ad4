/** What the stands of the gateways have in common: a folder, a tracker, libtorrent seeders, and a gateway that can start anew. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ManyFiles } from '../../support/many-files.ts';
import { type LibtorrentPeer, startLibtorrent } from '../../support/peers.ts';
import { openTracker, type TestTracker } from '../../support/swarm.ts';
import { faultLog } from '../http/client.ts';

export interface Ground {
  readonly folder: string;
  readonly tracker: TestTracker;
  readonly log: ReturnType<typeof faultLog>;
}

export interface GatewayStand<Running> extends Ground {
  readonly running: Running;
  /** Starts a seeder that the tracker knows. */
  seed(torrent: ManyFiles, options?: { uploadLimit?: number }): Promise<{ port: number; close(): Promise<void> }>;
  /** with the tracker in it */
  magnet(torrent: ManyFiles): string;
  /** Starts anew over the same folders. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** A libtorrent peer with all of it, which the tracker knows; its files lie in a folder of their own. */
export async function startSeeder(
  { folder, tracker }: Pick<Ground, 'folder' | 'tracker'>,
  torrent: ManyFiles,
  limits: { uploadLimit?: number } = {},
): Promise<LibtorrentPeer> {
  const at = await mkdtemp(join(folder, 'seed-'));
  const order = { torrent: await torrent.write(at), trackers: [tracker.http], folder: at };
  return startLibtorrent({ mode: 'seed', encryption: 'plain', ...order, ...limits });
}

export async function gatewayStand<Running extends { close(): Promise<void> }>(
  name: string,
  open: (ground: Ground) => Promise<Running>,
): Promise<GatewayStand<Running>> {
  const folder = await mkdtemp(join(tmpdir(), `lsd-${name}-`));
  const tracker = await openTracker();
  const ground: Ground = { folder, tracker, log: faultLog() };
  const closing: (() => Promise<void>)[] = [];
  let running = await open(ground);
  return {
    ...ground,
    get running() {
      return running;
    },
    async seed(torrent, limits = {}) {
      const peer = await startSeeder({ folder, tracker }, torrent, limits);
      let closed = false;
      const close = async () => {
        if (!closed) await peer.close();
        closed = true;
      };
      closing.push(close);
      return { port: peer.port, close };
    },
    magnet: ({ infoHash }) => `magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(tracker.http)}`,
    async restart() {
      await running.close();
      running = await open(ground);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(closing.map(close => close()));
      await running.close();
      await tracker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
