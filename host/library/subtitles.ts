/** The subtitles that lie beside a held film in the person's folder. */

import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import type { Catalogue } from '../core/stored.ts';
import { type Subtitles, subtitlesOf, toVtt } from '../core/subtitles.ts';
import { openForReading } from '../platform/files.ts';
import { liesIn } from './folders.ts';
import { errnoOf } from './gone.ts';

/** Of one film. Two hours of talk take 150 KB. */
const MAX_FILES = 16;
const MAX_BYTES = 1024 * 1024;

type Shared = Pick<Catalogue, 'pathsOf' | 'folders' | 'foldersOfSite'>;

/**
 * Those of the first path that has any, in order of name; `reader` (null: the person) learns nothing of folders that are not
 * shared with it, though the film lies there too. Downloads have none: they lie under their ids. Links are not followed, and
 * what is too large for subtitles, or went away meanwhile, is none.
 */
export async function readSubtitles(catalogue: Shared, id: Id, reader: string | null): Promise<Subtitles[]> {
  const seen = foldersFor(catalogue, reader);
  for (const { path, download } of catalogue.pathsOf(id)) {
    if (download || !seen.some(folder => liesIn(path, folder))) continue;
    const found = await besides(path);
    if (found.length > 0) return found;
  }
  return [];
}

function foldersFor(catalogue: Shared, reader: string | null): string[] {
  const shared = reader === null ? undefined : new Set(catalogue.foldersOfSite(reader));
  return catalogue.folders().flatMap(({ id, path }) => (!shared || shared.has(id) ? [path] : []));
}

async function besides(film: string): Promise<Subtitles[]> {
  const folder = dirname(film);
  const found: Subtitles[] = [];
  for (const name of (await orNothing(readdir(folder)))?.sort() ?? []) {
    const named = subtitlesOf(basename(film), name);
    const bytes = named && (await orNothing(readSmall(join(folder, name))));
    if (named && bytes) found.push({ ...named, text: toVtt(bytes) });
    if (found.length === MAX_FILES) break;
  }
  return found;
}

async function readSmall(path: string): Promise<Uint8Array | undefined> {
  await using handle = await openForReading(path);
  const { size } = await handle.stat();
  if (size > MAX_BYTES) return undefined;
  const bytes = new Uint8Array(size);
  const { bytesRead } = await handle.read(bytes, 0, size, 0);
  return bytes.subarray(0, bytesRead);
}

/** What is gone, a link, or not ours to read. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (thrown) {
    if (thrown instanceof LsdError || errnoOf(thrown) !== '') return undefined;
    throw thrown;
  }
}
