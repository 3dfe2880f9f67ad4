/** A home, a place for shared folders, and a library over them: real files, a real database, real hash workers. */

import { createHash } from 'node:crypto';
import { mkdirSync, realpathSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createEvents, type EventMap, type Events } from '../../../host/core/events.ts';
import type { Hasher, Library, Log } from '../../../host/core/ports.ts';
import type { Catalogue } from '../../../host/core/stored.ts';
import { createHasher } from '../../../host/library/hasher.ts';
import { createLibrary, type LibraryDeps } from '../../../host/library/library.ts';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { openDatabase } from '../../../host/store/database.ts';

export const SITE = 'https://archive.example';
export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => quiet };

export interface World {
  /** a path under the place of the shared folders */
  at(...parts: string[]): string;
  write(path: string, content: string | Uint8Array): Promise<string>;
  home: string;
  catalogue: Catalogue;
  events: Events;
  /** paths in the order in which they were hashed */
  hashed: string[];
  /** what hashing of a path waits for; nothing at first */
  gate(path: string): Promise<unknown> | undefined;
  library: Library;
  /** ends the library and starts another over the same home */
  restart(deps?: Partial<LibraryDeps>): Promise<void>;
  /** adds a folder, shared with the site, and waits for its scan */
  share(path: string, options?: Parameters<Library['add']>[1]): Promise<void>;
  shared(): string[];
  /** Waits until `holds` returns a truthy value. */
  until<T>(holds: () => T, what: string): Promise<T>;
  next<K extends keyof EventMap>(kind: K): Promise<EventMap[K]>;
}

export async function createWorld(options: Partial<LibraryDeps> = {}): Promise<World> {
  const root = realpathSync(await mkdtemp(join(tmpdir(), 'lsd-library-')));
  const home = join(root, 'home');
  mkdirSync(home);
  mkdirSync(join(root, 'user'));
  const database = openDatabase(join(home, 'catalogue.db'));
  const catalogue = createCatalogue(database);
  const events = createEvents(thrown => {
    throw thrown;
  });
  const pool = createHasher({ workers: 2, log: quiet });
  const hashed: string[] = [];
  const hasher: Hasher = {
    ...pool,
    async hashFile(path, signal, hashOptions) {
      hashed.push(path);
      await world.gate(path);
      return pool.hashFile(path, signal, hashOptions);
    },
  };
  const start = (deps: Partial<LibraryDeps>) =>
    createLibrary({
      catalogue,
      hasher,
      events,
      log: quiet,
      clock: { now: Date.now },
      home,
      database: join(home, 'catalogue.db'),
      homedir: join(root, 'user'),
      settleMs: 20,
      presenceMs: 100,
      ...options,
      ...deps,
    });

  const world: World = {
    at: (...parts) => join(root, ...parts),
    async write(path, content) {
      await mkdir(dirname(path), { recursive: true });
      await writeFile(path, content);
      return sha1(content);
    },
    home,
    catalogue,
    events,
    hashed,
    gate: () => undefined,
    library: start({}),
    async restart(deps = {}) {
      await world.library.close();
      world.library = start(deps);
    },
    async share(path, addOptions = {}) {
      await world.library.add(path, { sites: [SITE], ...addOptions });
      await world.library.settled(path, AbortSignal.timeout(20_000));
    },
    shared: () => [...catalogue.sharedIds(SITE)],
    until,
    next: kind =>
      new Promise(resolve => {
        const stop = events.on(kind, detail => {
          stop();
          resolve(detail);
        });
      }),
  };
  onTestFinished(async () => {
    await world.library.close();
    await pool.close();
    database.close();
    await rm(root, { recursive: true, force: true });
  });
  return world;
}

async function until<T>(holds: () => T, what: string): Promise<T> {
  const deadline = Date.now() + 20_000;
  for (;;) {
    const value = holds();
    if (value) return value;
    if (Date.now() > deadline) throw new Error(`It did not come about that ${what}`);
    await new Promise(resolve => setTimeout(resolve, 20));
  }
}

export function sha1(content: string | Uint8Array): string {
  return createHash('sha1').update(content).digest('hex');
}

/** The content of the vectors: byte k is k mod 251. */
export function patterned(size: number): Uint8Array {
  return Buffer.alloc(
    size,
    Uint8Array.from({ length: 251 }, (_, at) => at),
  );
}
