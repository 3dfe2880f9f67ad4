/** What the original never had: lists and files by path, playlists, preloads, numbers for Prometheus, and a document of it all. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { ask } from '../../http/client.ts';
import { type Stand, stand } from './stand.ts';

const PIECE = 16 * 1024;
const torrent = manyFiles([
  { path: 'one.mp4', size: 40 * PIECE },
  { path: 'sub/two\n#EXTINF é.mp3', size: 5 },
  { path: 'read me.txt', size: 5 },
  { path: 'empty.mp4', size: 0 },
]);
const file = Buffer.from(torrent.metainfo).toString('base64');

describe('lists', () => {
  let at: Stand;
  let url: string;
  const token = 'token=secret+word';
  const get = (path: string, headers = {}) =>
    ask(at.port, `${path}${path.includes('?') ? '&' : '?'}${token}`, { headers });
  beforeAll(async () => {
    at = await stand({ rules: { token: 'secret word' } });
    const { body } = await at.ask(`/v1/sessions?${token}`, { json: { ports: [20_000, 29_999] } });
    const torrents = `/v1/sessions/${body.session.id}/torrents`;
    await at.ask(`${torrents}?${token}`, { json: { file, save_path: '.', autostart: 0 } });
    url = `${torrents}/${torrent.infoHash}`;
  });
  afterAll(() => at[Symbol.asyncDispose]());

  it.each(['torrent', 'all'])('as a playlist of %s hold what can be played', async which => {
    const { body, headers } = await get(which === 'all' ? '/playlist.m3u8' : `${url}/playlist.m3u8`);
    expect(headers['content-type']).toBe('audio/x-mpegurl; charset=utf-8');
    const base = `http://127.0.0.1:${at.port}${url}/data`;
    expect(body.toString().split('\n')).toEqual([
      '#EXTM3U',
      '#EXTINF:-1,one.mp4',
      `${base}/one.mp4?token=secret%20word`,
      '#EXTINF:-1,sub / two #EXTINF é.mp3',
      `${base}/sub/two%0A%23EXTINF%20%C3%A9.mp3?token=secret%20word`,
      '',
    ]);
  });

  it('of a folder are a page or JSON, and name what lies in it', async () => {
    const json = await get(`${url}/data/`, { accept: 'application/json' });
    const { entries } = JSON.parse(json.body.toString());
    expect(entries.map((each: { name: string; type: string }) => [each.name, each.type])).toEqual([
      ['empty.mp4', 'file'],
      ['one.mp4', 'file'],
      ['read me.txt', 'file'],
      ['sub', 'folder'],
    ]);
    const inner = await get(entries[3].url);
    expect(inner.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(inner.body.toString()).toContain('two%0A%23EXTINF%20%C3%A9.mp3');
    const head = await fetch(`http://127.0.0.1:${at.port}${entries[0].url}?${token}`, { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '0']);
    for (const path of ['nothing', 'sub/..', '%2e%2e', '%']) {
      expect([path, (await get(`${url}/data/${path}`)).status]).toEqual([path, 404]);
    }
  });

  it('have numbers for Prometheus', async () => {
    const { body, headers } = await get('/metrics');
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = body.toString();
    expect(text).toContain('# TYPE lsd_resttorrent_sessions gauge\nlsd_resttorrent_sessions 1\n');
    expect(text).toMatch(
      new RegExp(`lsd_resttorrent_torrent_progress_ratio\\{session="\\w{40}",info_hash="${torrent.infoHash}"\\} 0\\n`),
    );
    expect(text).toMatch(/lsd_resttorrent_requests_total\{route="upload_torrent"\} 1/);
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{(\w+="[^"\n]*",?)*\})? [\d.e+-]+)$/);
  });

  it('have a document of every route, made of what checks their parameters, and a page of it', async () => {
    const { body } = await get('/openapi.json');
    const document = JSON.parse(body.toString());
    expect(document.openapi).toBe('3.1.0');
    const upload = document.paths['/v1/sessions/{session_id}/torrents'].post;
    const { schema } = upload.requestBody.content['application/json'];
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(['file', 'magnet', 'url', 'save_path', 'files', 'autostart', 'storage_mode']),
    );
    expect(schema.properties.file).toMatchObject({ type: 'string', contentEncoding: 'base64' });
    expect(schema.properties.storage_mode.enum).toEqual(['sparse', 'allocate']);
    const names = upload.parameters.map((each: { name: string; in: string }) => `${each.in} ${each.name}`);
    expect(names).toEqual(expect.arrayContaining(['path session_id', 'query save_path']));
    expect(names).not.toContain('query session_id');
    const filled = (path: string) =>
      path
        .replace('{session_id}', url.split('/')[3] ?? '')
        .replace('{info_hash}', torrent.infoHash)
        .replace('{index}', '3')
        .replace('{path}', 'empty.mp4');
    for (const [path, methods] of Object.entries<object>(document.paths)) {
      if (!('get' in methods)) continue;
      expect([path, (await get(filled(path))).status]).toEqual([path, 200]);
    }
    const page = (await get('/docs')).body.toString();
    expect(page).toContain('PUT /v1/sessions/{session_id}/torrents/{info_hash}');
    expect(page).not.toContain('<script');
  });

  it('are refused without the token, each of them', async () => {
    for (const path of ['/playlist.m3u8', '/metrics', '/openapi.json', '/docs', `${url}/data/`]) {
      expect([path, (await ask(at.port, path)).status]).toEqual([path, 401]);
    }
  });

  it('and commands end when a request waits no longer', async () => {
    const path = `${url}/files/0/data`;
    const { status, body } = await get(`${path}?timeout=0.2`);
    expect([status, JSON.parse(body.toString()).error.code]).toEqual([504, 'timeout']);
    const wrong = await get(`${path}?timeout=soon`);
    expect([wrong.status, JSON.parse(wrong.body.toString()).error.code]).toEqual([400, 'param.invalid']);
  });
});

describe.skipIf(!hasLibtorrent)('a preload', () => {
  it('fetches the start of a file that is not wanted, and its end', async () => {
    await using at = await stand();
    await at.seed(torrent);
    const torrents = await at.session();
    const url = `${torrents}/${torrent.infoHash}`;
    await at.ask(torrents, { json: { magnet: at.magnet(torrent), save_path: '.', files: [] } });
    await at.wait(url, body => body.state === 'finished');
    const { status } = await ask(at.port, `${url}/data/one.mp4?preload=${3 * PIECE}`);
    expect(status).toBe(202);
    // 256 KiB of its end are 16 pieces.
    await at.wait(`${url}/files`, body => body.files[0].progress === 19 / 40);
    expect(at.log.faults).toEqual([]);
  });
});
