/** What cannot be read is never taken for deleted; what can be read of the rest is shared. */

import { chmod, chown, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { readHome, scanner } from './scanner-process.ts';
import { sha1 } from './world.ts';

/** Root may read everything, so for root the scan runs as nobody. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

it('a directory and a file without the right to read them', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lsd-unreadable-')));
  onTestFinished(() => rm(root, { recursive: true }));
  const [home, folder] = [join(root, 'home'), join(root, 'films')];
  await chmod(root, 0o755);
  for (const path of [home, folder, join(folder, 'sub')]) await mkdir(path);
  if (nobody.uid) await chown(home, nobody.uid, nobody.gid);
  await writeFile(join(folder, 'a.mkv'), 'a');
  await writeFile(join(folder, 'sub/b.mkv'), 'b');
  await writeFile(join(folder, 'secret.mkv'), 'secret', { mode: 0 });

  expect(await scanned()).toEqual(['files 2']);
  await chmod(join(folder, 'sub'), 0);
  await writeFile(join(folder, 'c.mkv'), 'c');
  expect(await scanned()).toEqual(['files 3']);
  await chmod(join(folder, 'sub'), 0o755);
  await rm(join(folder, 'sub/b.mkv'));
  expect(await scanned()).toEqual(['files 2']);
  const ids = readHome(home, database => [...createCatalogue(database).sharedIds('https://archive.example')]);
  expect(ids).toEqual([sha1('a'), sha1('c')].sort());

  async function scanned(): Promise<string[]> {
    const lines: string[] = [];
    for await (const line of scanner(home, folder, nobody).lines) if (line.startsWith('files')) lines.push(line);
    return lines;
  }
});
