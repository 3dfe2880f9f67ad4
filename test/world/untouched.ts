/** A person's files, and whether they are as they were: their bytes, their times, and that nobody opened one for writing. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { lstat, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { sha1 } from '../support/swarm.ts';

const PYTHON = '/usr/bin/python3';
const WATCHER = fileURLToPath(new URL('../support/opened_for_writing.py', import.meta.url));

/** inotify, through Python: Node tells of no open. */
export const canWatchOpens = process.platform === 'linux' && spawnSync(PYTHON, ['--version']).status === 0;

export interface Untouched extends AsyncDisposable {
  readonly folder: string;
  /** The person puts a file there, written at this time (now); from now on it stays as it is. */
  add(name: string, bytes: Uint8Array, written?: Date): Promise<void>;
  /** The person takes it away. */
  remove(name: string): Promise<void>;
  /** What is not as it was, by what the file system says; empty when all is. */
  changes(): Promise<string[]>;
  /** The same by their bytes too, and whoever opened one for writing; ends the watch. */
  finish(): Promise<string[]>;
}

export async function watchFiles(folder: string): Promise<Untouched> {
  /** being written by the person */
  const coming = new Set<string>();
  const sealed = new Map<string, { before: string; bytes: string }>();
  /** what the person did, as the watcher tells of it */
  const theirs = new Set<string>();
  const watcher = canWatchOpens ? startWatcher() : undefined;

  async function changes(): Promise<string[]> {
    const there = await readdir(folder);
    const found = there.filter(name => !sealed.has(name) && !coming.has(name)).map(name => `${name} was added`);
    for (const [name, { before }] of [...sealed]) {
      const now = await look(name).catch(String);
      if (now !== before) found.push(`${name} was "${before}" and is "${now}"`);
    }
    return found;
  }

  async function otherBytes(): Promise<string[]> {
    const found: string[] = [];
    for (const [name, { bytes }] of sealed) {
      if (sha1(await readFile(join(folder, name))) !== bytes) found.push(`${name} has other bytes`);
    }
    return found;
  }

  /** All that the file system says of it but when it was last read. */
  async function look(name: string): Promise<string> {
    const { dev, ino, mode, uid, size, mtimeNs, ctimeNs, nlink } = await lstat(join(folder, name), { bigint: true });
    return [dev, ino, mode, uid, size, mtimeNs, ctimeNs, nlink].join(' ');
  }

  return {
    folder,
    async add(name, bytes, written) {
      coming.add(name);
      await writeFile(join(folder, name), bytes);
      if (written) await utimes(join(folder, name), written, written);
      await watcher?.watch(join(folder, name));
      sealed.set(name, { before: await look(name), bytes: sha1(bytes) });
      coming.delete(name);
    },
    async remove(name) {
      sealed.delete(name);
      await rm(join(folder, name));
      for (const what of ['attrib', 'delete_self']) theirs.add(`${what} ${join(folder, name)}`);
    },
    changes,
    async finish() {
      const happened = ((await watcher?.end()) ?? []).filter(each => !theirs.has(each));
      return [...(await changes()), ...(await otherBytes()), ...happened];
    },
    async [Symbol.asyncDispose]() {
      await watcher?.end();
    },
  };
}

function startWatcher() {
  const child: ChildProcess = spawn(PYTHON, [WATCHER], { stdio: ['pipe', 'pipe', 'inherit'] });
  const { stdin, stdout } = child;
  if (!stdin || !stdout) throw new Error('the watcher has no pipes');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  let ended: Promise<string[]> | undefined;
  const next = async () => {
    const { value, done } = await lines.next();
    if (done) throw new Error('the watcher ended');
    return String(value);
  };
  return {
    async watch(path: string) {
      stdin.write(`${path}\n`);
      await next();
    },
    end() {
      ended ??= (async (): Promise<string[]> => {
        stdin.end();
        return JSON.parse(await next());
      })();
      return ended;
    },
  };
}
