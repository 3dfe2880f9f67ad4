/** nginx on loopback that gives the files of one folder, as the web seed of a site does. */

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { end, freePort } from '../peers.ts';
import { until } from '../swarm.ts';
import { tied } from '../tied.ts';

const NGINX = '/usr/sbin/nginx';
export const hasNginx = existsSync(NGINX);

export interface WebServer {
  /** ends with a slash */
  origin: string;
  close(): Promise<void>;
}

export async function startNginx(folder: string): Promise<WebServer> {
  const [own, port] = [await mkdtemp(join(tmpdir(), 'lsd-nginx-')), await freePort()];
  const kinds = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const temporary = kinds.map(name => `${name}_temp_path ${own}/${name};`).join(' ');
  const config = join(own, 'nginx.conf');
  // `user` is not set: it runs as whoever runs this, in one process.
  await writeFile(
    config,
    `daemon off; master_process off; pid ${own}/pid; error_log stderr crit; events {}
http { access_log off; sendfile on; ${temporary} server { listen 127.0.0.1:${port}; root ${folder}; } }`,
  );
  const child = spawn(...tied(NGINX, ['-p', own, '-c', config]), { stdio: ['ignore', 'ignore', 'inherit'] });
  const origin = `http://127.0.0.1:${port}/`;
  await until('nginx to answer', () =>
    fetch(origin, { method: 'HEAD' }).then(
      () => true,
      () => false,
    ),
  );
  return {
    origin,
    async close() {
      await end(child);
      await rm(own, { recursive: true, force: true });
    },
  };
}
