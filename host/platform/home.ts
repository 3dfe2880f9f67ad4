/** The home: one folder that holds all that the daemon keeps, and the names of what lies in it. */

import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import envPaths from 'env-paths';

/** A Unix socket's path has room for 107 bytes; some systems have 103. */
const MAX_SOCKET_BYTES = 99;

export interface Home {
  readonly path: string;
  readonly database: string;
  readonly lock: string;
  readonly socket: string;
  readonly config: string;
  readonly secrets: string;
  readonly log: string;
  readonly downloads: string;
  readonly backups: string;
}

/** The home that the option, LETSSHARE_HOME or the platform names. Nothing is created. */
export function locateHome(option: string | undefined): Home {
  const path = resolve(option ?? process.env.LETSSHARE_HOME ?? envPaths('lets-share-data', { suffix: '' }).data);
  return {
    path,
    database: join(path, 'catalogue.db'),
    lock: join(path, 'lock.db'),
    socket: socketPath(path),
    config: join(path, 'config.json'),
    secrets: join(path, 'secrets'),
    log: join(path, 'logs', 'daemon'),
    downloads: join(path, 'downloads'),
    backups: join(path, 'backups'),
  };
}

export function createHome(home: Home): void {
  for (const folder of [home.path, home.secrets, home.downloads, home.backups]) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }
  mkdirSync(join(home.path, 'logs'), { recursive: true, mode: 0o700 });
}

function socketPath(home: string): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\lets-share-data-${name}`;
  const inHome = join(home, 'control.sock');
  if (Buffer.byteLength(inHome) <= MAX_SOCKET_BYTES) return inHome;
  const runtime = process.env.XDG_RUNTIME_DIR ?? join(tmpdir(), `lets-share-data-${userInfo().uid}`);
  return join(runtime, `${name}.sock`);
}
