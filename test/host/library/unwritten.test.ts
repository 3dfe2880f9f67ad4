/** A database that takes nothing for a while, as on a full disk: what the disk says meanwhile is known afterwards, by itself. */

import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it, onTestFinished } from 'vitest';
import type { Log } from '../../../host/core/ports.ts';
import { refuseWrites } from '../../support/refusing.ts';
import { createWorld, quiet } from './world.ts';

/** Errors that a library logs, by their name. */
function listening(): { errors: string[]; log: Log } {
  const errors: string[] = [];
  return { errors, log: { ...quiet, error: event => void errors.push(event) } };
}

function openBeside(home: string): DatabaseSync {
  const database = new DatabaseSync(join(home, 'catalogue.db'));
  onTestFinished(() => database.close());
  return database;
}

it('a file that came while nothing could be written is taken up when it can be', async () => {
  const { errors, log } = listening();
  const world = await createWorld({ log });
  const a = await world.write(world.at('films/a.mkv'), 'a');
  await world.share(world.at('films'));
  const allow = refuseWrites(openBeside(world.home), ['file']);
  const b = await world.write(world.at('films/b.mkv'), 'b');
  await world.until(() => errors.length > 0, 'it is refused');
  expect(world.shared()).toEqual([a]);
  allow();
  await world.until(() => world.shared().includes(b), 'the file is shared');
});

it('a file that went meanwhile is forgotten then', async () => {
  const { errors, log } = listening();
  const world = await createWorld({ log });
  await world.write(world.at('films/a.mkv'), 'a');
  const b = await world.write(world.at('films/b.mkv'), 'b');
  await world.share(world.at('films'));
  const allow = refuseWrites(openBeside(world.home), ['file']);
  await rm(world.at('films/a.mkv'));
  await world.until(() => errors.length > 0, 'it is refused');
  expect(world.shared()).toHaveLength(2);
  allow();
  await world.until(() => world.shared().length === 1, 'it is forgotten');
  expect(world.shared()).toEqual([b]);
});
