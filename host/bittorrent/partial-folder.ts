/** The folder of partial files: what belongs to a download, what it remembers across restarts, and how much room there is. */

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import type { Id, InfoHash } from '../../shared/id.ts';
import { writeFileAtomic } from '../platform/files.ts';

export interface PartialFolder {
  /** The path of the download's files without their endings; the folder is made where it is not there. */
  prepare(id: Id): Promise<string>;
  /** The info dictionary that an earlier run was given by peers. */
  readInfo(id: Id, infoHash: InfoHash): Promise<Uint8Array | null>;
  writeInfo(id: Id, infoHash: InfoHash, info: Uint8Array): Promise<void>;
  /** Deletes everything of the download but its finished file. */
  drop(id: Id): Promise<void>;
  /** Is there room for a file of `size`, given what is already written of it? */
  hasRoom(id: Id, size: number): Promise<boolean>;
}

export type FreeBytes = (folder: string) => Promise<number>;

export const freeBytesOf: FreeBytes = async folder => {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
};

export function createPartialFolder(downloads: string, freeBytes: FreeBytes): PartialFolder {
  const folder = join(downloads, '.partial');
  const infoPath = (id: Id, infoHash: InfoHash) => join(folder, `${id}.${infoHash}.info`);
  return {
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
    async hasRoom(id, size) {
      const written = await stat(join(folder, `${id}.part`)).catch(() => undefined);
      const allocated = written ? Math.min(size, written.blocks * 512) : 0;
      return (await freeBytes(downloads)) >= size - allocated;
    },
  };
}

/** Is this the info dictionary that the hash names? */
export function isInfo(info: Uint8Array, infoHash: InfoHash): boolean {
  return createHash('sha1').update(info).digest('hex') === infoHash;
}
