/** The folder of partial files: what belongs to a download, and what it remembers across restarts. */

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Id, type InfoHash, parseId } from '../../../shared/id.ts';
import { writeFileAtomic } from '../../platform/files.ts';

export interface PartialFolder {
  /** where the bytes of the download lie until it is verified */
  path(id: Id): string;
  /** The path of the download's files without their endings; the folder is made where it is not there. */
  prepare(id: Id): Promise<string>;
  /** The info dictionary that an earlier run was given by peers. */
  readInfo(id: Id, infoHash: InfoHash): Promise<Uint8Array | null>;
  writeInfo(id: Id, infoHash: InfoHash, info: Uint8Array): Promise<void>;
  /** Deletes everything of the download but its finished file. */
  drop(id: Id): Promise<void>;
  /** Deletes what a run that was killed left of downloads that nobody wants; the ids of those that stay. */
  tidy(isWanted: (id: Id) => boolean): Promise<Set<Id>>;
}

export function createPartialFolder(downloads: string): PartialFolder {
  const folder = join(downloads, '.partial');
  const infoPath = (id: Id, infoHash: InfoHash) => join(folder, `${id}.${infoHash}.info`);
  return {
    path: id => join(folder, `${id}.part`),
    async prepare(id) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      return join(folder, id);
    },
    async readInfo(id, infoHash) {
      try {
        const info = await readFile(infoPath(id, infoHash));
        return isInfo(info, infoHash) ? info : null;
      } catch {
        // Not there, or not readable: peers are asked for it again.
        return null;
      }
    },
    writeInfo: (id, infoHash, info) => writeFileAtomic(infoPath(id, infoHash), info),
    async drop(id) {
      for (const name of await readdir(folder).catch(() => [])) {
        if (name.startsWith(`${id}.`)) await rm(join(folder, name), { force: true });
      }
    },
    async tidy(isWanted) {
      const stay = new Set<Id>();
      for (const name of await readdir(folder).catch(() => [])) {
        const id = parseId(name.split('.')[0] ?? '');
        if (!id) continue;
        if (isWanted(id)) stay.add(id);
        else await rm(join(folder, name), { force: true });
      }
      return stay;
    },
  };
}

/** Is this the info dictionary that the hash names? */
export function isInfo(info: Uint8Array, infoHash: InfoHash): boolean {
  return createHash('sha1').update(info).digest('hex') === infoHash;
}
