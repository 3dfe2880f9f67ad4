/** What MediaSource is given of a film: picture and sound together, from end to end, whatever the file has of them. */

import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type Film, openFilm } from '../../../extension/stream/remux.ts';
import { LOPSIDED_KINDS, type LopsidedKind, makeLopsided } from '../../world/film.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lsd-remux-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
// As Firefox has it of what is used here.
beforeEach(() => {
  vi.stubGlobal('MediaSource', {
    isTypeSupported: (type: string) => (/vp8|vorbis/.test(type) ? type.includes('webm') : type.includes('mp4')),
  });
});
afterEach(() => vi.unstubAllGlobals());

/** A read that waits for ever ends when it is stopped. */
async function open(path: string) {
  const file = await readFile(path);
  let stuckFrom = file.length;
  const stuck = new Set<(reason: Error) => void>();
  const bytes = {
    size: file.length,
    read: async (start: number, end: number) => {
      if (end > stuckFrom) await new Promise<never>((_resolve, reject) => stuck.add(reject));
      return new Uint8Array(file.subarray(start, end));
    },
    stop() {
      for (const reject of stuck) reject(new Error('stopped'));
      stuck.clear();
    },
  };
  const film = await openFilm(bytes);
  if (typeof film === 'string') throw new Error(film);
  const stickAt = (share: number) => {
    stuckFrom = file.length * share;
  };
  return { film, stickAt, isStuck: () => stuck.size > 0 };
}

const never = new AbortController().signal;

/** Of picture and sound: when the first packet begins, the last, and the longest time from one to the next, in seconds. */
async function spansFrom(film: Film, time: number) {
  const parts: Uint8Array[] = [];
  await film.from(time, async part => void parts.push(part), never);
  const path = join(folder, 'made');
  await writeFile(path, Buffer.concat(parts));
  const shown = '-loglevel error -show_entries packet=codec_type,pts_time -of csv=p=0'.split(' ');
  const { stdout } = await promisify(execFile)('ffprobe', [...shown, path], { maxBuffer: 2 ** 26 });
  const packets = stdout.split('\n').map(line => line.split(','));
  return ['video', 'audio'].map(type => {
    const starts = packets.filter(([kind]) => kind === type).map(([, start]) => Number(start));
    starts.sort((a, b) => a - b);
    const steps = starts.slice(1).map((start, index) => start - starts[index]!);
    return { first: starts[0], last: starts.at(-1), step: Math.max(...steps), parts: parts.length };
  });
}

it.each(LOPSIDED_KINDS)('gives both to the end, part by part, of a film with %s', async kind => {
  const { path } = await makeLopsided(kind as LopsidedKind, join(folder, 'film'));
  const { film } = await open(path);
  for (const { first, last, step, parts } of await spansFrom(film, 0)) {
    expect(first).toBeLessThan(0.2);
    expect(last).toBeGreaterThan(37.5);
    expect(step).toBeLessThan(1.2);
    // A part begins with a key picture, of which there is one a second: what is made waits for no end.
    if (kind !== 'one key picture') expect(parts).toBeGreaterThan(30);
  }
  for (const { first, last } of await spansFrom(film, 20)) {
    expect(first).toBeLessThanOrEqual(20.2);
    expect(last).toBeGreaterThan(37.5);
  }
  film.close();
});

it('leaves what waits for its bytes as soon as something else is wanted', async () => {
  const { path } = await makeLopsided('sound that ends early (AAC)', join(folder, 'stuck'));
  const { film, stickAt, isStuck } = await open(path);
  stickAt(0.5);
  const left = new AbortController();
  const first = film.from(0, async () => {}, left.signal);
  await vi.waitUntil(isStuck);
  left.abort(new Error('sought elsewhere'));
  await expect(first).rejects.toThrow('sought elsewhere');
  const parts: Uint8Array[] = [];
  const enough = new AbortController();
  const second = film.from(
    2,
    async part => void (parts.push(part) > 4 && enough.abort(new Error('enough'))),
    enough.signal,
  );
  await expect(second).rejects.toThrow('enough');
  film.close();
});
