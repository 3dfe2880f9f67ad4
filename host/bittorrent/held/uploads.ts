/** Files that were given to a gateway: each upload a folder of its own, and a `.torrent` beside it as long as peers get it. */

import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, open, readdir, readFile, realpath, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import { type BValue, dict, encode } from '../../core/bencode.ts';
import { pieceLengthOf } from '../../core/canonical.ts';
import { type MetainfoFile, NO_METAINFO, readMetainfoFile, writeMetainfoFile } from '../../core/metainfo-file.ts';
import type { Clock } from '../../core/ports.ts';
import { writeFileAtomic } from '../../platform/files.ts';
import { isPaddingName } from '../description.ts';
import type { FilesStore } from '../engine/link.ts';
import { cleanName, parseInfo } from '../metainfo.ts';
import { infoHashOf } from '../metainfo-store.ts';
import { layoutOf } from '../pieces/files-layout.ts';

/** security.md, "From peers" */
const MOST_FILES = 100_000;
/** at once */
const MOST_OPEN = 8;
const HASHED_BYTES = 1024 * 1024;
const UNFINISHED = 'new-';

export interface Uploads {
  /** those that peers get, with what describes them */
  readonly seeded: ReadonlyMap<InfoHash, MetainfoFile>;
  /** Where its files lie; undefined: it was not uploaded here. */
  files(infoHash: InfoHash): FilesStore | undefined;
  begin(mostBytes: number): Promise<Receiving>;
  /** Peers no longer get it; with `data` its files are deleted. */
  end(infoHash: InfoHash, options: { data: boolean }): Promise<void>;
}

/** One upload as it comes. Disposed before its end it leaves nothing. */
export interface Receiving extends AsyncDisposable {
  add(path: readonly string[], bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** `stripTop`: without the first folder of each path */
  finish(name: string, options: { stripTop: boolean }): Promise<{ infoHash: InfoHash; file: MetainfoFile }>;
}

interface Received {
  path: string[];
  length: number;
}

export async function openUploads(path: string, clock: Clock): Promise<Uploads> {
  await mkdir(path, { recursive: true, mode: 0o700 });
  const folder = await realpath(path);
  const names = await readdir(folder);
  const there = new Set<InfoHash>();
  const seeded = new Map<InfoHash, MetainfoFile>();
  for (const name of names) {
    const at = join(folder, name);
    const infoHash = parseInfoHash(name.replace(/\.torrent$/, ''));
    if (name.startsWith(UNFINISHED)) await rm(at, { recursive: true, force: true });
    else if (infoHash && name.endsWith('.torrent')) {
      const file = await readFile(at)
        .then(readMetainfoFile)
        .catch(() => undefined);
      if (file?.info && infoHashOf(file.info) === infoHash) seeded.set(infoHash, file);
    } else if (infoHash) there.add(infoHash);
  }

  let underWay = 0;

  const folderOf = (infoHash: InfoHash) => join(folder, infoHash);
  const recordOf = (infoHash: InfoHash) => join(folder, `${infoHash}.have`);
  const torrentOf = (infoHash: InfoHash) => join(folder, `${infoHash}.torrent`);

  /** Gives the files their names below the folder of their torrent. */
  async function settle(from: string, info: Uint8Array, infoHash: InfoHash): Promise<void> {
    const metainfo = parseInfo(info);
    const whole = join(from, 'whole');
    await mkdir(whole, { mode: 0o700 });
    for (const [at, { path: placed }] of layoutOf(metainfo, 'no-name').entries()) {
      const to = join(whole, ...placed);
      await mkdir(dirname(to), { recursive: true, mode: 0o700 });
      await rename(join(from, String(at)), to);
    }
    // The folder comes last: by it the upload is known.
    await writeFile(recordOf(infoHash), new Uint8Array(metainfo.pieceCount).fill(1), { mode: 0o600 });
    await rm(folderOf(infoHash), { recursive: true, force: true });
    await rename(whole, folderOf(infoHash));
  }

  return {
    seeded,
    files(infoHash) {
      if (!there.has(infoHash)) return undefined;
      return { kind: 'files', place: { root: folder, folder: folderOf(infoHash) }, record: recordOf(infoHash) };
    },
    async begin(mostBytes) {
      if (underWay >= MOST_OPEN) {
        throw new LsdError('rate-limited', `${MOST_OPEN} uploads are under way already. Try again when one has ended.`);
      }
      const temporary = await mkdtemp(join(folder, UNFINISHED));
      underWay++;
      const files: Received[] = [];
      let left = mostBytes;
      return {
        async add(path, bytes) {
          if (files.length >= MOST_FILES) throw new LsdError('quota', `An upload may have ${MOST_FILES} files.`);
          const clean = cleanPath(path);
          const length = await receive(join(temporary, String(files.length)), bytes, left);
          left -= length;
          files.push({ path: clean, length });
        },
        async finish(name, { stripTop }) {
          const named = stripTop ? files.map(withoutTop) : files;
          const info = await describe(temporary, cleanName(name), named);
          const infoHash = parseInfoHash(infoHashOf(info))!;
          const file = {
            ...NO_METAINFO,
            info,
            rest: new Map<string, BValue>([['creation date', Math.floor(clock.now() / 1000)]]),
          };
          if (!there.has(infoHash)) await settle(temporary, info, infoHash);
          await writeFileAtomic(torrentOf(infoHash), writeMetainfoFile(file));
          there.add(infoHash);
          seeded.set(infoHash, file);
          return { infoHash, file };
        },
        async [Symbol.asyncDispose]() {
          underWay--;
          await rm(temporary, { recursive: true, force: true });
        },
      };
    },
    async end(infoHash, { data }) {
      seeded.delete(infoHash);
      await rm(torrentOf(infoHash), { force: true });
      if (!data) return;
      there.delete(infoHash);
      await rm(folderOf(infoHash), { recursive: true, force: true });
      await rm(recordOf(infoHash), { force: true });
    },
  };
}

function withoutTop({ path, length }: Received): Received {
  return { path: path.length > 1 ? path.slice(1) : path, length };
}

/** What climbs is refused; what no disk would take is cleaned. */
function cleanPath(path: readonly string[]): string[] {
  if (path.includes('..')) throw new LsdError('invalid', 'A file of the upload has a path that leads out of it.');
  const clean = path.filter(part => part !== '' && part !== '.').map(cleanName);
  // By that name its bytes would be thought to be zeros.
  if (isPaddingName(clean.at(-1) ?? '')) clean.push(`_${clean.pop()}`);
  if (clean.length === 0) throw new LsdError('invalid', 'A file of the upload has no name.');
  return clean;
}

/** Bytes of it. */
async function receive(path: string, bytes: AsyncIterable<Uint8Array>, most: number): Promise<number> {
  await using handle = await open(path, 'wx', 0o600);
  let length = 0;
  try {
    for await (const chunk of bytes) {
      length += chunk.length;
      if (length > most) throw new LsdError('quota', 'The upload is larger than it may be (--confluence-upload).');
      for (let done = 0; done < chunk.length; ) done += (await handle.write(chunk, done)).bytesWritten;
    }
    // Who is told that it is stored may delete what they sent.
    await handle.datasync();
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOSPC')) throw thrown;
    throw new LsdError('no-space', 'There is no room left for the upload.', { cause: thrown });
  }
  return length;
}

/** The info dictionary of files that lie in `folder` by their numbers. */
async function describe(folder: string, name: string, files: readonly Received[]): Promise<Uint8Array> {
  const length = files.reduce((sum, file) => sum + file.length, 0);
  if (files.length === 0) throw new LsdError('invalid', 'The upload holds no files: send them as "files".');
  if (length === 0) throw new LsdError('invalid', 'The files of the upload are empty: there is nothing to share.');
  const pieceLength = pieceLengthOf(length);
  const pieces: Uint8Array[] = [];
  let hash = createHash('sha1');
  let filled = 0;
  for (const at of files.keys()) {
    await using handle = await open(join(folder, String(at)));
    // The stream never gives more than a piece's rest, so that each ends where a piece does.
    for (;;) {
      const bytes = Buffer.allocUnsafe(Math.min(HASHED_BYTES, pieceLength - filled));
      const { bytesRead } = await handle.read(bytes, 0, bytes.length);
      if (bytesRead === 0) break;
      hash.update(bytes.subarray(0, bytesRead));
      filled += bytesRead;
      if (filled < pieceLength) continue;
      pieces.push(hash.digest());
      hash = createHash('sha1');
      filled = 0;
    }
  }
  if (filled > 0) pieces.push(hash.digest());
  const list = files.map(
    (file): BValue => dict({ length: file.length, path: file.path.map(part => Buffer.from(part)) }),
  );
  return encode(
    dict({ files: list, name: Buffer.from(name), 'piece length': pieceLength, pieces: Buffer.concat(pieces) }),
  );
}
