/** Files on a disk that minds no case, renamed in their case alone: each is one file by its new name, and none is gone. */

import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, describe, expect, it } from 'vitest';
import type { Id } from '../../shared/id.ts';
import { openCaseInsensitive } from '../support/case-insensitive.ts';
import { openSiteDouble } from '../support/site-double.ts';
import { someBytes } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { faultsAfter } from '../world/unharmed.ts';
import { until } from '../world/until.ts';

const disk = openCaseInsensitive();
afterAll(() => disk?.[Symbol.dispose]());

describe.skipIf(!disk)('a disk without case (needs root, and vfat, exFAT or ext4 with casefold)', () => {
  it('has a file that is renamed film.mkv to FILM.mkv, or whose folder is: one id, served, and nothing removed', async () => {
    await using stack = new AsyncDisposableStack();
    const films = join(disk?.folder ?? '', 'films');
    const [film, other] = [someBytes(300_000), someBytes(300_000)];
    await mkdir(join(films, 'of 1922'), { recursive: true });
    await writeFile(join(films, 'film.mkv'), film.bytes);
    await writeFile(join(films, 'of 1922', 'other.mkv'), other.bytes);
    const site = await openSiteDouble();
    stack.defer(() => site.close());
    const home = stack.use(await startHome(['--poll-seconds', '1']));
    await home.call('site.grant', { origin: site.origin, lan: true, username: 'ann', password: 'secret' });
    await home.call('folder.add', { path: films, sites: [site.origin] });
    await home.call('folder.wait', { path: films });
    await home.call('site.sync', {});
    const ids = [film.id, other.id].sort();
    expect([...site.ids].sort()).toEqual(ids);

    await rename(join(films, 'film.mkv'), join(films, 'FILM.mkv'));
    await rename(join(films, 'of 1922'), join(films, 'OF 1922'));
    const expectKnown = async () => {
      for (const [{ id, bytes }, path] of [
        [film, join(films, 'FILM.mkv')],
        [other, join(films, 'OF 1922', 'other.mkv')],
      ] as const) {
        await until(`it is known as ${path} alone`, () => String(pathsOf(home, id)) === path);
        const { url } = await home.call('item.url', { id });
        expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(bytes)).toBe(true);
      }
      await home.call('site.sync', {});
      expect([...site.ids].sort()).toEqual(ids);
    };
    await expectKnown();
    const look = async () => {
      const { size, mtimeMs } = await lstat(join(films, 'FILM.mkv'));
      return { size, mtimeMs, same: (await readFile(join(films, 'FILM.mkv'))).equals(film.bytes) };
    };
    const before = await look();
    const known = { site, username: 'ann', passwords: ['secret'], folders: [films], requested: [] };
    expect(await faultsAfter(home, known)).toEqual([]);
    await home.call('folder.wait', { path: films });
    await expectKnown();
    expect(await look()).toEqual(before);
    expect(site.calls.flatMap(({ data }) => data.remove ?? [])).toEqual([]);

    // And what is deleted by its new name is gone by its old one, too.
    await rm(join(films, 'FILM.mkv'));
    await until('the site hears of it', async () => {
      await home.call('site.sync', {});
      return String([...site.ids]) === other.id;
    });
  }, 120_000);
});

/** What the catalogue knows of it. */
function pathsOf({ dir }: HomeProcess, id: Id): string[] {
  const database = new DatabaseSync(join(dir, 'catalogue.db'), { readOnly: true });
  try {
    const rows = database.prepare('SELECT path FROM file WHERE id = ? ORDER BY path').all(id);
    return rows.map(({ path }) => String(path));
  } finally {
    database.close();
  }
}
