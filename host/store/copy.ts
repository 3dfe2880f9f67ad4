/** A copy of the database, made and read from end to end: it takes some seconds where it is large, and as much memory. */

import { backup, DatabaseSync } from 'node:sqlite';
import { isSound } from './sound.ts';

/** In one step: what is written meanwhile would make it begin anew, and in WAL nobody waits for a reader. */
const ALL_PAGES = 2 ** 30;

export type Copied = 'sound' | 'damaged' | { failed: string };

export async function copyDatabase(from: string, to: string): Promise<Copied> {
  try {
    using database = new DatabaseSync(from, { readOnly: true });
    await backup(database, to, { rate: ALL_PAGES });
  } catch (thrown) {
    return { failed: String(thrown) };
  }
  return isSound(to) ? 'sound' : 'damaged';
}
