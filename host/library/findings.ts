/** What a scan finds: the disk, compared with the catalogue before anything is changed. */

import { setImmediate as yielded } from 'node:timers/promises';
import { type FileStamp, type Log, unchanged } from '../core/ports.ts';
import type { Catalogue, FolderRow, HeldFile } from '../core/stored.ts';
import { isExhausted } from '../platform/files.ts';
import { type Difference, differences } from './difference.ts';
import { lookInProcess } from './look-process.ts';
import type { Rot } from './rot.ts';
import { walk } from './walk.ts';

/** New files held in memory (some 3 MB); where there are more, they are taken in a second look. */
const FRESH_HELD = 10_000;
/** look-ups between which others have the thread; some 5 ms */
const MOVES_AT_ONCE = 500;

export interface LookDeps {
  catalogue: Catalogue;
  rot: Pick<Rot, 'isRotten'>;
  log: Log;
  home: string;
  /** the catalogue's file, for a process that reads it; undefined where it lies in none */
  database: string | undefined;
  /** known files from which on a folder is looked at in a process of its own */
  bigFiles: number;
}

/** Where a scan looks. */
export interface Scope {
  root: string;
  /** paths in the root */
  targets: readonly string[];
  /** they are all of it */
  whole: boolean;
  /** shared folders in the root */
  folders: FolderRow[];
  /** paths that want another look later */
  restless: string[];
  signal: AbortSignal;
}

/** A path, and what is known of the file there. */
export interface Stamped {
  path: string;
  stamp: FileStamp;
}

export interface Found {
  /** the first of the new files */
  fresh: Stamped[];
  freshFiles: number;
  freshBytes: number;
  vanished: Stamped[];
  leftOut: Stamped[];
  unreadable: number;
  /** old paths of files that were found under another one */
  moved: Set<string>;
}

export function nothing(): Found {
  return {
    fresh: [],
    freshFiles: 0,
    freshBytes: 0,
    vanished: [],
    leftOut: [],
    unreadable: 0,
    moved: new Set(),
  };
}

/** Compares the disk with the catalogue; changes nothing. */
export async function look(deps: LookDeps, scope: Scope): Promise<Found> {
  const { catalogue, log } = deps;
  const found = nothing();
  for await (const difference of differing(deps, scope)) {
    if (difference.kind === 'vanished') found.vanished.push(difference);
    else if (difference.kind === 'left-out') found.leftOut.push(difference);
    else if (difference.kind === 'fresh') {
      if (!isRotten(deps, difference)) addFresh(catalogue, found, difference);
    } else {
      found.unreadable++;
      if (isExhausted(difference)) scope.restless.push(difference.path);
      log.debug('unreadable', { path: difference.path, code: difference.code });
    }
  }
  if (found.vanished.length + found.leftOut.length > 0) await noteMoves(catalogue, found);
  if (found.unreadable > 0) log.warn('files or folders cannot be read', { count: found.unreadable });
  return found;
}

async function* differing(deps: LookDeps, scope: Scope): AsyncGenerator<Difference> {
  const { catalogue, home, database } = deps;
  const nested = scope.folders.map(folder => folder.path).filter(path => path !== scope.root);
  const options = { nested, home };
  if (scope.whole && database !== undefined && isBig(deps, scope)) {
    yield* lookInProcess({ database, folder: scope.root, path: scope.root, options }, scope.signal);
    return;
  }
  for (const target of scope.targets) {
    yield* differences(walk(scope.root, target, options, scope.signal), knownAt(catalogue, target));
  }
}

function isBig({ catalogue, bigFiles }: LookDeps, { folders, root }: Scope): boolean {
  const top = folders.find(folder => folder.path === root);
  return top !== undefined && catalogue.folderTotals(top.id).files >= bigFiles;
}

/** It stays out until its bytes are right again (verify.ts) or somebody touched it. */
function isRotten({ catalogue, rot }: LookDeps, { path, stamp }: Stamped): boolean {
  const rotten = rot.isRotten(path) ? catalogue.rotten(path) : undefined;
  return rotten !== undefined && unchanged(rotten.stamp, stamp);
}

function addFresh(catalogue: Catalogue, found: Found, fresh: Stamped): void {
  found.freshFiles++;
  found.freshBytes += fresh.stamp.size;
  if (found.fresh.length < FRESH_HELD) found.fresh.push(fresh);
  else noteMove(catalogue, found, fresh);
}

/** Asked only where something is gone: a new folder has many new files, and nothing moved in it. */
async function noteMoves(catalogue: Catalogue, found: Found): Promise<void> {
  for (const [at, fresh] of found.fresh.entries()) {
    if (at % MOVES_AT_ONCE === 0) await yielded();
    noteMove(catalogue, found, fresh);
  }
}

function noteMove(catalogue: Catalogue, { moved }: Found, { path, stamp }: Stamped): void {
  const from = catalogue.fileByInode(stamp);
  if (from && from.path !== path) moved.add(from.path);
}

/** The new files: as they were found, or, where those are too many to hold, as they are found once more. */
export async function* freshOf(deps: LookDeps, scope: Scope, found: Found): AsyncGenerator<Stamped> {
  if (found.freshFiles <= found.fresh.length) yield* found.fresh;
  else
    for await (const difference of differing(deps, scope))
      if (difference.kind === 'fresh' && !isRotten(deps, difference)) yield difference;
}

/** What the catalogue knows at and under a path, in order. */
export function* knownAt(catalogue: Pick<Catalogue, 'file' | 'filesUnder'>, path: string): Generator<HeldFile> {
  const file = catalogue.file(path);
  if (file) yield file;
  yield* catalogue.filesUnder(path);
}
