/** What a chooser of folders is told of this machine: names and counts of folders, and nothing of the system. */

import { chmod, mkdir, symlink } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { createWorld, type World } from './world.ts';

const signal = AbortSignal.timeout(60_000);
const folders = async (world: World, ...names: string[]) => {
  for (const name of names) await mkdir(world.at('user', name), { recursive: true });
};

it('begins at home: folders with what lies in them, sorted as people do, links and hidden ones left out', async () => {
  const world = await createWorld();
  await folders(world, 'Videos/2', 'Videos/10', 'Videos/.cache', 'music', '.config', 'Äpfel');
  await world.write(world.at('user/Videos/a.mkv'), 'a');
  await world.write(world.at('user/file.txt'), 'b');
  await symlink(world.at('user/Videos'), world.at('user/link'));
  await symlink('/proc', world.at('user/system'));
  const listing = await world.library.browse({}, signal);
  expect(listing).toMatchObject({ path: world.at('user'), parent: world.at('.'), total: 3, next: null });
  expect(listing.folders.map(({ name }) => name)).toEqual(['Äpfel', 'music', 'Videos']);
  expect(listing.folders[2]).toEqual({
    name: 'Videos',
    path: world.at('user/Videos'),
    inside: { folders: 2, files: 1, more: false },
    known: 'no',
  });
  expect(listing.places[0]).toEqual({ path: world.at('user'), kind: 'home' });
  const inside = await world.library.browse({ path: world.at('user/Videos') }, signal);
  expect(inside.folders.map(({ name }) => name)).toEqual(['2', '10']);
  const all = await world.library.browse({ hidden: true }, signal);
  expect(all.folders.map(({ name }) => name)).toContain('.config');
});

it('says what may be chosen, and what is known already', async () => {
  const world = await createWorld();
  await folders(world, 'Videos/old', 'Music');
  await world.library.add(world.at('user/Videos'), {});
  const home = await world.library.browse({}, signal);
  expect(home.choosable).toBe(false);
  expect(home.folders.map(({ name, known }) => [name, known])).toEqual([
    ['Music', 'no'],
    ['Videos', 'itself'],
  ]);
  const videos = await world.library.browse({ path: world.at('user/Videos') }, signal);
  expect(videos).toMatchObject({ choosable: true, folders: [{ known: 'within' }] });
  // Where the program keeps its own files is no place to look.
  const above = await world.library.browse({ path: world.at('.') }, signal);
  expect(above.folders.map(({ name }) => name)).toEqual(['user']);
});

it('goes through thousands of folders page by page, also when the last one named is gone', async () => {
  const world = await createWorld();
  const names = Array.from({ length: 450 }, (_, at) => `film ${at}`);
  await folders(world, ...names);
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await world.library.browse({ ...(after !== undefined && { after }) }, signal);
    expect(page.total).toBe(450);
    expect(page.folders.length).toBeLessThanOrEqual(200);
    seen.push(...page.folders.map(({ name }) => name));
    after = page.next ?? undefined;
  } while (after !== undefined);
  expect(seen).toEqual(names);
  const next = await world.library.browse({ after: 'film 99 and a half' }, signal);
  expect(next.folders[0]?.name).toBe('film 100');
});

it.each(['/proc', '/proc/self', '/sys', '/dev', '/run/lock'])('refuses %s', async path => {
  const world = await createWorld();
  await expect(world.library.browse({ path }, signal)).rejects.toMatchObject({ code: 'invalid' });
});

it('names nothing of the system at the top', async () => {
  const world = await createWorld();
  const top = await world.library.browse({ path: '/' }, signal);
  expect(top).toMatchObject({ path: '/', parent: null, choosable: false });
  const names = top.folders.map(({ name }) => name);
  expect(names).toContain('home');
  expect(names.filter(name => ['proc', 'sys', 'dev'].includes(name))).toEqual([]);
});

it('says why a folder is not listed', async () => {
  const world = await createWorld();
  await world.write(world.at('user/file.txt'), 'x');
  const refused = [
    ['Videos', 'invalid'],
    [world.at('user/file.txt'), 'invalid'],
    [world.at('user/nowhere'), 'folder-missing'],
  ] as const;
  for (const [path, code] of refused) {
    await expect(world.library.browse({ path }, signal)).rejects.toMatchObject({ code });
  }
});

it.skipIf(process.getuid?.() === 0)('lists what it may not read without a count', async () => {
  const world = await createWorld();
  await folders(world, 'closed');
  await chmod(world.at('user/closed'), 0o000);
  expect((await world.library.browse({}, signal)).folders[0]).toMatchObject({ name: 'closed', inside: null });
});
