/** A film to share: made with ffmpeg once and kept, or the small one that is shipped where there is no ffmpeg. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Id, parseId } from '../../shared/id.ts';
import { kept } from '../support/kept.ts';

const FFMPEG = '/usr/bin/ffmpeg';
const run = promisify(execFile);
const SHIPPED = fileURLToPath(new URL('../../site/sample.mp4', import.meta.url));

export interface Film {
  path: string;
  id: Id;
  /** seconds; undefined where the film was not made here */
  seconds: number;
}

/** An H.264 film of constant rate, its index first: about `kilobits` × `seconds` / 8 KB. */
export async function makeFilm(seconds: number, kilobits: number): Promise<Film> {
  const folder = await kept(`film-${seconds}s-${kilobits}k`, async unfinished => {
    const path = join(unfinished, 'film.mp4');
    await (existsSync(FFMPEG) ? encode(path, seconds, kilobits) : copyFile(SHIPPED, path));
  });
  const path = join(folder, 'film.mp4');
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
  return make({ begin: 0, end: 10 }, { begin: 0, end: 10 }, options, `${path}.${extension}`);
}

/** Seconds of a film in which it has sound, or a picture. */
interface Span {
  begin: number;
  end: number;
}

const WHOLE: Span = { begin: 0, end: 40 };
const H264 = '-c:v libx264 -preset ultrafast -pix_fmt yuv420p';
/** Films of 40 s whose sound or picture is not all there, or lies elsewhere: where it is, the file's extension, its codecs. */
const LOPSIDED = {
  'sound that ends early (AAC)': [WHOLE, { begin: 0, end: 5 }, 'mp4', `${H264} -g 24 -c:a aac`],
  'sound that ends early (MP3)': [WHOLE, { begin: 0, end: 5 }, 'mkv', `${H264} -g 24 -c:a libmp3lame`],
  'sound that ends early (Opus)': [
    WHOLE,
    { begin: 0, end: 5 },
    'webm',
    '-c:v libvpx -deadline realtime -cpu-used 8 -g 24 -c:a libopus',
  ],
  'sound that begins late': [WHOLE, { begin: 4, end: 40 }, 'mkv', `${H264} -g 24 -c:a aac`],
  'a picture that ends early': [{ begin: 0, end: 5 }, WHOLE, 'mp4', `${H264} -g 24 -c:a aac`],
  'a picture that begins late': [{ begin: 4, end: 40 }, WHOLE, 'mkv', `${H264} -g 24 -c:a aac`],
  'one key picture': [WHOLE, WHOLE, 'mp4', `${H264} -g 99999 -sc_threshold 0 -c:a aac`],
  'sound that lies far behind its picture': [
    WHOLE,
    { begin: 20, end: 40 },
    'mp4',
    `-vf scale=640:360,noise=alls=20:allf=t ${H264} -b:v 3M -g 24 -c:a aac`,
    hearAtOnce,
  ],
} as const satisfies Record<
  string,
  [picture: Span, sound: Span, extension: string, codecs: string, change?: (path: string) => Promise<void>]
>;
export type LopsidedKind = keyof typeof LOPSIDED;
export const LOPSIDED_KINDS = Object.keys(LOPSIDED) as LopsidedKind[];

export function makeLopsided(kind: LopsidedKind, path: string): Promise<Film> {
  const [picture, sound, extension, codecs, change] = LOPSIDED[kind];
  return make(picture, sound, codecs, `${path}.${extension}`, change);
}

/** Takes the time away that the sound of an MP4 waits for (ISO/IEC 14496-12, 8.6.6): it stays where it lies in the file. */
async function hearAtOnce(path: string): Promise<void> {
  const bytes = await readFile(path);
  const emptyEdit = Buffer.from('elst\0\0\0\0\0\0\0\x02', 'latin1');
  const at = bytes.lastIndexOf(emptyEdit) + emptyEdit.length;
  if (at < emptyEdit.length || bytes.readInt32BE(at + 4) !== -1) throw new Error(`nothing in ${path} waits`);
  bytes.writeUInt32BE(0, at);
  await writeFile(path, bytes);
}

async function make(
  picture: Span,
  sound: Span,
  options: string,
  path: string,
  change: (path: string) => Promise<void> = async () => {},
): Promise<Film> {
  const input = ({ begin, end }: Span, source: string) =>
    `-itsoffset ${begin} -f lavfi -i ${source}:duration=${end - begin}`.split(' ');
  const inputs = [...input(picture, 'testsrc2=size=160x90:rate=24'), ...input(sound, 'sine=frequency=330')];
  const words = ['-loglevel', 'error', ...inputs, ...options.split(' ')];
  const file = `media${extname(path)}`;
  const named = createHash('sha1')
    .update([...words, file, change.name].join(' '))
    .digest('hex');
  const folder = await kept(`media-${named}`, async unfinished => {
    await run(FFMPEG, [...words, join(unfinished, file)]);
    await change(join(unfinished, file));
  });
  await copyFile(join(folder, file), path);
  return { path, id: await idOf(path), seconds: Math.max(picture.end, sound.end) };
}

async function encode(path: string, seconds: number, kilobits: number): Promise<void> {
  const inputs = [`testsrc2=size=640x360:rate=24:duration=${seconds}`, `sine=frequency=330:duration=${seconds}`];
  const video = `-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 24 -x264-params nal-hrd=cbr`;
  const constantRate = ['-b:v', '-minrate', '-maxrate', '-bufsize'].map(option => `${option} ${kilobits}k`).join(' ');
  await run(FFMPEG, [
    ...'-loglevel error'.split(' '),
    ...inputs.flatMap(input => ['-f', 'lavfi', '-i', input]),
    ...`${video} ${constantRate} -c:a aac -movflags +faststart`.split(' '),
    path,
  ]);
}

export async function idOf(path: string): Promise<Id> {
  const hash = createHash('sha1');
  await pipeline(createReadStream(path), hash);
  const id = parseId(hash.digest('hex'));
  if (!id) throw new Error('a SHA-1 has 40 hex digits');
  return id;
}
