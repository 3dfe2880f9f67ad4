/** A film that is all but its picture: an MP4 with its index first, of a given length at 5 Mbit/s, that takes no room on the disk. */

import { createHash } from 'node:crypto';
import { mkdtemp, open, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bareTorrent } from '../../host/bittorrent/metainfo.ts';
import { canonicalInfo } from '../../host/core/canonical.ts';
import { createHasher } from '../../host/library/hasher.ts';
import type { Id, InfoHash } from '../../shared/id.ts';
import { parseInfoHash } from '../../shared/id.ts';
import { testLog } from '../../test/support/swarm.ts';

/** bytes a second: 5 Mbit/s */
export const BYTE_RATE = 625_000;
/** bytes of index for each second, as ffmpeg writes them for 24 pictures a second with AAC at 48 kHz (measured) */
const INDEX_RATE = 526;
/** Each block ends with its place in the file: no two pieces are alike, and a reader sees that its bytes are the right ones. */
export const BLOCK_BYTES = 256 * 1024;
export const MARK_BYTES = 8;

export interface MadeFilm {
  /** it lies there under its id */
  folder: string;
  /** the path of its metainfo */
  torrent: string;
  size: number;
  id: Id;
  infoHash: InfoHash;
}

export async function makeFilm(stack: AsyncDisposableStack, seconds: number): Promise<MadeFilm> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const path = join(folder, 'film');
  const head = headOf(seconds);
  const size = head.length + seconds * INDEX_RATE + seconds * BYTE_RATE;
  await write(path, head, size);
  const hasher = createHasher({ log: testLog });
  const { id, pieces } = await hasher.hashFile(path, new AbortController().signal);
  await hasher.close();
  await rename(path, join(folder, id));
  const info = canonicalInfo(id, size, pieces);
  const torrent = join(folder, 'film.torrent');
  await writeFile(torrent, bareTorrent(info));
  const infoHash = parseInfoHash(createHash('sha1').update(info).digest('hex'))!;
  return { folder, torrent, size, id, infoHash };
}

async function write(path: string, head: Buffer, size: number): Promise<void> {
  await using file = await open(path, 'w');
  await file.truncate(size);
  await file.write(head, 0, head.length, 0);
  const mark = Buffer.alloc(MARK_BYTES);
  for (let end = BLOCK_BYTES; end <= size; end += BLOCK_BYTES) {
    mark.writeBigUInt64BE(BigInt(end));
    await file.write(mark, 0, MARK_BYTES, end - MARK_BYTES);
  }
}

/** ISO/IEC 14496-12: `ftyp`, then `moov` of the size that its tables would have, then the head of `mdat`. */
function headOf(seconds: number): Buffer {
  const ftyp = box('ftyp', Buffer.from('isom\0\0\x02\0isomiso2avc1mp41', 'latin1'));
  const times = Buffer.alloc(100);
  times.writeUInt32BE(1000, 12);
  times.writeUInt32BE(seconds * 1000, 16);
  const header = box('mvhd', times);
  const tables = seconds * INDEX_RATE;
  return Buffer.concat([ftyp, boxHead('moov', 8 + header.length + tables), header, boxHead('free', tables)]);
}

function box(type: string, content: Buffer): Buffer {
  return Buffer.concat([boxHead(type, 8 + content.length), content]);
}

function boxHead(type: string, size: number): Buffer {
  const head = Buffer.alloc(8);
  head.writeUInt32BE(size);
  head.write(type, 4, 'latin1');
  return head;
}

/** Where the index ends, by the first bytes of a film; undefined while they are too few. */
export function indexEnd(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + 8 <= bytes.length; at += view.getUint32(at)) {
    if (view.getUint32(at + 4) === MOOV) return at + view.getUint32(at);
  }
  return undefined;
}

/** "moov" */
const MOOV = 0x6d6f6f76;
