/** A scan as the person has it: a daemon is told of a folder, and waited for until every file in it is known. */

import { readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { startHome } from '../../test/world/home.ts';
import { rest } from '../at-rest.ts';
import { seconds } from '../rounds.ts';

/** s since the files were last written to; the daemon waits for younger ones until they are still */
export const OLD = 3600;
export const JUST_WRITTEN = 0;

/** s from `folder.add` to the end of `folder.wait`, by a home of its own, which knows none of the files. */
export async function scanByDaemon(folder: string, age: number): Promise<number> {
  await using home = await startHome();
  const { pid } = await home.call('daemon.status', {});
  await rest(pid, 1);
  const names = await readdir(folder);
  await date(folder, names, age);
  const { size } = await stat(join(folder, names[0]!));
  let known = { files: 0, size: 0 };
  const took = await seconds(async () => {
    await home.call('folder.add', { path: folder, sites: [], all: true });
    known = await home.call('folder.wait', { path: folder });
  });
  if (known.files !== names.length || known.size !== names.length * size) {
    throw new Error(`of ${names.length} files ${known.files} are known`);
  }
  // One that ends in order leaves its compiled code to the next one.
  await home.kill('SIGTERM');
  return took;
}

async function date(folder: string, names: readonly string[], age: number): Promise<void> {
  const at = Date.now() / 1000 - age;
  await Promise.all(names.map(name => utimes(join(folder, name), at, at)));
}
