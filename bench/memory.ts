/** What a process and all that it started hold in memory (Linux). */

import { readdir, readFile } from 'node:fs/promises';

/** Bytes. A page that several processes share counts by its part in each (PSS). */
export async function memoryOf(pid: number): Promise<number> {
  // One that ends meanwhile holds nothing.
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'latin1').catch(() => '');
  const own = Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1] ?? 0) * 1024;
  const below = await Promise.all((await childrenOf(pid)).map(memoryOf));
  return below.reduce((sum, each) => sum + each, own);
}

export async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map(thread => readFile(`/proc/${pid}/task/${thread}/children`, 'latin1').catch(() => '')),
  );
  return lists.flatMap(list => list.trim().split(' ').filter(Boolean).map(Number));
}
