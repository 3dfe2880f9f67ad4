/** What a daemon and its engine take of the machine's memory, file handles and sockets (Linux). */

import { readdir, readFile } from 'node:fs/promises';
import { residentBytes } from './load.ts';

/** The process and all that it started, the oldest first. */
export async function processesOf(pid: number): Promise<number[]> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'latin1').catch(() => '');
  const below = await Promise.all(children.split(' ').filter(Boolean).map(Number).map(processesOf));
  return [pid, ...below.flat()];
}

/** bytes resident, of the process and all that it started */
export async function residentBytesOfAll(pid: number): Promise<number> {
  const sizes = await Promise.all((await processesOf(pid)).map(each => residentBytes(each).catch(() => 0)));
  return sizes.reduce((sum, size) => sum + (size || 0), 0);
}

/** open file handles, of the process and all that it started */
export async function openHandles(pid: number): Promise<number> {
  const all = await processesOf(pid);
  const lists = await Promise.all(all.map(each => readdir(`/proc/${each}/fd`).catch(() => [])));
  return lists.flat().length;
}
