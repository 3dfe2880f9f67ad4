/** The Confluence gateway over a torrents room of its own, a tracker, and libtorrent seeders, on loopback. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { HoldingOptions } from '../../../../host/core/held-torrents.ts';
import { type ConfluenceDeps, mountConfluence } from '../../../../host/gateways/confluence/confluence.ts';
import type { AccessRules } from '../../../../host/http/admission.ts';
import { createHttpServer } from '../../../../host/http/server.ts';
import type { ManyFiles } from '../../../support/many-files.ts';
import { startLibtorrent } from '../../../support/peers.ts';
import { type Home, openHome, openTracker, type TestTracker } from '../../../support/swarm.ts';
import { type Ask, ask, faultLog } from '../../http/client.ts';

export interface StandOptions {
  access?: Partial<AccessRules>;
  holding?: Partial<HoldingOptions>;
  gateway?: Partial<Pick<ConfluenceDeps, 'uploadBytes' | 'debug'>>;
  /** where it listens besides loopback */
  address?: string;
  home?: Parameters<typeof openHome>;
}

export interface Stand {
  port: number;
  /** where peers connect to */
  peerPort: number;
  home: Home;
  tracker: TestTracker;
  log: ReturnType<typeof faultLog>;
  pieces: string;
  get(path: string, options?: Ask): ReturnType<typeof ask>;
  /** Starts a seeder that the tracker knows. */
  seed(torrent: ManyFiles, options?: { uploadLimit?: number }): Promise<{ close(): Promise<void> }>;
  /** `magnet=…` with the tracker in it, for a URL */
  magnet(torrent: ManyFiles): string;
  /** Starts anew over the same folders. */
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Bytes for a route that changes something. */
export async function post(port: number, path: string, body: Uint8Array): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: Buffer.from(body) });
  return { status: answer.status, text: await answer.text() };
}

export async function stand(options: StandOptions = {}): Promise<Stand> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-confluence-'));
  const tracker = await openTracker();
  const log = faultLog();
  const held = join(folder, 'held');
  const closing: (() => Promise<void>)[] = [];

  async function open() {
    const home = await openHome(options.home?.[0], { path: join(folder, 'home'), ...options.home?.[1] });
    const torrents = await home.torrents.holding('confluence', {
      peerPort: 0,
      folder: held,
      files: null,
      cacheBytes: 1024 ** 3,
      graceMs: 60_000,
      serve: false,
      lan: true,
      ...options.holding,
    });
    const server = createHttpServer({ log, address: options.address });
    const access = { token: null, origins: [], ...options.access };
    mountConfluence(server, { torrents, access, uploadBytes: 1024 ** 2, debug: null, ...options.gateway });
    const { port } = await server.listen({ port: 0 });
    return {
      home,
      port,
      peerPort: torrents.peerPort,
      async close() {
        await server.close();
        await home.close();
      },
    };
  }

  let running = await open();
  return {
    get port() {
      return running.port;
    },
    get peerPort() {
      return running.peerPort;
    },
    get home() {
      return running.home;
    },
    tracker,
    log,
    pieces: join(held, 'pieces'),
    get: (path, given) => ask(running.port, path, given),
    async seed(torrent, limits = {}) {
      const at = await mkdtemp(join(folder, 'seed-'));
      const peer = await startLibtorrent({
        mode: 'seed',
        encryption: 'plain',
        torrent: await torrent.write(at),
        trackers: [tracker.http],
        folder: at,
        ...limits,
      });
      let closed = false;
      const close = async () => {
        if (!closed) await peer.close();
        closed = true;
      };
      closing.push(close);
      return { close };
    },
    magnet: ({ infoHash }) =>
      `magnet=${encodeURIComponent(`magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(tracker.http)}`)}`,
    async restart() {
      await running.close();
      running = await open();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(closing.map(close => close()));
      await running.close();
      await tracker.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
