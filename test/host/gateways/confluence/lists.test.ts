/** What the original never had: lists with URLs, playlists, preloads, numbers for Prometheus, and a document of it all. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { until } from '../../../support/swarm.ts';
import { post, type Stand, stand } from './stand.ts';

const PIECE = 16 * 1024;
const torrent = manyFiles([
  { path: 'one.mp4', size: 40 * PIECE },
  { path: 'sub/two\n#EXTINF é.mp3', size: 5 },
  { path: 'read me.txt', size: 5 },
  { path: 'empty.mp4', size: 0 },
]);

describe('lists', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand({ access: { token: 'secret word' } });
    await post(at.port, '/metainfo?token=secret+word', torrent.metainfo);
  });
  afterAll(() => at[Symbol.asyncDispose]());
  const get = (path: string) => at.get(`${path}${path.includes('?') ? '&' : '?'}token=secret+word`);
  const base = () => `http://127.0.0.1:${at.port}/data/infohash/${torrent.infoHash}`;

  it('of files name the URL that plays each', async () => {
    const { body, headers } = await get(`/files?ih=${torrent.infoHash}`);
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    const list = JSON.parse(body.toString());
    expect(list).toMatchObject({
      infoHash: torrent.infoHash,
      name: 'A torrent',
      length: 40 * PIECE + 10,
      pieceLength: PIECE,
    });
    expect(list.files[0]).toEqual({
      path: 'one.mp4',
      length: 40 * PIECE,
      type: 'video/mp4',
      progress: 0,
      url: `${base()}/one.mp4?token=secret%20word`,
    });
    const last = await fetch(list.files[3].url, { method: 'HEAD' });
    expect([last.status, last.headers.get('content-length')]).toEqual([200, '0']);
    expect(list.files.length).toBe(4);
  });

  it.each([
    ['of a torrent', `?ih=${torrent.infoHash}`],
    ['of all', ''],
  ])('as a playlist %s hold what can be played', async (_, query) => {
    const { body, headers } = await get(`/playlist.m3u8${query}`);
    expect(headers['content-type']).toBe('audio/x-mpegurl; charset=utf-8');
    expect(body.toString().split('\n')).toEqual([
      '#EXTM3U',
      '#EXTINF:-1,one.mp4',
      `${base()}/one.mp4?token=secret%20word`,
      '#EXTINF:-1,sub / two #EXTINF é.mp3',
      `${base()}/sub/two%0A%23EXTINF%20%C3%A9.mp3?token=secret%20word`,
      '',
    ]);
  });

  it('have numbers for Prometheus', async () => {
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = body.toString();
    expect(text).toContain('# TYPE lsd_confluence_torrents gauge\nlsd_confluence_torrents 1\n');
    expect(text).toContain(`lsd_confluence_torrent_progress_ratio{info_hash="${torrent.infoHash}"} 0\n`);
    expect(text).toMatch(/lsd_confluence_requests_total\{route="\/files"\} [1-9]/);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"\n]*"\})? [\d.e+-]+)$/);
  });

  it('have a document of every route, made of what checks their queries, and a page of it', async () => {
    const { body, headers } = await get('/openapi.json');
    expect(headers['content-type']).toBe('application/json; charset=utf-8');
    const document = JSON.parse(body.toString());
    expect(document.openapi).toBe('3.1.0');
    const named = (path: string, method = 'get') =>
      document.paths[path][method].parameters.map((each: { name: string }) => each.name);
    expect(named('/data')).toEqual(['timeout', 'token', 'ih', 'magnet', 'path', 'filename', 'preload']);
    expect(named('/data/infohash/{ih}/{path}')).toEqual(['ih', 'path', 'timeout', 'token', 'filename', 'preload']);
    expect(named('/torrents', 'delete')).toEqual(['timeout', 'token', 'ih', 'data']);
    const target = document.paths['/bep44'].get.parameters.find((each: { name: string }) => each.name === 'target');
    expect(target).toMatchObject({
      in: 'query',
      schema: { type: 'string' },
      description: expect.stringContaining('SHA-1'),
    });
    for (const [path, methods] of Object.entries<object>(document.paths)) {
      const method = 'get' in methods ? 'GET' : 'POST';
      // Each is there: whatever it says to a request that names nothing, it is not that there is no such route.
      const answer = await fetch(
        `http://127.0.0.1:${at.port}${path.replace(/\/data\/.*/, '/data')}?token=secret+word`,
        { method },
      );
      expect([path, answer.status]).not.toEqual([path, 404]);
      await answer.body?.cancel();
    }
    const page = await get('/docs');
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.body.toString()).toContain('/fileState');
    expect(page.body.toString()).not.toContain('<script');
  });

  it.each([
    ['/data?ih=abc', 'This is no info hash'],
    [`/info?ih=${torrent.infoHash}&timeout=soon`, 'timeout must be a number'],
    [`/data?ih=${torrent.infoHash}&preload=-4`, 'preload must be a number'],
    ['/bep44?target=abc', 'target must be 40 hexadecimal digits'],
    ['/bep44', 'target must be 40 hexadecimal digits'],
  ])('refuse %s with a sentence', async (path, line) => {
    const { status, body } = await get(path);
    expect(status).toBe(400);
    expect(body.toString()).toContain(line);
  });

  it('say that there is no DHT where it is off', async () => {
    expect((await get(`/bep44?target=${torrent.infoHash}`)).status).toBe(503);
  });
});

describe.skipIf(!hasLibtorrent)('a preload', () => {
  it('fetches the start of a file and its end, and nothing between', async () => {
    await using at = await stand();
    await at.seed(torrent);
    await post(at.port, '/metainfo', torrent.metainfo);
    const { status } = await at.get(`/data?${at.magnet(torrent)}&path=one.mp4&preload=${3 * PIECE}`);
    expect(status).toBe(202);
    await until('the preload', async () => {
      const states = JSON.parse((await at.get(`/fileState?${at.magnet(torrent)}&path=one.mp4`)).body.toString());
      const here = states.map((each: { Complete: boolean }) => each.Complete);
      // 256 KiB of its end are 16 pieces.
      return (
        here.slice(0, 3).every(Boolean) &&
        here.slice(-16).every(Boolean) &&
        here.slice(3, 24).every((each: boolean) => !each)
      );
    });
    expect(at.log.faults).toEqual([]);
  });
});
