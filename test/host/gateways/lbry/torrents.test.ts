/** `get` of what is a torrent: by hash, magnet link and claim; played while it comes, given to others, there after a restart. */

import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLbryHome } from '../../../support/lbry-home.ts';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { type Stand, stand } from './stand.ts';

const PIECE = 16 * 1024;
const film = manyFiles([{ path: 'film.mp4', size: 9 * PIECE + 7 }], { name: 'film.mp4', single: true });
/** another film of that name */
const same = manyFiles([{ path: 'film.mp4', size: 5 * PIECE }], { name: 'film.mp4', single: true });
const several = manyFiles(
  [
    { path: 'Readme.txt', size: 6 * PIECE },
    { path: 'clips/short.mp4', size: PIECE },
    { path: 'clips/long.webm', size: 3 * PIECE + 1 },
    { path: 'archive.zip', size: 20 * PIECE },
  ],
  { name: 'Several' },
);

/** What another home has of this stream, which asks this peer for its blobs and knows nothing of torrents. */
async function fetchedFrom(peerPort: number, sdHash: string): Promise<Buffer> {
  await using home = await createLbryHome();
  await using open = await home.open({ lbryDht: false, lbryFixedPeer: [`127.0.0.1:${peerPort}`] });
  const stream = await open.network.fetchStream(sdHash, {}, AbortSignal.timeout(60_000));
  await vi.waitFor(() => expect(stream.status().complete).toBe(true), { timeout: 60_000, interval: 20 });
  return readFile(stream.status().path ?? '');
}

describe.skipIf(!hasLibtorrent)('a torrent', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand();
    await Promise.all([film, same, several].map(each => at.seed(each)));
  });
  afterAll(() => at[Symbol.asyncDispose]());

  it('is got by its info hash, played by range, listed, stopped, started, and there after a restart', async () => {
    const got = await at.call('get', { uri: film.infoHash });
    expect(got).toMatchObject({
      rowid: 1,
      streaming_url: `http://localhost:${at.ports.media}/stream/${film.infoHash}`,
      file_name: 'film.mp4',
      suggested_file_name: 'film.mp4',
      download_directory: join(at.dir, 'files'),
      download_path: join(at.dir, 'files/film.mp4'),
      mime_type: 'video/mp4',
      bt_infohash: film.infoHash,
      sd_hash: null,
      total_bytes: film.bytes.length,
      files: [{ name: 'film.mp4', size: film.bytes.length, streaming_url: expect.stringContaining('/stream/') }],
    });
    const part = await fetch(got.streaming_url, { headers: { range: `bytes=${PIECE - 3}-${PIECE + 2}` } });
    expect(part.status).toBe(206);
    expect(part.headers.get('content-range')).toBe(`bytes ${PIECE - 3}-${PIECE + 2}/${film.bytes.length}`);
    expect(Buffer.from(await part.arrayBuffer()).equals(film.bytes.subarray(PIECE - 3, PIECE + 3))).toBe(true);
    const whole = await fetch(got.streaming_url);
    expect(whole.headers.get('content-type')).toBe('video/mp4');
    expect(Buffer.from(await whole.arrayBuffer()).equals(film.bytes)).toBe(true);
    const isDone = (list: { items: { status: string }[] }) => list.items[0]?.status === 'finished';
    await at.wait('file_list', { bt_infohash: film.infoHash }, isDone);
    expect((await readFile(join(at.dir, 'files/film.mp4'))).equals(film.bytes)).toBe(true);

    expect(await at.call('file_set_status', { status: 'stop', rowid: 1 })).toBe('Stopped download');
    expect((await at.call('file_list')).items[0].status).toBe('stopped');
    expect((await at.call('get_lbry_files'))[0]).toMatchObject({ stopped: true, upload_allowed: false });
    await at.restart();
    expect((await at.call('file_list', {})).items).toHaveLength(1);
    expect((await at.call('file_get', { rowid: 1 })).stopped).toBe(true);
    expect(await at.call('start_lbry_file', { file_name: 'film.mp4' })).toBe('Stream has been started');
    await at.wait('file_list', {}, isDone);
    const again = await at.call('get', { btih: film.infoHash.toUpperCase() });
    expect(again).toMatchObject({ rowid: 1, download_path: join(at.dir, 'files/film.mp4') });
    // What was stopped may be looked at anew first.
    const length = film.bytes.length;
    await at.wait('file_get', { rowid: 1 }, file => file.completed && file.written_bytes === length);
  });

  it('is got by the name of a claim that was imported; its largest playable file is the stream, or the one that is named', async () => {
    const claim = { ver: '0.0.3', title: 'Several', sources: { btih: several.infoHash } };
    await at.call('claim_import', { name: 'Several-Films', claim: JSON.stringify(claim) });
    const got = await at.call('get', ['lbry://several-films']);
    expect(got).toMatchObject({
      claim_name: 'Several-Films',
      metadata: { title: 'Several' },
      file_name: 'long.webm',
      download_path: join(at.dir, 'files/Several/clips/long.webm'),
      total_bytes: several.bytes.length,
    });
    expect(got.files.map(({ name }: { name: string }) => name)).toEqual([
      'Readme.txt',
      'clips/short.mp4',
      'clips/long.webm',
      'archive.zip',
    ]);
    const [, , long] = several.files;
    const played = await fetch(got.streaming_url);
    expect(Buffer.from(await played.arrayBuffer()).equals(long!.bytes)).toBe(true);
    const readme = await fetch(got.files[0].streaming_url);
    expect(Buffer.from(await readme.arrayBuffer()).equals(several.files[0]!.bytes)).toBe(true);
    const redirected = await fetch(`http://127.0.0.1:${at.ports.media}/get/several-films`, { redirect: 'manual' });
    expect([redirected.status, redirected.headers.get('location')]).toEqual([302, got.streaming_url]);

    expect(await at.call('file_delete', { claim_name: 'Several-Films', delete_from_download_dir: true })).toBe(true);
    expect(existsSync(join(at.dir, 'files/Several'))).toBe(false);
    expect((await fetch(got.streaming_url)).status).toBe(404);
    expect(await at.call('file_delete', { bt_infohash: several.infoHash })).toBe(false);
  });

  it('is saved where its caller says, below a root alone', async () => {
    const wish = { uri: at.magnet(several), timeout: 20 };
    for (const download_directory of ['/etc', '../up', join(at.dir, 'elsewhere'), 'a\0b']) {
      await expect(at.call('get', { ...wish, download_directory })).rejects.toMatchObject({ code: -32_500 });
    }
    const got = await at.call('get', { ...wish, download_directory: join(at.dir, 'other/deep') });
    expect(got.download_path).toBe(join(at.dir, 'other/deep/Several/clips/long.webm'));
    await at.wait('file_get', { bt_infohash: several.infoHash }, file => file.completed);
    expect((await readFile(got.download_path)).equals(several.files[2]!.bytes)).toBe(true);
  });

  it('writes over no file of another, and takes up its own', async () => {
    await at.call('file_delete', { bt_infohash: film.infoHash });
    const place = join(at.dir, 'files/film.mp4');
    const kept = await at.call('get', { uri: film.infoHash });
    expect(kept.download_path).toBe(place);
    await at.call('file_delete', { bt_infohash: film.infoHash });
    await writeFile(place, 'another film');
    const got = await at.call('get', { uri: film.infoHash });
    expect(got.download_path).toBe(join(at.dir, 'files', film.infoHash, 'film.mp4'));
    await at.wait('file_get', { bt_infohash: film.infoHash }, file => file.completed);
    expect(await readFile(place, 'utf8')).toBe('another film');
    expect((await readFile(got.download_path)).equals(film.bytes)).toBe(true);
    // The folder that was made for it goes with it.
    const moved = await at.call('file_save', { bt_infohash: film.infoHash, download_directory: join(at.dir, 'other') });
    expect(moved.download_path).toBe(join(at.dir, 'other/film.mp4'));
    expect(existsSync(join(at.dir, 'files', film.infoHash))).toBe(false);
    await at.call('file_delete', { bt_infohash: film.infoHash, delete_from_download_dir: true });
    expect(await readFile(place, 'utf8')).toBe('another film');
  });

  it('is given as a stream, too, where that is asked for', async () => {
    const folder = join(at.dir, 'other/both');
    await at.call('get', { uri: film.infoHash, both_networks: true, download_directory: folder });
    const file = await at.wait('file_get', { bt_infohash: film.infoHash }, each => each.sd_hash !== null);
    const blobs = await at.call('blob_list', { sd_hash: file.sd_hash, finished: true });
    expect(blobs.total_items).toBe(2);
    expect((await at.call('file_list', { sd_hash: file.sd_hash })).total_items).toBe(1);
    await at.restart();
    expect(await at.call('file_get', { sd_hash: file.sd_hash })).toMatchObject({ bt_infohash: film.infoHash });
    expect((await at.call('blob_list', { sd_hash: file.sd_hash, finished: true })).total_items).toBe(2);
    expect((await fetchedFrom(at.ports.peer, file.sd_hash)).equals(film.bytes)).toBe(true);
    const again = await at.call('get', { sd_hash: file.sd_hash });
    expect(again).toMatchObject({ rowid: file.rowid, bt_infohash: film.infoHash, download_directory: folder });
    await at.call('file_delete', { bt_infohash: film.infoHash, delete_from_download_dir: true });
    expect((await at.call('blob_list', { sd_hash: file.sd_hash })).total_items).toBe(0);
    expect(existsSync(file.download_path)).toBe(false);
  });

  it('is published by its .torrent file, below a root', async () => {
    await writeFile(join(at.dir, 'other/film.torrent'), film.metainfo);
    const torrent_path = join(at.dir, 'other/film.torrent');
    const published = await at.call('publish', {
      name: 'a-film',
      torrent_path,
      title: 'A film',
      tags: ['one'],
      metadata: { language: 'en' },
    });
    expect(published).toMatchObject({ on_chain: false, sd_hash: null, bt_infohash: film.infoHash });
    expect((await at.call('resolve', 'a-film'.split(' ')))['a-film']).toMatchObject({
      value: {
        title: 'A film',
        tags: ['one'],
        languages: ['en'],
        source: { bt_infohash: film.infoHash, name: 'film.mp4' },
        stream_type: 'video',
      },
    });
    await writeFile(torrent_path, 'no torrent');
    for (const wrong of [torrent_path, '/etc/passwd', 'not-there.torrent']) {
      await expect(at.call('publish', { name: 'b', torrent_path: wrong })).rejects.toMatchObject({ code: -32_500 });
    }
    await expect(at.call('publish', { name: 'b' })).rejects.toMatchObject({ code: -32_602 });
    await at.call('file_delete', { bt_infohash: film.infoHash, delete_from_download_dir: true });
  });

  it('is saved by the name that its caller gives, moved with it, and there after a restart', async () => {
    const files = join(at.dir, 'files');
    const other = join(at.dir, 'other');
    const isDone = (file: { completed: boolean }) => file.completed;
    await writeFile(join(files, 'my film.mp4'), 'another film');
    const got = await at.call('get', { uri: film.infoHash, file_name: 'my: film?.mp4' });
    expect(got).toMatchObject({ file_name: 'my film_1.mp4', download_path: join(files, 'my film_1.mp4') });
    expect(got).toMatchObject({ suggested_file_name: 'film.mp4', download_directory: files });
    const whole = await at.wait('file_get', { bt_infohash: film.infoHash }, isDone);
    expect((await readFile(whole.download_path)).equals(film.bytes)).toBe(true);
    // What is here already stays where it is.
    const again = await at.call('get', { uri: film.infoHash, file_name: 'other.mp4', download_directory: other });
    expect(again).toMatchObject({ rowid: got.rowid, download_path: whole.download_path });

    const reading = await fetch(got.streaming_url);
    await writeFile(join(other, 'moved.mp4'), 'a third film');
    const saved = { bt_infohash: film.infoHash, file_name: '../moved.mp4', download_directory: other };
    const moved = await at.call('file_save', { ...saved, file_name: '../moved.mp4' });
    expect(moved).toMatchObject({ download_path: join(other, '..moved.mp4'), download_directory: other });
    const beside = await at.call('file_save', { ...saved, file_name: 'moved.mp4' });
    expect(beside).toMatchObject({ file_name: 'moved_1.mp4', download_path: join(other, 'moved_1.mp4') });
    expect(await at.call('file_save', { bt_infohash: film.infoHash })).toMatchObject({
      download_path: beside.download_path,
    });
    expect(Buffer.from(await reading.arrayBuffer()).equals(film.bytes)).toBe(true);
    await expect(at.call('file_save', { ...saved, download_directory: '/etc' })).rejects.toMatchObject({
      code: -32_500,
    });
    await at.restart();
    const there = await at.wait('file_get', { bt_infohash: film.infoHash }, isDone);
    expect(there).toMatchObject({ rowid: got.rowid, download_path: beside.download_path, download_directory: other });
    expect((await readFile(there.download_path)).equals(film.bytes)).toBe(true);
    expect(await readFile(join(files, 'my film.mp4'), 'utf8')).toBe('another film');
    expect(await readFile(join(other, 'moved.mp4'), 'utf8')).toBe('a third film');
    for (const gone of [whole.download_path, moved.download_path]) expect(existsSync(gone)).toBe(false);

    // Of several files the name is their folder's; one that is being fetched is not in the way either.
    const wish = { uri: same.infoHash, file_name: 'moved_1.mp4', download_directory: other };
    expect(await at.call('get', wish)).toMatchObject({ download_path: join(other, 'moved_1_1.mp4') });
    await at.call('file_delete', { bt_infohash: film.infoHash, delete_from_download_dir: true });
    expect(existsSync(there.download_path)).toBe(false);
    await at.call('file_delete', { bt_infohash: several.infoHash });
    const folder = await at.call('get', { uri: several.infoHash, file_name: 'My films' });
    expect(folder.download_path).toBe(join(files, 'My films/clips/long.webm'));
    await at.wait('file_get', { bt_infohash: several.infoHash }, isDone);
    const placed = await at.call('file_save', { bt_infohash: several.infoHash, download_directory: other });
    expect(placed.download_path).toBe(join(other, 'My films/clips/long.webm'));
    expect((await readFile(placed.download_path)).equals(several.files[2]!.bytes)).toBe(true);
    expect(existsSync(join(files, 'My films'))).toBe(false);
    await at.call('file_delete', { bt_infohash: several.infoHash, delete_from_download_dir: true });
    expect(existsSync(join(other, 'My films'))).toBe(false);
  });

  it('does not lie where another torrent is to lie, though nothing is there yet', async () => {
    const place = { download_directory: join(at.dir, 'other/same') };
    const [one, two] = await Promise.all(
      [film, same].map(({ infoHash }) => at.call('get', { uri: infoHash, ...place })),
    );
    expect(one.download_path).not.toBe(two.download_path);
    for (const { infoHash, bytes } of [film, same]) {
      const file = await at.wait('file_get', { bt_infohash: infoHash }, each => each.completed);
      expect((await readFile(file.download_path)).equals(bytes)).toBe(true);
      await at.call('file_delete', { bt_infohash: infoHash, delete_from_download_dir: true });
    }
  });

  it('is what a claim leads to that names a stream, too, whether anybody has that or not', async () => {
    const sources = { btih: film.infoHash, lbry_sd_hash: 'ab'.repeat(48) };
    await at.call('claim_import', {
      name: 'both-ways',
      claim: JSON.stringify({ ver: '0.0.3', title: 'Both', sources }),
    });
    const got = await at.call('get', { uri: 'both-ways', timeout: 40 });
    expect(got).toMatchObject({ bt_infohash: film.infoHash, sd_hash: null, claim_name: 'both-ways' });
    await at.wait('file_get', { bt_infohash: film.infoHash }, file => file.completed);
    await at.restart();
    expect(await at.call('get', { uri: 'both-ways' })).toMatchObject({ rowid: got.rowid, claim_name: 'both-ways' });
    await at.call('file_delete', { claim_name: 'both-ways', delete_from_download_dir: true });
    expect(await at.call('file_list', { claim_name: 'both-ways' })).toMatchObject({ items: [] });
  });

  it('beyond the number of downloads waits, says why, and comes when there is room among them', async () => {
    const free = { down: null, up: null };
    at.movers.setLimits({ ...free, activeDownloads: 0 });
    const got = await at.call('get', { uri: at.magnet(film) });
    const waiting = { stopped: true, status: 'stopped', reason: 'queued', completed: false };
    await at.wait('file_get', { bt_infohash: film.infoHash }, file => file.reason === 'queued');
    expect(await at.call('file_get', { bt_infohash: film.infoHash })).toMatchObject(waiting);
    expect((await at.call('file_list', { status: 'running' })).items).toEqual([]);
    at.movers.setLimits({ ...free, activeDownloads: 1 });
    await at.wait('file_get', { bt_infohash: film.infoHash }, file => file.completed);
    at.movers.setLimits({ ...free, activeDownloads: 1, seedMs: 0 });
    await at.wait('file_get', { bt_infohash: film.infoHash }, file => file.reason === 'seeded');
    const seeded = { stopped: true, status: 'finished', completed: true };
    expect(await at.call('file_get', { bt_infohash: film.infoHash })).toMatchObject(seeded);
    const played = await fetch(got.streaming_url);
    expect(Buffer.from(await played.arrayBuffer()).equals(film.bytes)).toBe(true);
    at.movers.setLimits(free);
    await at.wait('file_get', { bt_infohash: film.infoHash }, file => file.reason === null && !file.stopped);
    await at.call('file_delete', { bt_infohash: film.infoHash, delete_from_download_dir: true });
  });

  it('that nobody has is an error in the result, and is not listed', async () => {
    const got = await at.call('get', { uri: 'ab'.repeat(20), timeout: 0.2 });
    expect(got).toEqual({ error: expect.stringContaining('timeout') });
    expect(await at.call('file_list', { bt_infohash: 'ab'.repeat(20) })).toMatchObject({ items: [], total_items: 0 });
    expect(await at.call('get', { uri: 'lbry://nowhere' })).toEqual({
      error: expect.stringContaining('lbry://nowhere'),
    });
    expect(await at.call('get', { sd_hash: 'ab'.repeat(48), timeout: 0.2 })).toEqual({ error: expect.any(String) });
  });
});
