/** The home: one folder that holds all that the daemon keeps, and the names of what lies in it. */

import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import envPaths from 'env-paths';
import { LsdError } from '../../shared/errors.ts';

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
  const path = resolve(option || process.env.LETSSHARE_HOME || envPaths('lets-share-data', { suffix: '' }).data);
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
  const folders = [home.path, home.secrets, home.downloads, home.backups, dirname(home.log), dirname(home.socket)];
  for (const folder of process.platform === 'win32' ? folders.slice(0, -1) : folders) {
    try {
      makeFolder(folder);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new LsdError('internal', `The home ${home.path} cannot be made (${why}). Choose another with --home.`, {
        cause,
      });
    }
  }
  if (process.platform !== 'win32' && dirname(home.socket) !== home.path && !isPrivate(dirname(home.socket))) {
    throw notPrivate(dirname(home.socket));
  }
}

/** With those that it lies in. Node's own `recursive` never ends where a folder cannot be made, as in /proc. */
function makeFolder(path: string): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  if (dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (thrown) {
    // Another process may make the same home.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw thrown;
  }
}

/** In the home; where that is too deep, under a short name in the runtime folder of this user. */
function socketPath(home: string): string {
  const name = createHash('sha256').update(home).digest('hex').slice(0, 16);
  if (process.platform === 'win32') return `\\\\.\\pipe\\lets-share-data-${name}`;
  const inHome = join(home, 'control.sock');
  if (fits(inHome)) return inHome;
  const own = `lets-share-data-${userInfo().uid}`;
  const folders = [runtimeFolder(), join(tmpdir(), own), join('/tmp', own)].filter(folder => folder !== undefined);
  const path = folders.map(folder => join(folder, `${name}.sock`)).find(fits) ?? join('/tmp', own, `${name}.sock`);
  // Whoever made the folder could listen in the daemon's place and be told passwords.
  if (!isPrivate(dirname(path))) throw notPrivate(dirname(path));
  return path;
}

function fits(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_SOCKET_BYTES;
}

/** XDG's, if it is one for this user alone, as its specification asks. */
function runtimeFolder(): string | undefined {
  const folder = process.env.XDG_RUNTIME_DIR;
  return folder && isAbsolute(folder) && isPrivate(folder) ? folder : undefined;
}

/** A folder of this user that nobody else enters, or none at all yet. */
function isPrivate(folder: string): boolean {
  const stats = lstatSync(folder, { throwIfNoEntry: false });
  return !stats || (stats.isDirectory() && stats.uid === userInfo().uid && (stats.mode & 0o077) === 0);
}

function notPrivate(folder: string): LsdError {
  return new LsdError(
    'denied',
    `The folder ${folder} for the control socket is open to other users of this machine. Remove it, or choose a home with a shorter path.`,
  );
}
