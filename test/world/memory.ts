/** What a daemon and its engine take of the machine's memory, file handles and sockets (Linux). */

import { readdir, readFile } from 'node:fs/promises';

/** The process and all that it started, the oldest first. */
export async function processesOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '');
  const below = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(processesOf));
  return [pid, ...below.flat()];
}

/** bytes resident, of the process and all that it started */
export async function residentBytes(pid: number): Promise<number> {
  const all = await processesOf(pid);
  const sizes = await Promise.all(all.map(residentBytesOf));
  return sizes.reduce((sum, size) => sum + size, 0);
}

async function residentBytesOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'latin1').catch(() => '');
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? 0) * 1024;
}

/** open file handles, of the process and all that it started */
export async function openHandles(pid: number): Promise<number> {
  const all = await processesOf(pid);
  const lists = await Promise.all(all.map(each => readdir(`/proc/${each}/fd`).catch(() => [])));
  return lists.flat().length;
}
