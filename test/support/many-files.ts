/** Torrents of several files, made byte by byte: names, sizes and piece lengths are the test's. */

import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bareTorrent } from '../../host/bittorrent/metainfo.ts';
import { type BValue, dict, encode } from '../../host/core/bencode.ts';
import { type InfoHash, parseInfoHash } from '../../shared/id.ts';
import { sha1 } from './swarm.ts';

export interface ManyFiles {
  name: string;
  infoHash: InfoHash;
  info: Uint8Array;
  /** a .torrent file of it */
  metainfo: Uint8Array;
  /** all files, one after the other */
  bytes: Buffer;
  files: { path: string; offset: number; bytes: Buffer }[];
  /** Writes its files and its .torrent; gives the path of that. */
  write(folder: string): Promise<string>;
}

export interface FileWish {
  /** components joined by `/` */
  path: string;
  size?: number;
  bytes?: Buffer;
  /** BEP 47 */
  attr?: string;
}

export function manyFiles(
  wishes: FileWish[],
  { pieceLength = 16 * 1024, name = 'A torrent', single = false } = {},
): ManyFiles {
  let offset = 0;
  const files = wishes.map(({ path, size = 0, bytes = randomBytes(size) }) => {
    const file = { path, offset, bytes };
    offset += bytes.length;
    return file;
  });
  const bytes = Buffer.concat(files.map(file => file.bytes));
  const hashes: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += pieceLength) {
    hashes.push(Buffer.from(sha1(bytes.subarray(at, at + pieceLength)), 'hex'));
  }
  const list = files.map(
    (file, at): BValue =>
      dict({
        length: file.bytes.length,
        path: file.path.split('/').map(part => Buffer.from(part)),
        attr: wishes[at]?.attr === undefined ? undefined : Buffer.from(wishes[at].attr),
      }),
  );
  const info = encode(
    dict({
      ...(single ? { length: bytes.length } : { files: list }),
      name: Buffer.from(name),
      'piece length': pieceLength,
      pieces: Buffer.concat(hashes),
    }),
  );
  const metainfo = bareTorrent(info);
  return {
    name,
    infoHash: parseInfoHash(sha1(info))!,
    info,
    metainfo,
    bytes,
    files,
    async write(folder) {
      for (const file of files) {
        const path = single ? join(folder, name) : join(folder, name, file.path);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, file.bytes);
      }
      const path = join(folder, `${sha1(info)}.torrent`);
      await writeFile(path, metainfo);
      return path;
    },
  };
}
