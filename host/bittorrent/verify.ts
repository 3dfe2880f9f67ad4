/** The end of a download: the SHA-1 of the whole file decides, then it gets its name and its row in the catalogue. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { type Id, type InfoHash, parseInfoHash } from '../../shared/id.ts';
import { canonicalInfo } from '../core/canonical.ts';
import { type Clock, type FileStamp, type HashedFile, type Hasher, sameBytes, unchanged } from '../core/ports.ts';
import type { Catalogue } from '../core/stored.ts';
import { commitFile, openForReading, stampOf } from '../platform/files.ts';

export interface Finished {
  id: Id;
  extension: string;
  sha256: string | null;
  infoHash: InfoHash;
  /** the info dictionary that brought it, and which of its files it is; null when only the finished file is known */
  brought: { info: Uint8Array; fileIndex: number } | null;
}

export interface VerifyDeps {
  catalogue: Catalogue;
  hasher: Hasher;
  clock: Clock;
  /** where verified files lie */
  folder: string;
}

/** `<id>.<extension>`, or `<id>` alone. */
export function finishedPath(folder: string, id: Id, extension: string): string {
  return join(folder, /^[a-z0-9]{1,10}$/.test(extension) ? `${id}.${extension}` : id);
}

/** The path and stamp under which the file lies from now on; undefined when its bytes are not those of the id. */
export async function finish(
  deps: VerifyDeps,
  file: Finished,
  from: string,
  signal: AbortSignal,
): Promise<{ path: string; stamp: FileStamp } | undefined> {
  const hashed = await deps.hasher.hashFile(from, signal, { sha256: file.sha256 !== null });
  if (hashed.id !== file.id) return undefined;
  if (file.sha256 !== null && hashed.sha256 !== file.sha256) return undefined;
  const kept = await keptDownload(deps.catalogue, file.id);
  if (kept) return kept;
  const path = finishedPath(deps.folder, file.id, file.extension);
  signal.throwIfAborted();
  if (path !== from) await commitFile(from, path);
  const stamp = await stampAt(path);
  // What was cancelled while it was put in its place is nobody's.
  signal.throwIfAborted();
  if (!sameBytes(stamp, hashed.stamp)) return undefined;
  record(deps, file, hashed, { path, stamp });
  return { path, stamp };
}

/** The same bytes, downloaded for another site before: that file stays as it is, it may be being read. */
async function keptDownload(catalogue: Catalogue, id: Id): Promise<{ path: string; stamp: FileStamp } | undefined> {
  const row = catalogue.download(id);
  if (!row) return undefined;
  const now = await stampAt(row.path).catch(() => undefined);
  return now && unchanged(now, row.stamp) ? { path: row.path, stamp: row.stamp } : undefined;
}

/** One transaction: a download in the catalogue always has its canonical torrent, and the one that brought it. */
function record(
  { catalogue, clock }: VerifyDeps,
  file: Finished,
  hashed: HashedFile,
  { path, stamp }: { path: string; stamp: FileStamp },
): void {
  const { id, extension, infoHash, brought } = file;
  const info = canonicalInfo(id, stamp.size, hashed.pieces);
  const canonical = parseInfoHash(createHash('sha1').update(info).digest('hex'))!;
  catalogue.batch(() => {
    catalogue.recordTorrent({ infoHash: canonical, id, info, fileIndex: 0 });
    if (brought && infoHash !== canonical) catalogue.recordTorrent({ infoHash, id, ...brought });
    catalogue.recordDownload({ id, path, stamp, size: stamp.size, extension, infoHash, verifiedAt: clock.now() });
  });
}

async function stampAt(path: string): Promise<FileStamp> {
  const handle = await openForReading(path);
  try {
    return stampOf(await handle.stat({ bigint: true }));
  } finally {
    await handle.close();
  }
}
