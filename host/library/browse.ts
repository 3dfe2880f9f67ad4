/** Lists the folders of this machine, for who chooses one to share. Nothing is read but names; no link is followed. */

import type { Dirent } from 'node:fs';
import { access, opendir, realpath, statfs } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import type { FolderListing, ListedFolder, Place } from '../../shared/grants.ts';
import type { Catalogue } from '../core/stored.ts';
import { canonicalFolder, existing, liesIn } from './folders.ts';

export interface BrowseRequest {
  /** absolute; without it the home directory */
  path?: string;
  /** folders too whose name begins with a dot */
  hidden?: boolean;
  /** the name after which the page begins */
  after?: string;
}

export interface BrowseDeps {
  catalogue: Pick<Catalogue, 'folders'>;
  /** the daemon's own folder */
  home: string;
  /** the user's home directory */
  homedir: string;
}

/** Folders told at once. */
const PAGE = 200;
/** Entries of each that are counted, and for how long all of them may be. */
const MAX_COUNTED = 2_000;
const COUNT_MS = 400;
const AT_ONCE = 8;
/** From here on names are compared by their code points: the rules of a language would hold up everything else. */
const MANY = 5_000;

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });

/** Linux: what the kernel and programs show as files. */
const SYSTEM = ['/proc', '/sys', '/dev', '/run'];
/** Below it desktops mount the person's disks. */
const DISKS = '/run/media';

/** statfs(2), `f_type` of file systems that hold no files: proc, sysfs, debugfs, tracefs, securityfs, cgroup, devpts, bpf, autofs … */
const PSEUDO = new Set([
  0x9fa0, 0x62656572, 0x64626720, 0x74726163, 0x73636673, 0x27e0eb, 0x63677270, 0x1cd1, 0xcafe4a11, 0x187, 0x6165676c,
  0xde5e81e4, 0x19800202, 0x958458f6, 0x65735543, 0x62656570, 0x42494e4d, 0x67596969, 0x6e736673,
]);

export function createBrowse(
  deps: BrowseDeps,
): (request: BrowseRequest, signal: AbortSignal) => Promise<FolderListing> {
  return async ({ path = deps.homedir, hidden = false, after }, signal) => {
    if (!isAbsolute(path))
      throw new LsdError('invalid', `"${path}" is no full path; write it from the top, like /home.`);
    const real = await existing(resolve(path));
    await refuseSystem(real);
    const names = await folderNames(real, hidden, deps.home, signal);
    names.sort(names.length > MANY ? byCodePoint : collator.compare);
    const start = after === undefined ? 0 : startAfter(names, after);
    const page = names.slice(start, start + PAGE);
    const known = deps.catalogue.folders().map(folder => folder.path);
    return {
      path: real,
      parent: dirname(real) === real ? null : dirname(real),
      choosable: await canonicalFolder(real, { ...deps, force: false }).then(
        () => true,
        () => false,
      ),
      folders: await listed(real, page, known, signal),
      total: names.length,
      next: start + PAGE < names.length ? (page.at(-1) ?? null) : null,
      places: await places(deps.homedir),
    };
  };
}

async function refuseSystem(path: string): Promise<void> {
  const isPseudo =
    isSystem(path) ||
    PSEUDO.has(
      await statfs(path).then(
        ({ type }) => type,
        () => 0,
      ),
    );
  if (isPseudo) throw new LsdError('invalid', `${path} holds no files of yours: it belongs to the system.`);
}

/** `path` shows what the system does, not files; /run leads to disks, and is listed for them alone. */
function isSystem(path: string): boolean {
  if (process.platform !== 'linux' || path === '/run') return false;
  return SYSTEM.some(place => liesIn(path, place)) && !liesIn(path, DISKS);
}

async function folderNames(path: string, hidden: boolean, home: string, signal: AbortSignal): Promise<string[]> {
  const names: string[] = [];
  for await (const entry of await opendir(path, { bufferSize: 1_000 })) {
    signal.throwIfAborted();
    if (isListed(entry, path, hidden) && join(path, entry.name) !== home) names.push(entry.name);
  }
  return names;
}

/** A name that is no UTF-8 cannot be named again. */
function isListed(entry: Dirent, parent: string, hidden: boolean): boolean {
  if (!entry.isDirectory() || entry.name.includes('\ufffd')) return false;
  return (hidden || !entry.name.startsWith('.')) && !isSystem(join(parent, entry.name));
}

/** The name may be gone by now: the page begins where it would stand. */
function startAfter(names: string[], after: string): number {
  const compare = names.length > MANY ? byCodePoint : collator.compare;
  const at = names.indexOf(after);
  if (at >= 0) return at + 1;
  const next = names.findIndex(name => compare(name, after) > 0);
  return next < 0 ? names.length : next;
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** What does not answer in time (a disk that wakes up, a network that is gone) is listed without a count. */
async function listed(parent: string, names: string[], known: string[], signal: AbortSignal): Promise<ListedFolder[]> {
  const folders = names.map((name): ListedFolder => {
    const path = join(parent, name);
    const within = known.some(one => one !== path && liesIn(path, one));
    return { name, path, inside: null, known: known.includes(path) ? 'itself' : within ? 'within' : 'no' };
  });
  const late = AbortSignal.any([signal, AbortSignal.timeout(COUNT_MS)]);
  const left = [...folders];
  const work = async () => {
    for (let next = left.shift(); next && !late.aborted; next = left.shift()) {
      next.inside = await countIn(next.path, late).catch(() => null);
    }
  };
  const ended = new Promise<void>(resolve => late.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([ended, Promise.all(Array.from({ length: AT_ONCE }, work))]);
  signal.throwIfAborted();
  return folders;
}

async function countIn(path: string, signal: AbortSignal): Promise<ListedFolder['inside']> {
  const counted = { folders: 0, files: 0, more: false };
  let seen = 0;
  for await (const entry of await opendir(path)) {
    signal.throwIfAborted();
    if (seen++ === MAX_COUNTED) return { ...counted, more: true };
    if (entry.name.startsWith('.')) continue;
    if (entry.isDirectory()) counted.folders++;
    else if (entry.isFile()) counted.files++;
  }
  return counted;
}

/** The home directory, disks that are mounted where desktops mount them, and the top. */
async function places(homedir: string): Promise<Place[]> {
  const user = basename(homedir);
  const mounts = [join('/media', user), join('/run/media', user), '/mnt', '/Volumes'];
  const disks = (await Promise.all(mounts.map(disksIn))).flat();
  return [{ path: homedir, kind: 'home' }, ...disks, { path: sep, kind: 'root' }];
}

const MAX_DISKS = 20;

async function disksIn(path: string): Promise<Place[]> {
  try {
    await access(path);
    const disks: Place[] = [];
    for await (const entry of await opendir(await realpath(path))) {
      if (entry.isDirectory() && disks.length < MAX_DISKS) disks.push({ path: join(path, entry.name), kind: 'disk' });
    }
    return disks;
  } catch {
    return [];
  }
}
