/** The database of a home: migrated, refused when it is newer or damaged, and copied each day. */

import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { backUp } from '../../../host/store/backup.ts';
import { openDatabase, transaction } from '../../../host/store/database.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lsd-database-'));
  path = join(folder, 'catalogue.db');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the database', () => {
  it('keeps what was written, and is migrated once', () => {
    const first = openDatabase(path);
    first.exec("INSERT INTO setting VALUES ('a', 'b')");
    first.close();
    const again = openDatabase(path);
    expect(again.prepare('SELECT value FROM setting').get()).toEqual({ value: 'b' });
    again.close();
  });

  it('of a newer schema is refused with a sentence and stays as it was', async () => {
    const newer = openDatabase(path);
    newer.exec('PRAGMA user_version = 99');
    newer.close();
    const before = await readFile(path);
    expect(() => openDatabase(path)).toThrow(/newer Lets Share Data \(schema 99.*nothing was changed/s);
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('that is damaged is named and kept', async () => {
    await writeFile(path, 'this is no database, but it may be all that is left of one'.repeat(100));
    const before = await readFile(path);
    expect(() => openDatabase(path)).toThrow(/cannot be read .* left as it is/s);
    expect((await readFile(path)).equals(before)).toBe(true);
  });

  it('undoes a transaction that fails, whole', () => {
    const database = openDatabase(path);
    expect(() =>
      transaction(database, () => {
        database.exec("INSERT INTO setting VALUES ('a', 'b')");
        transaction(database, () => database.exec("INSERT INTO setting VALUES ('a', 'again')"));
      }),
    ).toThrow();
    expect(database.prepare('SELECT count(*) AS n FROM setting').get()).toEqual({ n: 0 });
    database.close();
  });

  it('that is damaged takes the place of no copy', async () => {
    const database = openDatabase(path);
    const fill = database.prepare('INSERT INTO setting VALUES (?, ?)');
    for (let n = 0; n < 2000; n++) fill.run(`${n}`, 'x'.repeat(100));
    const backups = join(folder, 'backups');
    await mkdir(backups);
    for (const day of ['01', '02']) await backUp(database, backups, new Date(`2026-01-${day}T12:00:00Z`));
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    database.close();
    const file = await open(path, 'r+');
    const { size } = await file.stat();
    await file.write(Buffer.alloc(4096, 7), 0, 4096, size - 2 * 4096);
    await file.close();
    const spoilt = openDatabase(path);
    await expect(backUp(spoilt, backups, new Date('2026-01-03T12:00:00Z'))).rejects.toThrow('The catalogue is damaged');
    spoilt.close();
    expect(await readdir(backups)).toEqual(['01', '02'].map(day => `catalogue-2026-01-${day}.db`));
  });

  it('has a copy of this week and of the one before, too', async () => {
    const database = openDatabase(path);
    const backups = join(folder, 'backups');
    await mkdir(backups);
    for (const day of ['08', '14', '15', '17', '22', '23', '26', '27', '28'])
      await backUp(database, backups, new Date(`2026-01-${day}T12:00:00Z`));
    database.close();
    expect(await readdir(backups)).toEqual(
      // Weeks are counted from 1 January 1970, a Thursday.
      ['15', '22', '26', '27', '28'].map(day => `catalogue-2026-01-${day}.db`),
    );
  });

  it('is copied once a day, and the last three copies are kept, and the first of the week', async () => {
    const database = openDatabase(path);
    database.exec("INSERT INTO setting VALUES ('a', 'b')");
    const backups = join(folder, 'backups');
    await mkdir(backups);
    for (const day of ['01', '02', '03', '03', '04', '05'])
      await backUp(database, backups, new Date(`2026-01-${day}T12:00:00Z`));
    database.close();
    expect(await readdir(backups)).toEqual(['01', '03', '04', '05'].map(day => `catalogue-2026-01-${day}.db`));
    const copy = openDatabase(join(backups, 'catalogue-2026-01-05.db'));
    expect(copy.prepare('SELECT value FROM setting').get()).toEqual({ value: 'b' });
    copy.close();
  });

  it('goes on being copied when the clock was years ahead for some days', async () => {
    const database = openDatabase(path);
    const backups = join(folder, 'backups');
    await mkdir(backups);
    const days = ['2036-01-01', '2036-01-02', '2036-01-03', '2026-01-04', '2026-01-05'];
    for (const day of days) await backUp(database, backups, new Date(`${day}T12:00:00Z`));
    database.close();
    expect(await readdir(backups)).toEqual(
      ['2026-01-04', '2026-01-05', '2036-01-03'].map(day => `catalogue-${day}.db`),
    );
  });
});
