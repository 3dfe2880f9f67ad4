/** The RestTorrent gateway over a torrents room of its own, a tracker, and libtorrent seeders, on loopback. */

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { SessionsOptions, TorrentSessions } from '../../../../host/core/torrent-sessions.ts';
import type { RestAccessRules } from '../../../../host/gateways/resttorrent/access.ts';
import {
  mountRestTorrent,
  type RestTorrentDeps,
  sendMisdirected,
} from '../../../../host/gateways/resttorrent/resttorrent.ts';
import { createHttpServer, type HttpServer } from '../../../../host/http/server.ts';
import { createNet } from '../../../../host/platform/net.ts';
import { fetchTorrentFile } from '../../../../host/platform/torrent-file.ts';
import { type Home, openHome, PATIENCE_MS } from '../../../support/swarm.ts';
import { type GatewayStand, gatewayStand } from '../gateway-stand.ts';

export interface StandOptions {
  rules?: Partial<RestAccessRules>;
  sessions?: Partial<SessionsOptions>;
  /** whether `url` may have a private address; so it may where nothing is said */
  fetchLan?: boolean;
  /** before the routes are */
  mount?(server: HttpServer, deps: RestTorrentDeps): { close(): void };
}

/** Of an answer, as a test looks at it. */
export interface Answered {
  status: number;
  headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test looks at other fields of it
  body: any;
}

export interface Say {
  method?: string;
  headers?: Record<string, string>;
  /** sent as JSON */
  json?: unknown;
  form?: Record<string, string> | FormData;
  /** as they are; their type is among the headers */
  bytes?: Buffer<ArrayBuffer>;
}

export interface Stand extends Omit<GatewayStand<unknown>, 'running' | 'folder'> {
  readonly port: number;
  readonly home: Home;
  readonly sessions: TorrentSessions;
  /** where torrents are saved */
  readonly root: string;
  ask(path: string, say?: Say): Promise<Answered>;
  /** A new session at any port; gives the URL of its torrents. */
  session(params?: Record<string, unknown>): Promise<string>;
  /** Asks until the answer is as it should be. */
  wait(path: string, isIt: (body: Answered['body']) => boolean): Promise<Answered['body']>;
}

/** Others may have some of them; a session takes the first that is free. */
const PORTS = [20_000, 29_999];

export async function stand(options: StandOptions = {}): Promise<Stand> {
  const at = await gatewayStand('resttorrent', async ({ folder, log }) => {
    const root = join(folder, 'root');
    await mkdir(root, { recursive: true });
    const home = await openHome({}, { path: join(folder, 'home') });
    const sessions = await home.torrents.sessions({
      root,
      folder: join(folder, 'kept'),
      sessions: 8,
      torrents: 1_000,
      lan: true,
      ...options.sessions,
    });
    const net = createNet({ resolve: new Map() });
    const server = createHttpServer({ log, misdirected: sendMisdirected });
    const deps = {
      sessions,
      fetchTorrent: (url: string, signal: AbortSignal) =>
        fetchTorrentFile(net, url, { lan: options.fetchLan ?? true, signal }),
      rules: { token: null, origins: [], jsonp: false, ...options.rules },
      log,
    };
    const mounted = options.mount?.(server, deps);
    mountRestTorrent(server, deps);
    const { port } = await server.listen({ port: 0 });
    return {
      home,
      sessions,
      port,
      async close() {
        mounted?.close();
        await server.close();
        await home.close();
        await net.close();
      },
    };
  });

  async function ask(path: string, { method, headers = {}, json, form, bytes }: Say = {}): Promise<Answered> {
    const fields = form instanceof FormData ? form : form && new URLSearchParams(form);
    const body = json === undefined ? (fields ?? bytes) : JSON.stringify(json);
    const answer = await fetch(`http://127.0.0.1:${at.running.port}${path}`, {
      method: method ?? (body === undefined ? 'GET' : 'POST'),
      headers: { ...(json !== undefined && { 'content-type': 'application/json' }), ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  return {
    ...at,
    get port() {
      return at.running.port;
    },
    get home() {
      return at.running.home;
    },
    get sessions() {
      return at.running.sessions;
    },
    root: join(at.folder, 'root'),
    ask,
    async session(params = {}) {
      const { body } = await ask('/v1/sessions', { json: { ports: PORTS, ...params } });
      if (body.status !== 'success') throw new Error(JSON.stringify(body));
      return `/v1/sessions/${body.session.id}/torrents`;
    },
    async wait(path, isIt) {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const { body } = await ask(path);
        if (isIt(body)) return body;
        if (Date.now() > deadline) throw new Error(`${path} is still ${JSON.stringify(body)}`);
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    },
  };
}
