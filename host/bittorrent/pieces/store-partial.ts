/**
 * The store of a download: one file of a torrent as `<base>.part`, written in place at its offsets.
 * Beside it, until the file is done: `<base>.<info hash>.have`, a byte a piece that was written (so that a start hashes
 * those alone), and `….edges`, the bytes of neighbouring files in its first and last piece, without which these two
 * pieces could not be checked again.
 */

import { constants } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { ChunkStore, GetOptions, StoreCallback, StoreFactory } from 'webtorrent';
import type { FileStamp } from '../../core/ports.ts';
import { writeAll } from '../../platform/files.ts';
import { type Metainfo, piecesOf, type TorrentFile } from '../metainfo.ts';
import { createStampedReader, type StampedReader } from './store-readonly.ts';

export interface PartialFiles {
  part: string;
  have: string;
  edges: string;
}

export function partialFiles(base: string, infoHash: string): PartialFiles {
  return { part: `${base}.part`, have: `${base}.${infoHash}.have`, edges: `${base}.${infoHash}.edges` };
}

export interface PartialStore {
  factory: StoreFactory;
  put(index: number, bytes: Uint8Array): Promise<void>;
  /** The file is verified and has its name: from now on it is read there, and nothing is written. */
  seal(path: string, stamp: FileStamp): Promise<void>;
}

interface Segment {
  where: 'part' | 'edges';
  /** within that file */
  at: number;
  /** within the bytes of the request */
  from: number;
  to: number;
}

/** Where the bytes `[start, end)` of the torrent lie; undefined when some lie in no kept place. */
export function segmentsOf(metainfo: Metainfo, file: TorrentFile, start: number, end: number): Segment[] | undefined {
  const { first, last } = piecesOf(metainfo, file);
  const keptStart = first * metainfo.pieceLength;
  const keptEnd = Math.min((last + 1) * metainfo.pieceLength, metainfo.length);
  if (start < keptStart || end > keptEnd) return undefined;
  const head = file.offset - keptStart;
  const fileEnd = file.offset + file.length;
  const parts: [where: Segment['where'], from: number, to: number, shift: number][] = [
    ['edges', keptStart, file.offset, -keptStart],
    ['part', file.offset, fileEnd, -file.offset],
    ['edges', fileEnd, keptEnd, head - fileEnd],
  ];
  return parts.flatMap(([where, from, to, shift]) => {
    const a = Math.max(from, start);
    const b = Math.min(to, end);
    return a < b ? [{ where, at: a + shift, from: a - start, to: b - start }] : [];
  });
}

/** Opened without following a link, made where it is not there; the folder is the daemon's own. */
const FLAGS = constants.O_RDWR | constants.O_CREAT | (constants.O_NOFOLLOW ?? 0);

export function createPartialStore(files: PartialFiles, metainfo: Metainfo, file: TorrentFile): PartialStore {
  const handles = new Map<keyof PartialFiles, Promise<FileHandle>>();
  let written: Promise<Uint8Array> | undefined;
  let sealed: StampedReader | undefined;

  function handle(name: keyof PartialFiles): Promise<FileHandle> {
    const existing = handles.get(name);
    if (existing) return existing;
    const opening = open(files[name], FLAGS, 0o600);
    handles.set(name, opening);
    return opening;
  }

  /** a byte a piece, as the last run left it */
  async function readHave(): Promise<Uint8Array> {
    const have = new Uint8Array(metainfo.pieceCount);
    await (await handle('have')).read(have, 0, have.length, 0);
    return have;
  }

  async function put(index: number, bytes: Uint8Array): Promise<void> {
    if (sealed) return;
    const start = index * metainfo.pieceLength;
    const segments = segmentsOf(metainfo, file, start, start + bytes.length);
    if (!segments) return;
    written ??= readHave();
    const have = await written;
    for (const { where, at, from, to } of segments) await writeAll(await handle(where), bytes.subarray(from, to), at);
    have[index] = 1;
    await (await handle('have')).write(Uint8Array.of(1), 0, 1, index);
  }

  async function get(index: number, options: GetOptions | null): Promise<Uint8Array> {
    written ??= readHave();
    if ((await written)[index] !== 1) throw new Error(`piece ${index} was never written`);
    const start = index * metainfo.pieceLength + (options?.offset ?? 0);
    const whole = Math.min(metainfo.pieceLength, metainfo.length - index * metainfo.pieceLength);
    const end = start + (options?.length ?? whole - (options?.offset ?? 0));
    const segments = segmentsOf(metainfo, file, start, end);
    if (!segments) throw new Error(`piece ${index} is not kept`);
    const bytes = Buffer.allocUnsafeSlow(end - start);
    for (const segment of segments) await read(segment, bytes);
    return bytes;
  }

  async function read({ where, at, from, to }: Segment, into: Buffer): Promise<void> {
    if (where === 'part' && sealed) {
      into.set(await sealed.read(at, to - from), from);
      return;
    }
    const { bytesRead } = await (await handle(where)).read(into, from, to - from, at);
    if (bytesRead !== to - from) throw new Error(`${bytesRead} of ${to - from} bytes`);
  }

  async function close(): Promise<void> {
    for (const opening of handles.values()) await (await opening.catch(() => undefined))?.close();
    handles.clear();
    await sealed?.close();
  }

  const factory = class implements ChunkStore {
    readonly chunkLength = metainfo.pieceLength;

    get(index: number, options: GetOptions | null | StoreCallback, callback?: StoreCallback): void {
      const done = typeof options === 'function' ? options : callback;
      get(index, typeof options === 'function' ? null : options).then(
        bytes => done?.(null, bytes),
        (thrown: Error) => done?.(thrown),
      );
    }

    put(index: number, bytes: Uint8Array, callback: (error: Error | null) => void): void {
      put(index, bytes).then(
        () => callback(null),
        (thrown: Error) => callback(thrown),
      );
    }

    close(callback: (error: Error | null) => void): void {
      close().then(
        () => callback(null),
        (thrown: Error) => callback(thrown),
      );
    }

    destroy(callback: (error: Error | null) => void): void {
      this.close(callback);
    }
  };

  return {
    factory,
    put,
    async seal(path, stamp) {
      sealed = createStampedReader(path, stamp);
      const part = handles.get('part');
      handles.delete('part');
      await (await part?.catch(() => undefined))?.close();
    },
  };
}
