/** A film to share: made with ffmpeg once and kept, or the small one that is shipped where there is no ffmpeg. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Id, parseId } from '../../shared/id.ts';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/lets-share-data/', import.meta.url));
const SHIPPED = fileURLToPath(new URL('../../site/sample.mp4', import.meta.url));

export interface Film {
  path: string;
  id: Id;
  /** seconds; undefined where the film was not made here */
  seconds: number;
}

/** An H.264 film of constant rate, its index first: about `kilobits` × `seconds` / 8 KB. */
export async function makeFilm(seconds: number, kilobits: number): Promise<Film> {
  await mkdir(CACHE, { recursive: true });
  const path = join(CACHE, `film-${seconds}s-${kilobits}k.mp4`);
  if (!existsSync(path)) await encode(path, seconds, kilobits).catch(() => copyFile(SHIPPED, path));
  return { path, id: await idOf(path), seconds };
}

async function encode(path: string, seconds: number, kilobits: number): Promise<void> {
  const unfinished = `${path}.new.mp4`;
  const rate = `${kilobits}k`;
  const video = [
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-g',
    '24',
    '-b:v',
    rate,
    '-minrate',
    rate,
  ];
  const constant = ['-maxrate', rate, '-bufsize', rate, '-x264-params', 'nal-hrd=cbr'];
  const inputs = [`testsrc2=size=640x360:rate=24:duration=${seconds}`, `sine=frequency=330:duration=${seconds}`];
  await promisify(execFile)('ffmpeg', [
    '-loglevel',
    'error',
    '-y',
    ...inputs.flatMap(input => ['-f', 'lavfi', '-i', input]),
    ...video,
    ...constant,
    '-c:a',
    'aac',
    '-movflags',
    '+faststart',
    unfinished,
  ]);
  await rename(unfinished, path);
}

export async function idOf(path: string): Promise<Id> {
  const hash = createHash('sha1');
  await pipeline(createReadStream(path), hash);
  const id = parseId(hash.digest('hex'));
  if (!id) throw new Error('a SHA-1 has 40 hex digits');
  return id;
}
