/** A scan that is killed goes on where it stopped. */

import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { readHome, scanner } from './scanner-process.ts';
import { sha1 } from './world.ts';

/** Three times what one transaction takes. */
const FILES = 3000;

it('kill -9 in the middle of a scan loses nothing and hashes nothing recorded again', async () => {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lsd-kill-')));
  onTestFinished(() => rm(root, { recursive: true }));
  const [home, folder] = [join(root, 'home'), join(root, 'films')];
  await mkdir(home);
  await mkdir(folder);
  const content = (n: number) => `film ${n} `.repeat(2000);
  for (let n = 0; n < FILES; n++) await writeFile(join(folder, `${n}.mkv`), content(n));

  const first = scanner(home, folder);
  for await (const line of first.lines) if (line === 'recorded') first.child.kill('SIGKILL');
  const known = readHome(home, database =>
    database
      .prepare('SELECT path FROM file')
      .all()
      .map(row => row.path),
  );
  expect(known.length).toBeGreaterThan(0);
  expect(known.length).toBeLessThan(FILES);

  const second = scanner(home, folder);
  const hashed: string[] = [];
  let last = '';
  for await (const line of second.lines) {
    if (line.startsWith('hashed ')) hashed.push(line.slice('hashed '.length));
    last = line === 'recorded' ? last : line;
  }
  expect(last).toBe(`files ${FILES}`);
  expect(hashed).toHaveLength(FILES - known.length);
  expect(hashed.filter(path => known.includes(path))).toEqual([]);
  const ids = readHome(home, database => [...createCatalogue(database).sharedIds('https://archive.example')]);
  expect(ids).toEqual(Array.from({ length: FILES }, (_, n) => sha1(content(n))).sort());
});
