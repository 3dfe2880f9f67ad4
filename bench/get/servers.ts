/** Who gives the file: a home of ours, with grant, capability and all, nginx with sendfile, and a bare loop. Each is one process. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { HomeProcess } from '../../test/world/home.ts';
import { type BigFile, temporaryFolder } from '../swarm/stand.ts';
import { type Served, WRK } from './readers.ts';

const BARE_LOOP = fileURLToPath(new URL('bare-loop.ts', import.meta.url));
const NGINX = '/usr/sbin/nginx';

/** Of what serves and reads beside us, what is not installed. */
export function missingServers(): string[] {
  return Object.entries({ wrk: WRK, nginx: NGINX }).flatMap(([name, path]) => (existsSync(path) ? [] : [name]));
}

/** The file lies in a folder of the home; the URL is the one that `letsshare url` gives. */
export async function serveFromHome(home: HomeProcess, { path, id, size }: BigFile): Promise<Served> {
  const folder = dirname(path);
  await home.call('folder.add', { path: folder, all: true });
  await home.call('folder.wait', { path: folder });
  const { pathname, search } = new URL((await home.call('item.url', { id })).url);
  return { port: home.ready.http, path: pathname + search, size };
}

export async function serveFromNginx(
  stack: AsyncDisposableStack,
  { folder, id, size }: BigFile,
): Promise<Served & { pid: number }> {
  const work = await temporaryFolder(stack);
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${work}/${name};`,
  );
  // `user` is not set: nginx runs as whoever runs this.
  const config = `daemon off; master_process off; pid ${work}/nginx.pid; error_log stderr;
events { worker_connections 2048; }
http { access_log off; sendfile on; keepalive_requests 1000000000; ${temporary.join(' ')}
server { listen 127.0.0.1:${port}; location /get/ { alias ${folder}/; } } }`;
  await writeFile(join(work, 'nginx.conf'), config);
  const child = spawn(NGINX, ['-p', work, '-c', join(work, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  stack.defer(() => end(child));
  const deadline = Date.now() + 5_000;
  while (!(await answers(port))) if (Date.now() > deadline) throw new Error('nginx does not answer');
  return { port, path: `/get/${id}`, size, pid: child.pid ?? 0 };
}

/** What is left of ours without any check (bare-loop.ts). */
export async function serveFromLoop(stack: AsyncDisposableStack, { path, id, size }: BigFile): Promise<Served> {
  const child = spawn(process.execPath, [BARE_LOOP, path], { stdio: ['ignore', 'pipe', 'inherit'] });
  stack.defer(() => end(child));
  const [port] = await once(createInterface(child.stdout), 'line');
  return { port: Number(port), path: `/${id}`, size };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => setTimeout(resolve, 20, false)).on('connect', () => socket.destroy());
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
