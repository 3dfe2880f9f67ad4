/** The end of a download: the SHA-1 of the whole file decides, then it gets its name and its row in the catalogue. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { type Id, type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import { canonicalInfo } from '../../core/canonical.ts';
import {
  type Clock,
  type Difference,
  type FileStamp,
  type HashedFile,
  type Hasher,
  sameBytes,
  unchanged,
} from '../../core/ports.ts';
import type { Catalogue, DownloadRow } from '../../core/stored.ts';
import { commitFile, openForReading, stampOf } from '../../platform/files.ts';

export interface Finished {
  id: Id;
  extension: string;
  /** one of them, or anything where one is null or there is none */
  sha256s: readonly (string | null)[];
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

/** Under which path and stamp the file lies from now on, or in what it is not the one that was asked for. */
export type Outcome = { path: string; stamp: FileStamp } | { difference: Difference };

/** Throws `LsdError('aborted')` where the file changes meanwhile. */
export async function finish(deps: VerifyDeps, file: Finished, from: string, signal: AbortSignal): Promise<Outcome> {
  const hashed = await deps.hasher.hashFile(from, signal, { sha256: isClaimed(file) });
  const difference = differenceOf(hashed, file);
  if (difference) return { difference };
  const kept = await keptDownload(deps.catalogue, file.id);
  if (kept) return confirm(deps, file, kept, signal);
  const path = finishedPath(deps.folder, file.id, file.extension);
  signal.throwIfAborted();
  if (path !== from) await commitFile(from, path);
  const stamp = await stampAt(path);
  // What was cancelled while it was put in its place is nobody's.
  signal.throwIfAborted();
  if (!sameBytes(stamp, hashed.stamp)) throw changedMeanwhile();
  record(deps, file, hashed, { path, stamp });
  return { path, stamp };
}

const isClaimed = ({ sha256s }: Finished) => sha256s.some(one => one !== null);

function differenceOf({ id, sha256 }: Pick<HashedFile, 'id' | 'sha256'>, file: Finished): Difference | undefined {
  const { sha256s } = file;
  if (id !== file.id) return { of: 'id' };
  const isRight = sha256s.length === 0 || sha256s.includes(null) || sha256s.includes(sha256);
  return isRight ? undefined : { of: 'sha256', said: sha256s };
}

function changedMeanwhile(): LsdError {
  return new LsdError('aborted', 'The file changed while it got its name; it will be hashed again.');
}

/** The same id, downloaded for another site before: that file stays as it is, it may be being read. */
async function keptDownload(catalogue: Catalogue, id: Id): Promise<DownloadRow | undefined> {
  const row = catalogue.download(id);
  if (!row) return undefined;
  const now = await stampAt(row.path).catch(() => undefined);
  return now && unchanged(now, row.stamp) ? row : undefined;
}

/** Of the same SHA-1 it may be another file: where its SHA-256 was not looked at then, it is now. */
async function confirm(deps: VerifyDeps, file: Finished, kept: DownloadRow, signal: AbortSignal): Promise<Outcome> {
  const { id, path, stamp } = kept;
  let { sha256 } = kept;
  if (isClaimed(file) && sha256 === null) {
    sha256 = (await deps.hasher.hashFile(path, signal, { sha256: true })).sha256;
    deps.catalogue.recordDownload({ ...kept, sha256 });
  }
  const difference = differenceOf({ id, sha256 }, file);
  return difference ? { difference } : { path, stamp };
}

/** One transaction: a download in the catalogue always has its canonical torrent, and the one that brought it. */
function record(
  { catalogue, clock }: VerifyDeps,
  file: Finished,
  hashed: HashedFile,
  { path, stamp }: { path: string; stamp: FileStamp },
): void {
  const { id, extension, infoHash, brought } = file;
  const { sha256 } = hashed;
  const info = canonicalInfo(id, stamp.size, hashed.pieces);
  const canonical = parseInfoHash(createHash('sha1').update(info).digest('hex'))!;
  catalogue.batch(() => {
    catalogue.recordTorrent({ infoHash: canonical, id, info, fileIndex: 0 });
    if (brought && infoHash !== canonical) catalogue.recordTorrent({ infoHash, id, ...brought });
    const row = { id, path, stamp, size: stamp.size, extension, sha256, infoHash, verifiedAt: clock.now() };
    catalogue.recordDownload(row);
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
