/** Real BitTorrent peers as child processes on loopback: libtorrent (Python) and transmission-daemon; others in peers/. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { PATIENCE_MS, until, within } from './swarm.ts';
import { tied } from './tied.ts';

const PYTHON = '/usr/bin/python3';
const LIBTORRENT = new URL('./peers/libtorrent_peer.py', import.meta.url).pathname;

export const hasLibtorrent = spawnSync(PYTHON, ['-c', 'import libtorrent']).status === 0;
export const hasTransmission = spawnSync('transmission-daemon', ['--version']).error === undefined;

export type Encryption = 'plain' | 'encrypted';

export interface PeerOrder {
  mode: 'seed' | 'fetch';
  encryption: Encryption;
  /** path of a .torrent file, or else an info hash alone */
  torrent?: string;
  infoHash?: string;
  trackers: string[];
  /** where its files lie or will lie */
  folder: string;
  peers?: string[];
  dht?: boolean;
  lsd?: boolean;
  pex?: boolean;
  bootstrap?: string;
  /** bytes a second */
  uploadLimit?: number;
  downloadLimit?: number;
}

export interface RealPeer {
  port: number;
  /** Resolves when it has the whole file. */
  complete(ms?: number): Promise<void>;
  close(): Promise<void>;
}

/** A peer that it was connected to, and by which ways it had heard of it. */
export interface Met {
  /** host:port */
  at: string;
  by: ('tracker' | 'dht' | 'pex' | 'lsd')[];
}
export interface LibtorrentPeer extends RealPeer {
  met(): Met[];
}

export async function startLibtorrent(order: PeerOrder): Promise<LibtorrentPeer> {
  const args = [LIBTORRENT, JSON.stringify({ ...order, verbose: !!process.env.LSD_PEER_LOG })];
  const child = spawn(...tied(PYTHON, args), { stdio: ['ignore', 'pipe', 'inherit'] });
  const listening = Promise.withResolvers<number>();
  const complete = Promise.withResolvers<void>();
  const met: Met[] = [];
  createInterface({ input: child.stdout }).on('line', line => {
    const said: { event: string; port?: number; peers?: Met[] } = JSON.parse(line);
    if (said.event === 'listening') listening.resolve(said.port ?? 0);
    else if (said.event === 'peers') met.push(...(said.peers ?? []));
    else complete.resolve();
  });
  child.once('exit', code => {
    listening.reject(new Error(`the libtorrent peer ended with ${code}`));
    complete.reject(new Error(`the libtorrent peer ended with ${code}`));
  });
  complete.promise.catch(() => {});
  return {
    port: await listening.promise,
    met: () => met,
    complete: () => within('libtorrent to complete', complete.promise),
    close: () => end(child),
  };
}

/** transmission-daemon with one torrent; its files lie in `folder`. */
export async function startTransmission(order: PeerOrder): Promise<RealPeer> {
  const config = await mkdtemp(join(tmpdir(), 'lsd-transmission-'));
  const [port, rpcPort] = [await freePort(), await freePort()];
  await mkdir(join(config, 'torrents'), { recursive: true });
  await writeFile(join(config, 'settings.json'), JSON.stringify(transmissionSettings(order, port, rpcPort)));
  const child = spawn(...tied('transmission-daemon', ['--foreground', '--config-dir', config]), {
    stdio: ['ignore', 'ignore', process.env.LSD_PEER_LOG ? 'inherit' : 'ignore'],
  });
  const rpc = createRpc(rpcPort);
  await until('transmission to answer', () =>
    rpc('session-get', {}).then(
      () => true,
      () => false,
    ),
  );
  const what = order.torrent ? order.torrent : magnet(order);
  await rpc('torrent-add', { filename: what, 'download-dir': order.folder });
  return {
    port,
    async complete() {
      await until(
        'transmission to complete',
        async () => {
          const { torrents } = await rpc('torrent-get', { fields: ['percentDone', 'status'] });
          return torrents?.[0]?.percentDone === 1;
        },
        PATIENCE_MS,
      );
    },
    async close() {
      await end(child);
      await rm(config, { recursive: true, force: true });
    },
  };
}

export function magnet(order: PeerOrder): string {
  const trackers = order.trackers.map(tracker => `&tr=${encodeURIComponent(tracker)}`).join('');
  return `magnet:?xt=urn:btih:${order.infoHash}${trackers}`;
}

function transmissionSettings(order: PeerOrder, port: number, rpcPort: number): object {
  return {
    'bind-address-ipv4': '127.0.0.1',
    'bind-address-ipv6': '::1',
    'rpc-bind-address': '127.0.0.1',
    'rpc-port': rpcPort,
    'rpc-whitelist-enabled': false,
    'rpc-authentication-required': false,
    'peer-port': port,
    'port-forwarding-enabled': false,
    'dht-enabled': false,
    'pex-enabled': false,
    'lpd-enabled': false,
    'utp-enabled': false,
    // 0 prefers plain text, 2 requires encryption
    encryption: order.encryption === 'encrypted' ? 2 : 0,
    'download-dir': order.folder,
    preallocation: 0,
    'rename-partial-files': false,
  };
}

interface RpcReply {
  torrents?: { percentDone: number }[];
}

/** transmission answers 409 with the session id that it wants to see. */
function createRpc(port: number): (method: string, args: object) => Promise<RpcReply> {
  let session = '';
  return async function call(method, args) {
    const response = await fetch(`http://127.0.0.1:${port}/transmission/rpc`, {
      method: 'POST',
      headers: { 'x-transmission-session-id': session },
      body: JSON.stringify({ method, arguments: args }),
    });
    const wanted = response.headers.get('x-transmission-session-id');
    if (response.status === 409 && wanted && wanted !== session) {
      session = wanted;
      return call(method, args);
    }
    const reply: { result: string; arguments: RpcReply } = JSON.parse(await response.text());
    if (reply.result !== 'success') throw new Error(`transmission: ${reply.result}`);
    return reply.arguments;
  };
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  const address = server.address();
  await new Promise(resolve => server.close(resolve));
  if (!address || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Ended by its own process, and gone when this resolves. */
export async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise(resolve => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}
