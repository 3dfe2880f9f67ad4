/** A film to share: made with ffmpeg once and kept, or the small one that is shipped where there is no ffmpeg. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Id, parseId } from '../../shared/id.ts';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/lets-share-data/', import.meta.url));
const FFMPEG = '/usr/bin/ffmpeg';
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
  if (!existsSync(path)) await (existsSync(FFMPEG) ? encode(path, seconds, kilobits) : copyFile(SHIPPED, path));
  return { path, id: await idOf(path), seconds };
}

/** How films and sounds come: by the names that tests use, the file's extension and what ffmpeg is told. */
const KINDS = {
  'MP4, its index first': ['mp4', '-c:v libx264 -g 24 -pix_fmt yuv420p -c:a aac -movflags +faststart'],
  'MP4, its index last': ['mp4', '-c:v libx264 -g 24 -pix_fmt yuv420p -c:a aac'],
  'fragmented MP4': [
    'mp4',
    '-c:v libx264 -g 24 -pix_fmt yuv420p -c:a aac -movflags frag_keyframe+empty_moov+default_base_moof',
  ],
  WebM: ['webm', '-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 24 -c:a libopus'],
  MKV: ['mkv', '-c:v libx264 -g 24 -pix_fmt yuv420p -c:a aac'],
  MP3: ['mp3', '-vn -c:a libmp3lame'],
  FLAC: ['flac', '-vn -c:a flac'],
  /** which no MediaSource takes */
  WAV: ['wav', '-vn -c:a pcm_s16le'],
} as const satisfies Record<string, [extension: string, options: string]>;
export type MediaKind = keyof typeof KINDS;
/** Those that play in a page by any way. */
export const MEDIA_KINDS = (Object.keys(KINDS) as MediaKind[]).filter(kind => kind !== 'WAV');

/** A short film, or sound, of each kind that browsers play: 10 s, a key picture every second. */
export async function makeMedia(kind: MediaKind, path: string): Promise<Film> {
  const [extension, options] = KINDS[kind];
  const file = `${path}.${extension}`;
  const inputs = ['testsrc2=size=320x180:rate=24:duration=10', 'sine=frequency=330:duration=10'];
  const given = inputs.flatMap(input => ['-f', 'lavfi', '-i', input]);
  await promisify(execFile)(FFMPEG, ['-loglevel', 'error', '-y', ...given, ...options.split(' '), file]);
  return { path: file, id: await idOf(file), seconds: 10 };
}

async function encode(path: string, seconds: number, kilobits: number): Promise<void> {
  // Tests run side by side, and several may make the same film: the first to finish names it, and it never changes.
  const unfinished = `${path}.${process.pid}.new.mp4`;
  const inputs = [`testsrc2=size=640x360:rate=24:duration=${seconds}`, `sine=frequency=330:duration=${seconds}`];
  const video = `-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 24 -x264-params nal-hrd=cbr`;
  const constantRate = ['-b:v', '-minrate', '-maxrate', '-bufsize'].map(option => `${option} ${kilobits}k`).join(' ');
  await promisify(execFile)(FFMPEG, [
    ...'-loglevel error -y'.split(' '),
    ...inputs.flatMap(input => ['-f', 'lavfi', '-i', input]),
    ...`${video} ${constantRate} -c:a aac -movflags +faststart`.split(' '),
    unfinished,
  ]);
  await link(unfinished, path).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  await rm(unfinished);
}

export async function idOf(path: string): Promise<Id> {
  const hash = createHash('sha1');
  await pipeline(createReadStream(path), hash);
  const id = parseId(hash.digest('hex'));
  if (!id) throw new Error('a SHA-1 has 40 hex digits');
  return id;
}
