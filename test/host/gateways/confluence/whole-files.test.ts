/** `--confluence-dir`: whole files instead of pieces, in a folder of the person's, kept and found again. */

import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { type Stand, stand } from './stand.ts';

const PIECE = 16 * 1024;
const torrent = manyFiles([
  { path: 'a.mp4', size: 3 * PIECE + 10 },
  { path: 'empty', size: 0 },
  { path: 'sub/CON.mp4', size: 2 * PIECE },
  { path: 'c.mp4', size: 5 },
]);
const file = (at: number) => torrent.files[at]!.bytes;

describe.skipIf(!hasLibtorrent)('whole files', () => {
  let folder: string;
  let at: Stand;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lsd-dir-'));
    at = await stand({ holding: { files: folder } });
  });
  afterEach(async () => {
    await at[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });
  const place = (path: string) => join(folder, torrent.infoHash, path);

  it('lie under their cleaned names, and need no peer after a restart', async () => {
    const seeder = await at.seed(torrent);
    expect((await at.get(`/data?${at.magnet(torrent)}`)).body.equals(torrent.bytes)).toBe(true);
    expect((await readFile(place('a.mp4'))).equals(file(0))).toBe(true);
    expect((await readFile(place('sub/_CON.mp4'))).equals(file(2))).toBe(true);
    expect((await readFile(place('empty'))).length).toBe(0);
    await seeder.close();
    await at.restart();
    expect((await at.get(`/data?ih=${torrent.infoHash}`)).body.equals(torrent.bytes)).toBe(true);
  });

  it('that changed are fetched again, and no wrong byte is given', async () => {
    await at.seed(torrent);
    await at.get(`/data?${at.magnet(torrent)}`);
    await writeFile(place('a.mp4'), Buffer.alloc(3 * PIECE + 10));
    await at.restart();
    expect((await at.get(`/data?${at.magnet(torrent)}`)).body.equals(torrent.bytes)).toBe(true);
    expect((await readFile(place('a.mp4'))).equals(file(0))).toBe(true);
  });

  it('are deleted when it is asked for, and kept where it is not', async () => {
    await at.seed(torrent);
    const drop = async (data: string) => {
      await at.get(`/data?${at.magnet(torrent)}&path=c.mp4`);
      expect((await at.get(`/torrents?ih=${torrent.infoHash}${data}`, { method: 'DELETE' })).status).toBe(204);
    };
    await drop('');
    expect((await readFile(place('c.mp4'))).equals(file(3))).toBe(true);
    await drop('&data=1');
    await expect(readFile(place('c.mp4'))).rejects.toThrow('ENOENT');
  });

  it('do not leave their folder by a link that lies in it', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'lsd-outside-'));
    try {
      await mkdir(join(folder, torrent.infoHash));
      await symlink(outside, place('sub'));
      await at.seed(torrent);
      const answer = await at.get(`/data?${at.magnet(torrent)}&path=sub/CON.mp4&timeout=2`);
      expect(answer.status).toBe(504);
      expect(await readdir(outside)).toEqual([]);
    } finally {
      await rm(outside, { recursive: true, force: true });
    }
  });
});
