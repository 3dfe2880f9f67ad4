/**
 * The files of a torrent in a folder of their own, written piece by piece as these come, and a record of the pieces that
 * are there: one byte each, 1 where it was written whole. A record that says too much is found out by who reads the piece.
 */

import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { openForReading } from '../platform/files.ts';
import type { FilesLayout, Span } from './files-layout.ts';

/** by one reader */
const MOST_OPEN = 16;

export interface FilesFolder {
  /** Writes one piece, and then that it is there. */
  write(piece: { index: number; offset: number }, parts: readonly Uint8Array[]): Promise<void>;
  /** What reads the torrent's bytes from now on; who opened it closes it. */
  open(): SpanReader;
  /** Makes the folder, and the files that no piece brings. */
  prepare(): Promise<void>;
  /** The pieces that are there, by the record. */
  recorded(): Promise<number[]>;
  /** It is there no longer. */
  forget(piece: number): Promise<void>;
}

export interface SpanReader extends AsyncDisposable {
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface FilesPlace {
  /** of the torrent's files */
  folder: string;
  /** path of the record */
  record: string;
}

export function filesFolder({ folder, record }: FilesPlace, layout: FilesLayout): FilesFolder {
  async function writeSpan({ path, at }: Span, bytes: Uint8Array): Promise<void> {
    await using handle = await openForWriting(folder, path);
    await writeAll(handle, bytes, at);
  }

  async function mark(piece: number, value: number): Promise<void> {
    await mkdir(dirname(record), { recursive: true, mode: 0o700 });
    await using handle = await open(record, constants.O_WRONLY | constants.O_CREAT, 0o600);
    await handle.write(Uint8Array.of(value), 0, 1, piece);
  }

  return {
    async write({ index, offset }, parts) {
      const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
      let from = 0;
      for (const span of layout.spans(offset, bytes.length)) {
        await writeSpan(span, bytes.subarray(from, from + span.length));
        from += span.length;
      }
      await mark(index, 1);
    },
    open: () => spanReader(layout, folder),
    async prepare() {
      for (const path of layout.empty) await (await openForWriting(folder, path)).close();
    },
    async recorded() {
      const bytes = await readFile(record).catch(() => Buffer.alloc(0));
      return [...bytes.entries()].flatMap(([piece, value]) => (value === 1 ? [piece] : []));
    },
    forget: piece => mark(piece, 0),
  };
}

/** Files stay open until the reader is closed, but for those before the last few: a piece may hold thousands. */
function spanReader(layout: FilesLayout, folder: string): SpanReader {
  const handles = new Map<readonly string[], Promise<FileHandle>>();

  async function close(): Promise<void> {
    const all = [...handles.values()];
    handles.clear();
    for (const handle of all) await handle.then(each => each.close()).catch(() => {});
  }

  async function handleOf(path: readonly string[]): Promise<FileHandle> {
    const there = handles.get(path);
    if (there) return there;
    if (handles.size >= MOST_OPEN) await close();
    const opening = openInside(folder, path);
    handles.set(path, opening);
    return opening;
  }

  return {
    async read(offset, length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      for (const span of layout.spans(offset, length)) {
        const handle = await handleOf(span.path);
        const { bytesRead } = await handle.read(bytes, filled, span.length, span.at);
        if (bytesRead !== span.length) throw new Error(`${bytesRead} of ${span.length} bytes of a kept file`);
        filled += span.length;
      }
      return bytes;
    },
    [Symbol.asyncDispose]: close,
  };
}

async function openInside(root: string, path: readonly string[]): Promise<FileHandle> {
  for (const folder of foldersTo(root, path)) if (!(await isFolder(folder))) throw strayError();
  return openForReading(join(root, ...path));
}

async function openForWriting(root: string, path: readonly string[]): Promise<FileHandle> {
  await mkdir(dirname(root), { recursive: true, mode: 0o700 });
  for (const folder of foldersTo(root, path)) {
    // Another piece may make it at the same time.
    if (!(await isFolder(folder))) await mkdir(folder, { mode: 0o700 }).catch(() => {});
    if (!(await isFolder(folder))) throw strayError();
  }
  return open(join(root, ...path), constants.O_WRONLY | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0), 0o600);
}

/** The torrent's own, and those below it. */
function foldersTo(root: string, path: readonly string[]): string[] {
  return path.map((_, at) => join(root, ...path.slice(0, at)));
}

/** A link in the place of a folder would lead out. */
async function isFolder(path: string): Promise<boolean> {
  return (await lstat(path).catch(() => undefined))?.isDirectory() ?? false;
}

function strayError(): Error {
  return new Error('something else lies where a folder of a torrent should be');
}

/** A full disk may take a part of a write and refuse the rest, which the next write tells. */
async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}
