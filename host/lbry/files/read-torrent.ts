/** A `.torrent` file on the disk, as a source of files. */

import { hash } from 'node:crypto';
import { LsdError } from '../../../shared/errors.ts';
import { parseInfoHash } from '../../../shared/id.ts';
import { BencodeError } from '../../core/bencode.ts';
import type { FileSource } from '../../core/lbry-files.ts';
import { type MetainfoFile, readMetainfoFile } from '../../core/metainfo-file.ts';
import { openForReading } from '../../platform/files.ts';

/** security.md, "From peers" */
const MOST_BYTES = 16 * 1024 * 1024;

/** Throws `invalid` for what is none, `not-found` where there is no file. */
export async function readTorrent(path: string): Promise<FileSource> {
  const file = metainfoOf(await bytesOf(path));
  const { info } = file;
  const infoHash = info && parseInfoHash(hash('sha1', info, 'hex'));
  if (infoHash) return { kind: 'btih', hash: infoHash, torrent: { file: { ...file, info } } };
  throw new LsdError('invalid', 'This is no torrent: it has no info dictionary.');
}

async function bytesOf(path: string): Promise<Uint8Array> {
  await using file = await openForReading(path).catch((cause: unknown) => {
    throw new LsdError('not-found', 'There is no such .torrent file.', { cause });
  });
  if ((await file.stat()).size > MOST_BYTES) throw new LsdError('invalid', 'A torrent has 16 MiB at most.');
  return file.readFile();
}

function metainfoOf(bytes: Uint8Array): MetainfoFile {
  try {
    return readMetainfoFile(bytes);
  } catch (thrown) {
    if (!(thrown instanceof BencodeError)) throw thrown;
    throw new LsdError('invalid', `This torrent cannot be read: ${thrown.message}.`);
  }
}
