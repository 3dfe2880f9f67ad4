/** The library: the folders that the user shares, kept in step with the disk, and their files, readable in place. */

import { realpathSync } from 'node:fs';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type { Id } from '../../shared/id.ts';
import type { Content } from '../core/content.ts';
import type { Events } from '../core/events.ts';
import type { Clock, Hasher, Library, Log } from '../core/ports.ts';
import type { Catalogue, FolderRow, HeldFile } from '../core/stored.ts';
import { isExhausted } from '../platform/files.ts';
import { createBrowse } from './browse.ts';
import { suspectDownloads } from './downloads.ts';
import { canonicalFolder, liesIn, rootsOf } from './folders.ts';
import { errnoOf, isGone } from './gone.ts';
import { createHash } from './hash.ts';
import { openHeld } from './held-content.ts';
import { createIdentify } from './identify.ts';
import { createProgress } from './progress.ts';
import { createRecent } from './recent.ts';
import { createRecorder } from './record.ts';
import { createRoots, type Root } from './roots.ts';
import { createRot, createRotStep, type Rot } from './rot.ts';
import { createScan } from './scan.ts';
import { createSettle } from './settle.ts';
import { readSubtitles } from './subtitles.ts';
import { createSuspicion } from './suspect.ts';
import { createVerify } from './verify.ts';
import { createWatch } from './watch.ts';

export interface LibraryDeps {
  catalogue: Catalogue;
  hasher: Hasher;
  events: Events;
  log: Log;
  clock: Clock;
  /** the daemon's own folder */
  home: string;
  /** the user's home directory */
  homedir: string;
  /** the catalogue's file; without it even a big folder is looked at in this process */
  database?: string;
  /** known files from which on a folder is a big one; 2000 */
  bigFiles?: number;
  /** nothing is looked at before it resolves */
  ready?: Promise<void>;
  /** between looks at everything; an hour */
  rescanMs?: number;
  /** a file that is untouched for so long is still */
  settleMs?: number;
  /** between looks whether each folder is there */
  presenceMs?: number;
  /** between parts of reading everything again; ten minutes */
  verifyEveryMs?: number;
}

/** Folders that are known already are looked at in the background from the start. */
export function createLibrary(deps: LibraryDeps): Library {
  const { catalogue, hasher, events, log, clock, homedir } = deps;
  const home = canonical(deps.home);
  const {
    rescanMs = 3_600_000,
    settleMs = 1000,
    presenceMs = 10_000,
    verifyEveryMs = 600_000,
    database,
    bigFiles = 2000,
  } = deps;
  const unwatchedMs = Math.min(rescanMs, 300_000);
  const foldersOf = (path: string) =>
    catalogue
      .folders()
      .filter(folder => liesIn(path, folder.path))
      .map(({ id }) => id);
  const progress = createProgress({ events });
  const recent = createRecent({ clock });
  const onUnwritten = (paths: string[]) => roots.lookLater(paths);
  const recorder = createRecorder({ catalogue, events, recent, log, clock, onUnwritten });
  const rot = createRot({ catalogue, events, log, clock, foldersOf });
  const steps = [
    createSettle({ clock, settleMs }),
    createIdentify({ catalogue, recent }),
    createHash({ hasher, progress }),
    createRotStep(rot),
    recorder.step,
  ];
  const scan = createScan({
    catalogue,
    events,
    log,
    clock,
    home,
    database,
    bigFiles,
    steps,
    recorder,
    progress,
    rot,
  });
  const foldersIn = (root: string) =>
    catalogue
      .folders()
      .map(row => row.path)
      .filter(path => liesIn(path, root));
  const look = (paths: readonly string[]) => roots.look(paths);
  const watchNow = createWatch({
    events,
    log,
    home,
    foldersIn,
    rescanMs,
    unwatchedMs,
    presenceMs,
    look,
    isLooking: path => roots.busy(path),
  });
  const watch = async (root: Root) => {
    await deps.ready;
    if (!root.signal.aborted) await watchNow(root);
  };
  const roots = createRoots({ log, scan, watch, restlessMs: 30 * settleMs });
  const closing = new AbortController();
  const { signal } = closing;
  const suspect = createSuspicion({ catalogue, hasher, events, log, look: path => look([path]), foldersOf, signal });
  const verify = createVerify({
    catalogue,
    hasher,
    rot,
    log,
    clock,
    everyMs: verifyEveryMs,
    look: path => look([path]),
    suspect,
  });
  void roots.set(rootsOf(catalogue.folders()));
  void suspectDownloads({ catalogue, suspect, signal });
  void recorder.forget([...catalogue.strayFiles()]);

  function shown(row: FolderRow): Folder {
    const state = row.missing !== null ? 'missing' : isScanning(row) ? 'scanning' : 'ready';
    return {
      id: row.id,
      path: row.path,
      sites: catalogue.sitesOfFolder(row.id),
      everyone: row.everyone,
      all: row.all,
      ...catalogue.folderTotals(row.id),
      state,
      ...(state === 'scanning' && readingOf(row.path)),
      ...(row.missing !== null && { why: row.missing }),
    };
  }

  function readingOf(path: string): Pick<Folder, 'reading'> {
    const reading = progress.within(path);
    return reading ? { reading } : {};
  }

  function isScanning(row: FolderRow): boolean {
    return roots.busy(row.path) || (row.scannedAt === null && row.missing === null);
  }

  /** The folder that the person names, by its own path or by a way that leads there. */
  async function rowOf(path: string): Promise<FolderRow> {
    const absolute = resolve(path);
    const real = await realpath(absolute).catch(() => absolute);
    const rows = catalogue.folders();
    const row = rows.find(folder => folder.path === absolute) ?? rows.find(folder => folder.path === real);
    if (row) return row;
    throw new LsdError('not-found', `${path} is not shared; letsshare folder list shows what is.`);
  }

  return {
    async add(path, { sites = [], everyone, all, force = false }) {
      const real = await canonicalFolder(path, { home, homedir, force });
      const known = catalogue.folders().find(folder => folder.path === real);
      if (!known) hasher.warmUp();
      const row = known ?? catalogue.addFolder(real, { all: false, everyone: false, addedAt: clock.now() });
      catalogue.updateFolder(row.id, { all: all ?? row.all, everyone: everyone ?? row.everyone });
      for (const origin of sites) catalogue.shareFolder(row.id, origin);
      await roots.set(rootsOf(catalogue.folders()));
      look([real]);
      events.emit('folders.changed', {});
      return shown(await rowOf(real));
    },
    list: () => catalogue.folders().map(shown),
    browse: createBrowse({ catalogue, home, homedir }),
    async remove(path) {
      const row = await rowOf(path);
      catalogue.removeFolder(row.id);
      await roots.set(rootsOf(catalogue.folders()));
      recorder.flush();
      const rest = catalogue.folders();
      const orphans: HeldFile[] = [];
      for (const file of catalogue.filesUnder(row.path)) {
        if (!rest.some(folder => liesIn(file.path, folder.path))) orphans.push(file);
      }
      await recorder.forget(orphans);
      for (const file of catalogue.rottenFiles()) {
        if (!rest.some(folder => liesIn(file.path, folder.path))) rot.ended(file.path);
      }
      // what the removed folder showed, and an outer one leaves out
      look([row.path]);
      events.emit('folders.changed', {});
    },
    async confirm(path) {
      const row = await rowOf(path);
      roots.look([row.path], { confirmed: row.id });
      await roots.idle(row.path, signal);
      return shown(await rowOf(path));
    },
    async settled(path, signal) {
      const row = await rowOf(path);
      await roots.idle(row.path, signal);
      return shown(await rowOf(path));
    },
    scanning: () => progress.now(),
    isScanning: id => catalogue.folders().some(row => row.id === id && isScanning(row)),
    open: id => openFirst({ catalogue, suspect, rot }, id),
    subtitles: (id, reader) => readSubtitles(catalogue, id, reader),
    suspect,
    setPace(pace) {
      hasher.setPace(pace);
      verify.setDays(pace.verifyDays);
    },
    rotten: catalogue.rottenFiles,
    async close() {
      closing.abort();
      await Promise.all([roots.close(), verify.close()]);
      recorder.flush();
    },
  };
}

/** The path that a walk would meet. */
function canonical(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return resolve(path);
  }
}

/** The first path that still holds the id; the others are looked at again. */
async function openFirst(
  { catalogue, suspect, rot }: { catalogue: Catalogue; suspect: (path: string) => void; rot: Rot },
  id: Id,
): Promise<Content | undefined> {
  const extension = catalogue.held(id)?.extension ?? '';
  for (const { path, stamp } of catalogue.pathsOf(id)) {
    try {
      return await openHeld(
        { path, stamp, extension },
        { onChanged: () => suspect(path), isRotten: () => rot.isRotten(path) },
      );
    } catch (thrown) {
      if (isExhausted(thrown)) throw thrown;
      if (thrown instanceof LsdError || isGone(thrown) || errnoOf(thrown) === 'ELOOP') suspect(path);
    }
  }
  return undefined;
}
