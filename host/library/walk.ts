/** Walks a directory in the catalogue's order of paths; yields what may be shared, and what could not be read. */

import type { BigIntStats, Dirent } from 'node:fs';
import { lstat, readdir } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { FileStamp } from '../core/ports.ts';
import { stampOf } from '../platform/files.ts';
import { errnoOf, isGone } from './gone.ts';
import { type Rules, rulesFor, rulesOf } from './ignore.ts';
import { comparePaths } from './order.ts';
import { listedAs } from './own-name.ts';

export type Walked =
  | { kind: 'file'; path: string; stamp: FileStamp }
  /** a directory or file whose state is unknown; nothing in it is taken for deleted */
  | { kind: 'unreadable'; path: string; code: string };

/** Which folders a walk crosses, and what it leaves out. */
export interface WalkOptions {
  /** shared folders inside the one that is walked: they are entered, and go by their own rules */
  nested: readonly string[];
  /** the daemon's own folder is never shared */
  home: string;
}

/** How a walk looks; an answer may be there at once. */
export interface Disk {
  lstat(path: string): BigIntStats | Promise<BigIntStats>;
  readdir(path: string): Dirent[] | Promise<Dirent[]>;
}
const DISK: Disk = {
  lstat: path => lstat(path, { bigint: true }),
  readdir: path => readdir(path, { withFileTypes: true }),
};

/** lstat calls at once */
const AT_ONCE = 32;

/** What all parts of one walk go by. */
interface Way extends WalkOptions {
  disk: Disk;
  signal: AbortSignal;
}

/** Everything at or under `target`, which is `folder` or lies in it. Empty files, links, pipes and devices are left out. */
export async function* walk(
  folder: string,
  target: string,
  options: WalkOptions,
  signal: AbortSignal,
  disk = DISK,
): AsyncGenerator<Walked> {
  let path = target;
  try {
    const stats = await disk.lstat(target);
    if (target !== folder) path = await listedAs(target, disk);
    if (stats.isDirectory()) {
      const rules = await rulesAt(folder, path, options);
      if (rules || leadsToNested(path, options)) yield* walkDirectory(path, rules, { ...options, disk, signal });
    } else if (stats.isFile() && stats.size > 0n) {
      const owner = ownerOf(folder, path, options);
      const name = path.slice(path.lastIndexOf(sep) + 1);
      const rules = await rulesFor(owner, path);
      if (rules && !rules.ignores(name, false)) yield { kind: 'file', path, stamp: stampOf(stats) };
    }
  } catch (thrown) {
    if (isGone(thrown)) return;
    yield { kind: 'unreadable', path, code: codeOf(thrown) };
  }
}

/** `rules` is undefined in a directory that is left out, but leads to a folder that is shared by itself. */
async function* walkDirectory(directory: string, rules: Rules | undefined, way: Way): AsyncGenerator<Walked> {
  way.signal.throwIfAborted();
  if (directory === way.home) return;
  let entries: { name: string; key: string; isDirectory: boolean }[];
  try {
    entries = await listed(directory, way.disk);
  } catch (thrown) {
    if (isMangled(directory)) yield { kind: 'unreadable', path: directory, code: 'EILSEQ' };
    else if (!isGone(thrown)) yield { kind: 'unreadable', path: directory, code: codeOf(thrown) };
    return;
  }
  for (let at = 0; at < entries.length; at += AT_ONCE) {
    const group = entries.slice(at, at + AT_ONCE);
    const looked = await Promise.all(
      group.map(entry => (entry.isDirectory ? undefined : look(directory, entry.name, rules, way.disk))),
    );
    for (const [index, entry] of group.entries()) {
      const found = looked[index];
      if (found) yield found;
      if (entry.isDirectory) yield* enter(directory, entry.name, rules, way);
    }
  }
}

async function* enter(directory: string, name: string, rules: Rules | undefined, way: Way): AsyncGenerator<Walked> {
  const path = join(directory, name);
  let inner: Rules | undefined;
  try {
    if (way.nested.includes(path)) inner = await rulesOf(path);
    else if (rules && !rules.ignores(name, true)) inner = await rules.enter(name);
  } catch (thrown) {
    yield { kind: 'unreadable', path, code: codeOf(thrown) };
    return;
  }
  if (inner || leadsToNested(path, way)) yield* walkDirectory(path, inner, way);
}

async function look(
  directory: string,
  name: string,
  rules: Rules | undefined,
  disk: Disk,
): Promise<Walked | undefined> {
  if (!rules || rules.ignores(name, false)) return undefined;
  const path = join(directory, name);
  try {
    const stats = await disk.lstat(path);
    return stats.isFile() && stats.size > 0n ? { kind: 'file', path, stamp: stampOf(stats) } : undefined;
  } catch (thrown) {
    if (isMangled(name)) return { kind: 'unreadable', path, code: 'EILSEQ' };
    return isGone(thrown) ? undefined : { kind: 'unreadable', path, code: codeOf(thrown) };
  }
}

/** Files and directories, in the order in which their paths stand in the catalogue: a directory counts with its separator. */
async function listed(directory: string, disk: Disk) {
  const entries = await disk.readdir(directory);
  return entries
    .filter(entry => entry.isFile() || entry.isDirectory())
    .map(entry => {
      const isDirectory = entry.isDirectory();
      return { name: entry.name, key: isDirectory ? entry.name + sep : entry.name, isDirectory };
    })
    .sort((a, b) => comparePaths(a.key, b.key));
}

/** The innermost shared folder that `path` lies in: its rules hold. */
function ownerOf(folder: string, path: string, { nested }: WalkOptions): string {
  const owners = nested.filter(inner => path === inner || path.startsWith(inner + sep));
  return owners.reduce((longest, inner) => (inner.length > longest.length ? inner : longest), folder);
}

async function rulesAt(folder: string, path: string, options: WalkOptions): Promise<Rules | undefined> {
  const owner = ownerOf(folder, path, options);
  if (owner === path) return rulesOf(path);
  const rules = await rulesFor(owner, path);
  const name = path.slice(path.lastIndexOf(sep) + 1);
  return rules && !rules.ignores(name, true) ? rules.enter(name) : undefined;
}

function leadsToNested(path: string, { nested }: WalkOptions): boolean {
  return nested.some(inner => inner.startsWith(path + sep));
}

/** A name that is not valid UTF-8 cannot be written as text, so that what it names is not found by it. */
function isMangled(name: string): boolean {
  return name.includes('\ufffd');
}

function codeOf(thrown: unknown): string {
  const code = errnoOf(thrown);
  if (code === '') throw thrown;
  return code;
}
