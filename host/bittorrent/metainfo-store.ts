/** What is known of torrents beyond their lives: a `.torrent` file for each, named by its info hash. The longest unread leave. */

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { InfoHash } from '../../shared/id.ts';
import { type MetainfoFile, NO_METAINFO, readMetainfoFile, writeMetainfoFile } from '../core/metainfo-file.ts';
import { writeFileAtomic } from '../platform/files.ts';

/** What is kept of them across restarts. */
const MOST_FILES = 20_000;
const MOST_BYTES = 1024 ** 3;
const UNREAD_MS = 365 * 24 * 3600 * 1000;
const NAME = /^[0-9a-f]{40}\.torrent$/;

export interface MetainfoStore {
  /** What is not there, or not to be read, says nothing. */
  read(infoHash: InfoHash): Promise<MetainfoFile>;
  /** Whole or not at all. */
  write(infoHash: InfoHash, file: MetainfoFile): Promise<void>;
  remove(infoHash: InfoHash): Promise<void>;
}

export interface KeptMetainfo {
  files: number;
  bytes: number;
  unreadMs: number;
}

/** None leaves by itself. */
export const ALL_METAINFO: KeptMetainfo = {
  files: Number.POSITIVE_INFINITY,
  bytes: Number.POSITIVE_INFINITY,
  unreadMs: Number.POSITIVE_INFINITY,
};

/** What is too much, too old, or was never written whole is taken away before it opens. */
export async function openMetainfoStore(folder: string, most: Partial<KeptMetainfo> = {}): Promise<MetainfoStore> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await tidy(folder, { files: MOST_FILES, bytes: MOST_BYTES, unreadMs: UNREAD_MS, ...most });
  const path = (infoHash: InfoHash) => join(folder, `${infoHash}.torrent`);
  /** one after the other, or two would write to one temporary file */
  let last: Promise<void> = Promise.resolve();

  function inTurn(work: () => Promise<void>): Promise<void> {
    const working = last.then(work);
    last = working.catch(() => {});
    return working;
  }

  return {
    async read(infoHash) {
      try {
        const file = readMetainfoFile(await readFile(path(infoHash)));
        const isRight = file.info === null || infoHashOf(file.info) === infoHash;
        await utimes(path(infoHash), new Date(), new Date());
        return isRight ? file : NO_METAINFO;
      } catch {
        return NO_METAINFO;
      }
    },
    write: (infoHash, file) => inTurn(() => writeFileAtomic(path(infoHash), writeMetainfoFile(file))),
    remove: infoHash => inTurn(() => unlink(path(infoHash)).catch(() => {})),
  };
}

async function tidy(folder: string, most: KeptMetainfo): Promise<void> {
  const names = await readdir(folder);
  const found = await Promise.all(
    names.map(async name => {
      const path = join(folder, name);
      const stats = await stat(path).catch(() => undefined);
      return { path, isOurs: NAME.test(name), readAt: stats?.mtimeMs ?? 0, bytes: stats?.size ?? 0 };
    }),
  );
  let files = 0;
  let bytes = 0;
  for (const each of found.sort((a, b) => b.readAt - a.readAt)) {
    files += each.isOurs ? 1 : 0;
    bytes += each.isOurs ? each.bytes : 0;
    const isKept = each.isOurs && files <= most.files && bytes <= most.bytes;
    if (!isKept || Date.now() - each.readAt > most.unreadMs) await unlink(each.path).catch(() => {});
  }
}

export function infoHashOf(info: Uint8Array): string {
  return createHash('sha1').update(info).digest('hex');
}
