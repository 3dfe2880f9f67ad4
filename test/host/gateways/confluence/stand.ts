/** The Confluence gateway over a torrents room of its own, a tracker, and libtorrent seeders, on loopback. */

import { join } from 'node:path';
import type { HoldingOptions } from '../../../../host/core/held-torrents.ts';
import { type ConfluenceDeps, mountConfluence } from '../../../../host/gateways/confluence/confluence.ts';
import type { AccessRules } from '../../../../host/http/admission.ts';
import { createHttpServer } from '../../../../host/http/server.ts';
import type { ManyFiles } from '../../../support/many-files.ts';
import { type Home, openHome } from '../../../support/swarm.ts';
import { type Ask, ask } from '../../http/client.ts';
import { type GatewayStand, gatewayStand } from '../gateway-stand.ts';

export interface StandOptions {
  access?: Partial<AccessRules>;
  holding?: Partial<HoldingOptions>;
  gateway?: Partial<Pick<ConfluenceDeps, 'uploadBytes' | 'debug'>>;
  /** where it listens besides loopback */
  address?: string;
  home?: Parameters<typeof openHome>;
}

export interface Stand extends Omit<GatewayStand<unknown>, 'running' | 'folder'> {
  readonly port: number;
  /** where peers connect to */
  readonly peerPort: number;
  readonly home: Home;
  readonly pieces: string;
  get(path: string, options?: Ask): ReturnType<typeof ask>;
  /** `magnet=…`, for a URL */
  magnet(torrent: ManyFiles): string;
}

/** Bytes for a route that changes something. */
export async function post(port: number, path: string, body: Uint8Array): Promise<{ status: number; text: string }> {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body: Buffer.from(body) });
  return { status: answer.status, text: await answer.text() };
}

export async function stand(options: StandOptions = {}): Promise<Stand> {
  const at = await gatewayStand('confluence', async ({ folder, log }) => {
    const home = await openHome(options.home?.[0], { path: join(folder, 'home'), ...options.home?.[1] });
    const torrents = await home.torrents.holding('confluence', {
      peerPort: 0,
      folder: join(folder, 'held'),
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
  });
  return {
    ...at,
    get port() {
      return at.running.port;
    },
    get peerPort() {
      return at.running.peerPort;
    },
    get home() {
      return at.running.home;
    },
    pieces: join(at.folder, 'held', 'pieces'),
    get: (path, given) => ask(at.running.port, path, given),
    magnet: torrent => `magnet=${encodeURIComponent(at.magnet(torrent))}`,
  };
}
