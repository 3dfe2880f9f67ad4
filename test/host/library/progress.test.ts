/** How far the reading of each folder is. */

import { expect, it, onTestFinished } from 'vitest';
import { createWorld } from './world.ts';

it('tells of each folder how much of it is read, and of all together', async () => {
  const world = await createWorld();
  const held = Promise.withResolvers<void>();
  onTestFinished(() => held.resolve());
  world.gate = path => (path.endsWith('slow.mkv') ? held.promise : undefined);
  await world.write(world.at('slow/slow.mkv'), 'x'.repeat(3_000));
  await world.write(world.at('slow/quick.mkv'), 'y'.repeat(1_000));
  await world.write(world.at('slow/inner/known.mkv'), 'k');
  await world.write(world.at('other/quick.mkv'), 'z'.repeat(500));
  for (const name of ['slow/inner', 'other']) await world.share(world.at(name));
  await world.library.add(world.at('slow'), {});
  const readings = () => Object.fromEntries(world.library.list().map(({ path, reading }) => [path, reading]));
  await world.until(() => readings()[world.at('slow')]?.done, 'the quick file is read');
  const slow = { done: 1_000, total: 4_000 };
  expect(readings()).toEqual({
    [world.at('slow')]: slow,
    [world.at('slow/inner')]: slow,
    [world.at('other')]: undefined,
  });
  // Of all: with the others, where those were not done before this one began.
  const all = world.library.scanning();
  expect(all && all.total - all.done).toBe(3_000);
  held.resolve();
  await world.library.settled(world.at('slow'), AbortSignal.timeout(20_000));
  expect(Object.values(readings())).toEqual([undefined, undefined, undefined]);
  expect(world.library.scanning()).toBeNull();
});
