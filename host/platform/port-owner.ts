/** Which program listens on a TCP port of this machine, where the system lets this user know (Linux, own processes). */

import { readdir, readFile, readlink } from 'node:fs/promises';

/** `name (process 123)`, or undefined. */
export async function portOwner(port: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const inodes = await listeningInodes(port);
  if (inodes.size === 0) return undefined;
  for (const pid of await readdir('/proc')) {
    if (/^\d+$/.test(pid) && (await holdsOne(pid, inodes))) return nameOf(pid);
  }
  return undefined;
}

/** proc(5), /proc/net/tcp: column 1 is `address:port` in hex, 3 the state (0A: listening), 9 the socket's inode. */
async function listeningInodes(port: number): Promise<Set<string>> {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = await readFile(table, 'latin1').catch(() => '');
    for (const line of lines.split('\n')) {
      const columns = line.trim().split(/\s+/);
      if (columns[1]?.endsWith(wanted) && columns[3] === '0A' && columns[9]) inodes.add(`socket:[${columns[9]}]`);
    }
  }
  return inodes;
}

/** Processes of others, and those that end meanwhile, cannot be looked into: they hold nothing that we can know. */
async function holdsOne(pid: string, inodes: Set<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '');
    if (inodes.has(target)) return true;
  }
  return false;
}

async function nameOf(pid: string): Promise<string> {
  const name = (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim();
  return name === '' ? `process ${pid}` : `${name} (process ${pid})`;
}
