/** What is known of torrents beyond their lives: a `.torrent` file for each, named by its info hash. */

import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { InfoHash } from '../../shared/id.ts';
import { type MetainfoFile, NO_METAINFO, readMetainfoFile, writeMetainfoFile } from '../core/metainfo-file.ts';
import { writeFileAtomic } from '../platform/files.ts';

export interface MetainfoStore {
  /** What is not there, or not to be read, says nothing. */
  read(infoHash: InfoHash): Promise<MetainfoFile>;
  /** Whole or not at all. */
  write(infoHash: InfoHash, file: MetainfoFile): Promise<void>;
}

export async function openMetainfoStore(folder: string): Promise<MetainfoStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = (infoHash: InfoHash) => join(folder, `${infoHash}.torrent`);
  /** one after the other, or two would write to one temporary file */
  let last: Promise<void> = Promise.resolve();
  return {
    async read(infoHash) {
      try {
        const file = readMetainfoFile(await readFile(path(infoHash)));
        const isRight = file.info === null || infoHashOf(file.info) === infoHash;
        return isRight ? file : NO_METAINFO;
      } catch {
        return NO_METAINFO;
      }
    },
    write(infoHash, file) {
      const writing = last.then(() => writeFileAtomic(path(infoHash), writeMetainfoFile(file)));
      last = writing.catch(() => {});
      return writing;
    },
  };
}

export function infoHashOf(info: Uint8Array): string {
  return createHash('sha1').update(info).digest('hex');
}
