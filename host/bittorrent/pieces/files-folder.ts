/** The files of a torrent on the disk: bytes of the torrent read from them and written to them, wherever they lie. */

import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createBelow, type OpenFor, openBelow } from '../../platform/below-root.ts';
import { type PlacedFile, partsOf } from './files-layout.ts';

/** files that are kept open, of one torrent */
const MOST_OPEN = 32;

/** Where files are written: nothing outside `root` is, whatever links lie in it. */
export interface FilesPlace {
  /** without links */
  root: string;
  /** below it */
  folder: string;
}

export interface FilesFolder extends AsyncDisposable {
  /** Bytes `[start, end)` of the torrent. Throws where some are not there. */
  read(start: number, end: number): Promise<Uint8Array>;
  /** Writes what follows one another from `start` on. */
  write(start: number, parts: readonly Uint8Array[]): Promise<void>;
  /** Those of the files that are empty are there from now on. */
  makeEmpty(files: readonly PlacedFile[]): Promise<void>;
}

interface Opened {
  handle: Promise<FileHandle>;
  users: number;
}

export function openFilesFolder(
  { root, folder }: FilesPlace,
  layout: readonly PlacedFile[],
  what: OpenFor,
): FilesFolder {
  /** who was used the longest ago comes first */
  const open = new Map<number, Opened>();

  async function using<T>(file: number, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const opened = open.get(file) ?? { handle: openBelow(root, pathOf(folder, layout[file]!), what), users: 0 };
    open.delete(file);
    open.set(file, opened);
    opened.users++;
    try {
      return await work(await opened.handle);
    } catch (thrown) {
      // Another one may be there the next time.
      if (open.get(file) === opened) open.delete(file);
      throw thrown;
    } finally {
      opened.users--;
      if (open.get(file) !== opened && opened.users === 0) void shut(opened);
      closeOldest();
    }
  }

  function closeOldest(): void {
    for (const [file, opened] of open) {
      if (open.size <= MOST_OPEN) return;
      if (opened.users > 0) continue;
      open.delete(file);
      void shut(opened);
    }
  }

  return {
    async read(start, end) {
      const bytes = Buffer.allocUnsafeSlow(end - start);
      for (const { file, at, from, to } of partsOf(layout, start, end)) {
        if (layout[file]?.isPadding) {
          bytes.fill(0, from, to);
          continue;
        }
        const { bytesRead } = await using(file, handle => handle.read(bytes, from, to - from, at));
        if (bytesRead !== to - from) throw new Error(`${bytesRead} of ${to - from} bytes`);
      }
      return bytes;
    },
    async write(start, parts) {
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      for (const { file, at, from, to } of partsOf(layout, start, start + bytes.length)) {
        if (!layout[file]?.isPadding) await using(file, handle => writeAll(handle, bytes.subarray(from, to), at));
      }
    },
    async makeEmpty(files) {
      const empty = files.filter(({ length, isPadding }) => length === 0 && !isPadding);
      const byFolder = Map.groupBy(empty, file => dirname(pathOf(folder, file)));
      for (const [at, inFolder] of byFolder) {
        await createBelow(
          root,
          at,
          inFolder.map(({ path }) => path.at(-1) ?? ''),
        );
      }
    },
    async [Symbol.asyncDispose]() {
      const all = [...open.values()];
      open.clear();
      await Promise.all(all.filter(({ users }) => users === 0).map(shut));
    },
  };
}

export function pathOf(folder: string, { path }: PlacedFile): string {
  return join(folder, ...path);
}

async function shut({ handle }: Opened): Promise<void> {
  await (await handle.catch(() => undefined))?.close();
}

/** A full disk may take a part of a write and refuse the rest. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
