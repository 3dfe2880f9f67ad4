/** A process that scans a folder and prints what it hashes: `scanner.ts HOME FOLDER`. Made to be killed. */

import { join } from 'node:path';
import { createEvents } from '../../../host/core/events.ts';
import type { Hasher, Log } from '../../../host/core/ports.ts';
import { createHasher } from '../../../host/library/hasher.ts';
import { createLibrary } from '../../../host/library/library.ts';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { openDatabase } from '../../../host/store/database.ts';

const [home, folder] = process.argv.slice(2) as [string, string];
const log: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => log };
// Waits for a reader that is slow, where writeSync throws.
const say = (line: string) => process.stdout.write(`${line}\n`);
const events = createEvents(thrown => {
  throw thrown;
});
events.on('library.changed', () => say('recorded'));
const pool = createHasher({ workers: 1, log });
const hasher: Hasher = {
  ...pool,
  async hashFile(path, signal, options) {
    const hashed = await pool.hashFile(path, signal, options);
    say(`hashed ${path}`);
    return hashed;
  },
};
const catalogue = createCatalogue(openDatabase(join(home, 'catalogue.db')));
const clock = { now: Date.now };
const library = createLibrary({ catalogue, hasher, events, log, clock, home, homedir: '/nowhere', settleMs: 1 });
await library.add(folder, { sites: ['https://archive.example'] });
const { files } = await library.settled(folder, new AbortController().signal);
say(`files ${files}`);
await library.close();
await pool.close();
