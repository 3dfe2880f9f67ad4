/** Torrents of sessions, fetched from a libtorrent seeder that a tracker names, and given to another peer. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent, startLibtorrent } from '../../../support/peers.ts';
import { until } from '../../../support/swarm.ts';
import { ask } from '../../http/client.ts';
import { type Answered, type Stand, stand } from './stand.ts';

const PIECE = 16 * 1024;
const several = manyFiles(
  [
    { path: 'film.mp4', size: 5 * PIECE + 100 },
    { path: 'empty.txt', size: 0 },
    { path: 'extras/notes.txt', size: 10 },
    { path: 'extras/stills/one.jpg', size: 3 * PIECE },
    { path: 'extras/other.txt', size: 2 * PIECE },
  ],
  { name: 'Several' },
);
const single = manyFiles([{ path: 'song.mp3', size: 4 * PIECE - 1 }], { name: 'song.mp3', single: true });
const large = manyFiles([{ path: 'large.bin', size: 64 * PIECE }], { name: 'Large' });
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const T = {
  info_hash: expect.any(String),
  state: expect.any(String),
  progress: expect.any(Number),
  download_rate: expect.any(Number),
  upload_rate: expect.any(Number),
  num_peers: expect.any(Number),
  paused: expect.any(Boolean),
};

describe.skipIf(!hasLibtorrent)('torrents', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand();
    await Promise.all([several, single, large].map(each => at.seed(each)));
  });
  afterAll(() => at[Symbol.asyncDispose]());

  const isWhole = (body: Answered['body']) => body.progress === 1 && body.state === 'seeding';
  const saved = (folder: string, path: string) => readFile(join(at.root, folder, path));

  it('are saved by a magnet link, told of in full, and removed with their files alone', async () => {
    const torrents = await at.session();
    const form = { magnet: at.magnet(several), save_path: 'magnet' };
    const added = await at.ask(torrents, { form });
    expect(added.body).toEqual({ status: 'success', ...T, info_hash: several.infoHash });
    const url = `${torrents}/${several.infoHash.toUpperCase()}`;
    const whole = await at.wait(url, isWhole);
    expect(whole).toMatchObject({
      ...T,
      name: 'Several',
      size: several.bytes.length,
      pieces: 11,
      save_path: 'magnet',
      paused: false,
      trackers: [expect.objectContaining({ url: at.tracker.http })],
    });
    expect(whole.files[0]).toEqual({
      index: 0,
      path: 'film.mp4',
      size: 5 * PIECE + 100,
      progress: 1,
      wanted: true,
      priority: 'normal',
      url: `${url.replace(several.infoHash.toUpperCase(), several.infoHash)}/files/0/data`,
    });
    for (const [path, index] of [
      ['film.mp4', 0],
      ['empty.txt', 1],
      ['extras/stills/one.jpg', 3],
    ] as const) {
      expect((await saved('magnet/Several', path)).equals(several.files[index]!.bytes)).toBe(true);
    }
    const { body } = await ask(at.port, whole.files[0].url, { headers: { range: `bytes=${PIECE - 5}-${PIECE + 4}` } });
    expect(body.equals(several.bytes.subarray(PIECE - 5, PIECE + 5))).toBe(true);
    const fields = await at.ask(`${url}?fields=name,progress,nothing`);
    expect(fields.body).toEqual({ status: 'success', name: 'Several', progress: 1 });

    await writeFile(join(at.root, 'magnet/Several/mine.txt'), 'mine');
    await rm(join(at.root, 'magnet/Several/extras/stills'), { recursive: true });
    const elsewhere = await mkdtemp(join(tmpdir(), 'lsd-elsewhere-'));
    await writeFile(join(elsewhere, 'one.jpg'), 'not the torrent’s');
    await symlink(elsewhere, join(at.root, 'magnet/Several/extras/stills'));
    expect((await at.ask(`${url}?data=1`, { method: 'DELETE' })).body).toEqual({ status: 'success' });
    expect(await readdir(join(at.root, 'magnet/Several'))).toEqual(['extras', 'mine.txt']);
    expect(await readdir(join(at.root, 'magnet/Several/extras'))).toEqual(['stills']);
    expect(await readdir(elsewhere)).toEqual(['one.jpg']);
    await rm(elsewhere, { recursive: true });
    expect((await at.ask(url)).body.error.code).toBe('torrent.notfound');
  });

  it('fetch the wanted files, then others', async () => {
    const torrents = await at.session();
    const form = new FormData();
    form.set('file', new Blob([Buffer.from(several.metainfo)]), 'a.torrent');
    form.set('save_path', 'wanted');
    form.set('files', '3');
    const session = torrents.replace('/torrents', '');
    // A bare .torrent file names no tracker: the seeder is met by the tracker of the link.
    await at.ask(torrents, { form });
    const url = `${torrents}/${several.infoHash}`;
    expect((await at.ask(url)).body.trackers).toEqual([]);
    await at.ask(url, { method: 'DELETE' });
    await at.ask(torrents, { form: { magnet: at.magnet(several), save_path: 'wanted', files: '3' } });
    const finished = await at.wait(url, body => body.state === 'finished');
    expect(finished).toMatchObject({ progress: 1, paused: false });
    expect(finished.files.map((each: { wanted: boolean }) => each.wanted)).toEqual([false, false, false, true, false]);
    expect(finished.files[0].progress).toBeLessThan(1);
    const wrong = await at.ask(url, { method: 'PUT', json: { files: [5] } });
    expect(wrong.body.error.code).toBe('param.invalid');
    for (const priorities of ['5:high', '0:urgent', '0', { 0: 1 }]) {
      const refused = await at.ask(url, { method: 'PUT', json: { priorities } });
      expect(refused.body.error.code).toBe('param.invalid');
    }
    await at.ask(url, { method: 'PUT', json: { pause: 1 } });
    await at.ask(url, { method: 'PUT', form: { priorities: '0:high, 1:normal, 3:skip' } });
    const { files } = (await at.ask(url)).body;
    const priorityOf = (each: { priority: string }) => each.priority;
    expect(files.map(priorityOf)).toEqual(['high', 'normal', 'skip', 'skip', 'skip']);
    const changed = await at.ask(url, { method: 'PUT', json: { files: [0, 1, 2, 3, 4], sequential: true, pause: 0 } });
    expect(changed.body).toMatchObject({ status: 'success', ...T });
    await at.wait(url, isWhole);
    expect((await saved('wanted/Several', 'film.mp4')).equals(several.files[0]!.bytes)).toBe(true);
    await at.ask(session, { method: 'DELETE' });
    expect(existsSync(join(at.root, 'wanted/Several/film.mp4'))).toBe(true);
  });

  it('give a file that is not wanted to who reads it', async () => {
    const torrents = await at.session();
    await at.ask(torrents, { json: { magnet: at.magnet(large), save_path: 'read', files: [] } });
    await at.wait(`${torrents}/${large.infoHash}`, body => body.state === 'finished');
    const { status, body, headers } = await ask(at.port, `${torrents}/${large.infoHash}/files/0/data`);
    expect([status, headers['content-length']]).toEqual([200, String(large.bytes.length)]);
    expect(body.equals(large.bytes)).toBe(true);
    const none = await ask(at.port, `${torrents}/${large.infoHash}/files/9/data`);
    expect([none.status, JSON.parse(none.body.toString()).error.code]).toEqual([404, 'file.notfound']);
  });

  it('stand still while they are paused, and hash nothing again that is as it was', async () => {
    await using quiet = await stand();
    const { close } = await quiet.seed(large, { uploadLimit: 200_000 });
    const torrents = await quiet.session();
    const url = `${torrents}/${large.infoHash}`;
    const json = { magnet: quiet.magnet(large), save_path: 'paused', autostart: 0 };
    expect((await quiet.ask(torrents, { json })).body).toMatchObject({ state: 'downloading_metadata', paused: true });
    expect((await quiet.ask(`${url}/peers`)).body).toEqual({ status: 'success', peers: [] });
    await quiet.ask(url, { method: 'PUT', json: { pause: 0 } });
    await quiet.wait(url, body => body.progress > 0.1 && body.num_peers === 1);
    const [peer] = (await quiet.ask(`${url}/peers`)).body.peers;
    expect(peer).toMatchObject({ address: '127.0.0.1', port: expect.any(Number), progress: 1 });
    expect((await quiet.ask(url, { method: 'PUT', json: { pause: '1' } })).body.paused).toBe(true);
    const still = await quiet.wait(url, body => body.num_peers === 0);
    await close();
    await quiet.ask(url, { method: 'PUT', json: { pause: false } });
    await quiet.wait(url, body => body.state === 'downloading' && body.progress >= still.progress);
    await quiet.seed(large);
    await quiet.wait(url, isWhole);
    expect((await readFile(join(quiet.root, 'paused/Large/large.bin'))).equals(large.bytes)).toBe(true);
    expect(quiet.log.faults).toEqual([]);
  });

  it('stand still, too, while everything is paused', async () => {
    await using still = await stand();
    await still.seed(large, { uploadLimit: 200_000 });
    const torrents = await still.session();
    const url = `${torrents}/${large.infoHash}`;
    const pause = (all: 'paused-by-user' | null) =>
      still.home.torrents.setPaused({ all, sites: new Set(), items: new Set(), spent: new Set() });
    pause('paused-by-user');
    await still.ask(torrents, { json: { magnet: still.magnet(large), save_path: '.' } });
    expect((await still.ask(url)).body).toMatchObject({ state: 'downloading_metadata', paused: false });
    pause(null);
    await still.wait(url, body => body.progress > 0.05 && body.num_peers === 1);
    pause('paused-by-user');
    await still.wait(url, body => body.num_peers === 0 && body.paused === false);
    pause(null);
    await still.wait(url, body => body.num_peers === 1);
    expect(still.log.faults).toEqual([]);
  });

  it('verify what is there, reserve the room, and serve it to peers of their session', async () => {
    const torrents = await at.session();
    const folder = join(at.root, 'there');
    await mkdir(folder);
    await writeFile(
      join(folder, 'song.mp3'),
      Buffer.concat([single.bytes.subarray(0, 2 * PIECE), Buffer.alloc(PIECE)]),
    );
    const json = { file: base64(single.metainfo), save_path: folder, autostart: 0, storage_mode: 'allocate' };
    await at.ask(torrents, { json });
    const url = `${torrents}/${single.infoHash}`;
    const checked = await at.wait(url, body => body.progress > 0);
    expect(checked).toMatchObject({ paused: true, progress: (2 * PIECE) / single.bytes.length });
    const { size, blocks } = await stat(join(folder, 'song.mp3'));
    expect(size).toBe(single.bytes.length);
    expect(blocks * 512).toBeGreaterThanOrEqual(single.bytes.length);
    // The same again, by another way, changes nothing.
    const again = await at.ask(torrents, { json: { magnet: at.magnet(single), save_path: 'other' } });
    expect(again.body).toMatchObject({ status: 'success', paused: true });
    expect((await at.ask(`${url}?fields=save_path`)).body.save_path).toBe(folder);

    await at.ask(url, { method: 'DELETE' });
    await at.ask(torrents, { json: { magnet: at.magnet(single), save_path: folder } });
    await at.wait(url, isWhole);
    const { port } = (await at.ask(torrents.replace('/torrents', ''))).body;
    const into = await mkdtemp(join(tmpdir(), 'lsd-into-'));
    const peer = await startLibtorrent({
      mode: 'fetch',
      encryption: 'plain',
      infoHash: single.infoHash,
      trackers: [],
      folder: into,
      peers: [`127.0.0.1:${port}`],
    });
    await peer.complete();
    expect((await readFile(join(into, 'song.mp3'))).equals(single.bytes)).toBe(true);
    await peer.close();
    await rm(into, { recursive: true });
  });

  it('do not write to each other’s files, nor follow a link that leads out meanwhile', async () => {
    const [a, b] = [await at.session(), await at.session()];
    const json = { file: base64(several.metainfo), save_path: 'both', autostart: 0 };
    expect((await at.ask(a, { json })).body.status).toBe('success');
    expect((await at.ask(b, { json })).body.error.code).toBe('param.invalid');
    expect((await at.ask(b, { json: { ...json, save_path: 'both/..//both/' } })).body.error.code).toBe('param.invalid');

    const url = `${b}/${large.infoHash}`;
    await at.ask(b, { json: { file: base64(large.metainfo), save_path: 'swapped', autostart: 0 } });
    const outside = await mkdtemp(join(tmpdir(), 'lsd-outside-'));
    await mkdir(join(at.root, 'swapped'), { recursive: true });
    await symlink(outside, join(at.root, 'swapped/Large'));
    await at.ask(url, { method: 'DELETE' });
    await at.ask(b, { json: { magnet: at.magnet(large), save_path: 'swapped' } });
    const stopped = await at.wait(url, body => body.error !== undefined);
    expect(stopped.error.code).toBe('access.denied');
    expect(await readdir(outside)).toEqual([]);
    await rm(outside, { recursive: true });
  });

  it('come back after a restart, but for those that are kept in memory alone', async () => {
    await using home = await stand();
    await home.seed(large);
    const kept = await home.session({ memory_only: 0 });
    await home.session();
    const session = (await home.ask(kept.replace('/torrents', ''))).body;
    await home.ask(kept, { json: { magnet: home.magnet(large), save_path: 'kept' } });
    await home.ask(kept, { json: { magnet: home.magnet(single), save_path: 'gone', memory_only: 1 } });
    await home.wait(`${kept}/${large.infoHash}`, isWhole);
    const file = join(home.root, 'kept/Large/large.bin');
    const { mtimeMs } = await stat(file);
    await home.restart();
    expect((await home.ask('/v1/sessions')).body.sessions).toEqual([{ id: session.id, port: session.port }]);
    const { body } = await home.ask(kept);
    expect(body.torrents.map((each: { info_hash: string }) => each.info_hash)).toEqual([large.infoHash]);
    await home.wait(`${kept}/${large.infoHash}`, isWhole);
    expect((await stat(file)).mtimeMs).toBe(mtimeMs);
  });

  it('tell of what happens to them', async () => {
    await using home = await stand();
    const events: string[] = [];
    home.sessions.on(({ event }) => void events.push(event));
    const torrents = await home.session();
    await home.ask(torrents, { json: { magnet: home.magnet(large), save_path: '.' } });
    await home.seed(large);
    await home.wait(`${torrents}/${large.infoHash}`, isWhole);
    home.home.blocklist.add(large.infoHash);
    home.home.events.emit('blocklist.changed', { hash: large.infoHash });
    await until('what is blocked to be gone', () => events.at(-1) === 'torrent_removed');
    expect((await home.ask(torrents)).body.torrents).toEqual([]);
    const { body } = await home.ask(torrents, { json: { magnet: home.magnet(large), save_path: '.' } });
    expect(body.error.code).toBe('access.denied');
    expect(events[0]).toBe('torrent_added');
    expect(events).toContain('torrent_state');
  });
});
