/**
 * The folder of pieces as the daemon keeps it: how much is in it, and which piece was read the longest ago. Pieces that are
 * not in use leave when there are too many bytes; torrents that name the same piece share it.
 */

import { mkdir, readdir, stat, unlink, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock, Log } from '../../core/ports.ts';
import { isOnThisMachine } from '../../platform/file-system.ts';
import { isExhausted } from '../../platform/files.ts';
import { createPieceReader } from './piece-reader.ts';
import { piecePath } from './pieces-folder.ts';

/** how exactly a restart knows when a piece was read, ms */
const REMEMBERED_MS = 60_000;
const NAME = /^[0-9a-f]{40}$/;

export interface PieceCache {
  readonly folder: string;
  /** of all that is in it */
  readonly bytes: number;
  has(hash: string): boolean;
  /** It was written just now, and hashed before. */
  wrote(hash: string, bytes: number): void;
  /** Fills `into` from `at` of the piece, which has so many bytes. False: it is not there, or not what its name says. */
  read(hash: string, bytes: number, at: number, into: Uint8Array): Promise<boolean>;
  /** The same before it returns. False: it would take long, or `read` knows what is wrong. */
  readNow(hash: string, at: number, into: Uint8Array): boolean;
  /** Hashes it again; one that is wrong leaves. */
  verify(hash: string, bytes: number): Promise<void>;
  /** Takes it away, whoever uses it. */
  remove(hash: string): Promise<void>;
  close(): void;
}

export interface PieceCacheDeps {
  folder: string;
  maxBytes: number;
  clock: Clock;
  log: Log;
  hash(bytes: Uint8Array): string;
  /** What is read, or about to be: it stays. */
  inUse(): ReadonlySet<string>;
  /** It is there no longer. */
  onLost(hash: string): void;
}

interface Kept {
  bytes: number;
  /** Unix ms, as its file says */
  readAt: number;
  /** hashed since the start */
  isSure: boolean;
}

export async function openPieceCache(deps: PieceCacheDeps): Promise<PieceCache> {
  const { folder, maxBytes, clock, log } = deps;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  /** who was read the longest ago comes first */
  const kept = await listPieces(folder);
  const reader = createPieceReader(await isOnThisMachine(folder));
  let bytes = [...kept.values()].reduce((sum, piece) => sum + piece.bytes, 0);
  let isClosed = false;

  function touch(hash: string): void {
    const piece = kept.get(hash);
    if (!piece) return;
    kept.delete(hash);
    kept.set(hash, piece);
    const now = clock.now();
    if (now - piece.readAt < REMEMBERED_MS) return;
    piece.readAt = now;
    utimes(piecePath(folder, hash), now / 1000, now / 1000).catch(() => {}); // it is gone, and soon missed
  }

  async function remove(hash: string): Promise<void> {
    bytes -= kept.get(hash)?.bytes ?? 0;
    kept.delete(hash);
    await unlink(piecePath(folder, hash)).catch((error: unknown) => log.debug('piece-not-removed', { error }));
    // Only now: it may be fetched again from here on, and must not be taken away then.
    deps.onLost(hash);
  }

  function makeRoom(): void {
    if (bytes <= maxBytes || isClosed) return;
    const inUse = deps.inUse();
    for (const hash of [...kept.keys()]) {
      if (bytes <= maxBytes) return;
      if (!inUse.has(hash)) void remove(hash);
    }
  }

  function add(hash: string, size: number, isSure: boolean): Kept {
    const made = { bytes: size, readAt: clock.now(), isSure };
    kept.set(hash, made);
    bytes += size;
    return made;
  }

  /** Nobody hashed it since it was found: a crash may have left less than its name says. */
  async function assertRight(hash: string, size: number): Promise<void> {
    const piece = kept.get(hash) ?? add(hash, size, false);
    if (piece.isSure) return;
    const whole = Buffer.allocUnsafeSlow(size);
    await reader.read(piecePath(folder, hash), 0, whole);
    if (deps.hash(whole) !== hash) throw new Error('a kept piece has other bytes');
    piece.isSure = true;
  }

  /** What is wrong with it is found out: it leaves then. */
  async function tried(hash: string, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      touch(hash);
      return true;
    } catch (thrown) {
      if (isExhausted(thrown)) throw thrown;
      await remove(hash);
      return false;
    }
  }

  makeRoom();
  return {
    folder,
    get bytes() {
      return bytes;
    },
    has: hash => kept.has(hash),
    wrote(hash, size) {
      const piece = kept.get(hash);
      if (piece) piece.isSure = true;
      else add(hash, size, true);
      touch(hash);
      makeRoom();
    },
    read: (hash, size, at, into) =>
      tried(hash, async () => {
        await assertRight(hash, size);
        await reader.read(piecePath(folder, hash), at, into);
      }),
    readNow(hash, at, into) {
      if (!kept.get(hash)?.isSure || !reader.readNow(piecePath(folder, hash), at, into)) return false;
      touch(hash);
      return true;
    },
    async verify(hash, size) {
      const piece = kept.get(hash);
      if (!piece) return;
      piece.isSure = false;
      await tried(hash, () => assertRight(hash, size));
    },
    remove,
    close() {
      isClosed = true;
    },
  };
}

/** Takes away what a process that died was writing. */
async function listPieces(folder: string): Promise<Map<string, Kept>> {
  const found: [string, Kept][] = [];
  for (const shard of await readdir(folder).catch(() => [])) {
    for (const name of await readdir(join(folder, shard)).catch(() => [])) {
      const path = join(folder, shard, name);
      const stats = NAME.test(name) ? await stat(path).catch(() => undefined) : undefined;
      if (stats) found.push([name, { bytes: stats.size, readAt: stats.mtimeMs, isSure: false }]);
      else await unlink(path).catch(() => {});
    }
  }
  return new Map(found.sort(([, a], [, b]) => a.readAt - b.readAt));
}
