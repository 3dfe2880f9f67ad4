/** The files of a torrent on the disk: bytes of the torrent read from them and written to them, wherever they lie. */

import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createBelow, type OpenFor, openBelow } from '../../platform/below-root.ts';
import { isOnThisMachine } from '../../platform/file-system.ts';
import { writeAll } from '../../platform/files.ts';
import { createQuickness, type Quickness, readAt } from '../../platform/quick-reads.ts';
import { type PlacedFile, partsOf } from './files-layout.ts';

/** files that are kept open, of one torrent */
const MOST_OPEN = 32;
/** files that are written at once: the system has four threads for them */
const AT_ONCE = 8;
/** Short: an open file keeps its disk from being unmounted. */
const IDLE_MS = 2_000;

/** Where files are written: nothing outside `root` is, whatever links lie in it. */
export interface FilesPlace {
  /** without links */
  root: string;
  /** below it */
  folder: string;
}

export interface FilesFolder extends AsyncDisposable {
  /** Fills `into` with bytes of the torrent from `start` on. Throws where some are not there. */
  read(start: number, into: Uint8Array): Promise<void>;
  /** The same before it returns. False: it would take long, or `read` knows what is wrong. */
  readNow(start: number, into: Uint8Array): boolean;
  /** Writes them from `start` on. */
  write(start: number, bytes: Uint8Array): Promise<void>;
  /** Those of the files that are empty are there from now on. */
  makeEmpty(files: readonly PlacedFile[]): Promise<void>;
}

interface Opened {
  handle: Promise<FileHandle>;
  /** once it is open */
  fd: number | undefined;
  users: number;
}

export function openFilesFolder(
  { root, folder }: FilesPlace,
  layout: readonly PlacedFile[],
  what: OpenFor,
): FilesFolder {
  /** who was used the longest ago comes first */
  const open = new Map<number, Opened>();
  /** Undefined: where it lies was not looked at yet. */
  let quick: Quickness | undefined;
  let idle: NodeJS.Timeout | undefined;

  function opening(file: number): Opened {
    const opened: Opened = { handle: openBelow(root, pathOf(folder, layout[file]!), what), fd: undefined, users: 0 };
    opened.handle.then(
      handle => {
        opened.fd = handle.fd;
      },
      () => {}, // who uses it is told
    );
    return opened;
  }

  /** It is the last that may be closed. */
  function touch(file: number, opened: Opened): void {
    open.delete(file);
    open.set(file, opened);
    if (idle) idle.refresh();
    else idle = setTimeout(closeIdle, IDLE_MS).unref();
  }

  function closeIdle(): void {
    idle = undefined;
    for (const [file, opened] of open) {
      if (opened.users > 0) continue;
      open.delete(file);
      void shut(opened);
    }
    if (open.size > 0) idle = setTimeout(closeIdle, IDLE_MS).unref();
  }

  async function using<T>(file: number, work: (handle: FileHandle) => Promise<T>): Promise<T> {
    const opened = open.get(file) ?? opening(file);
    touch(file, opened);
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

  function readHere({ file, at, from, to }: ReturnType<typeof partsOf>[number], into: Uint8Array): boolean {
    if (layout[file]?.isPadding) {
      into.fill(0, from, to);
      return true;
    }
    const opened = open.get(file);
    if (opened?.fd === undefined) return false;
    touch(file, opened);
    quick?.moved();
    return readSync(opened.fd, into, from, to - from, at) === to - from;
  }

  return {
    async read(start, into) {
      quick ??= createQuickness(await isOnThisMachine(root));
      for (const { file, at, from, to } of partsOf(layout, start, start + into.length)) {
        if (layout[file]?.isPadding) {
          into.fill(0, from, to);
          continue;
        }
        const bytes = await using(file, ({ fd }) => readAt(fd, into.subarray(from, to), at));
        if (bytes !== to - from) throw new Error(`${bytes} of ${to - from} bytes`);
      }
      quick.moved();
    },
    readNow(start, into) {
      if (!quick?.isLikely()) return false;
      const parts = partsOf(layout, start, start + into.length);
      try {
        return quick.timed(() => parts.every(part => readHere(part, into)));
      } catch {
        return false;
      }
    },
    async write(start, bytes) {
      const pieces = partsOf(layout, start, start + bytes.length).filter(({ file }) => !layout[file]?.isPadding);
      const write = ({ file, at, from, to }: (typeof pieces)[number]) =>
        using(file, handle => writeAll(handle, bytes.subarray(from, to), at));
      for (let next = 0; next < pieces.length; next += AT_ONCE) {
        await Promise.all(pieces.slice(next, next + AT_ONCE).map(write));
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
      clearTimeout(idle);
      idle = undefined;
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
