/** Which program listens on a port of this machine, where the system lets us know: Linux, for programs of the same user. */

import { readdir, readFile, readlink } from 'node:fs/promises';

/** The name of the program, or undefined. Reads /proc/net/tcp and the descriptors of processes that may be read. */
export async function portOwner(port: number): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const inodes = new Set((await Promise.all(['tcp', 'tcp6'].map(table => listening(table, port)))).flat());
  if (inodes.size === 0) return undefined;
  for (const pid of (await readdir('/proc')).filter(name => /^\d+$/.test(name))) {
    if (await holds(pid, inodes))
      return `${(await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'a program')).trim()} (process ${pid})`;
  }
  return undefined;
}

/** Socket inodes that listen on the port. Columns: slot, local address, remote address, state (0A: listening), …, inode. */
async function listening(table: string, port: number): Promise<string[]> {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = (await readFile(`/proc/net/${table}`, 'utf8').catch(() => '')).split('\n').slice(1);
  return lines
    .map(line => line.trim().split(/\s+/))
    .filter(columns => columns[1]?.endsWith(`:${hex}`) && columns[3] === '0A')
    .map(columns => `socket:[${columns[9]}]`);
}

async function holds(pid: string, inodes: Set<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  const links = await Promise.all(descriptors.map(fd => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')));
  return links.some(link => inodes.has(link));
}
