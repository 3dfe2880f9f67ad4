/** Files of torrents over HTTP, fetched from a libtorrent seeder that the tracker of the magnet link names. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { type Stand, stand } from './stand.ts';

const PIECE = 16 * 1024;
const several = manyFiles([
  { path: 'film.mp4', size: 5 * PIECE + 100 },
  { path: 'empty.txt', size: 0 },
  { path: 'extras/notes.txt', size: 10 },
  { path: 'extras/stills/one.jpg', size: 3 * PIECE },
  { path: 'page.html', size: 40 },
]);
const one = manyFiles([{ path: 'song.mp3', size: 4 * PIECE - 1 }], { name: 'song.mp3', single: true });
const file = (path: string) => several.files.find(each => each.path === path)!.bytes;

describe.skipIf(!hasLibtorrent)('data', () => {
  let at: Stand;
  /** the URL of a file of the torrent of several, or of all of it */
  const url = (path?: string) =>
    `/data?${at.magnet(several)}${path === undefined ? '' : `&path=${encodeURIComponent(path)}`}`;

  beforeAll(async () => {
    at = await stand();
    await at.seed(several);
    await at.seed(one);
  });
  afterAll(() => at[Symbol.asyncDispose]());

  it('gives a file that lies between others, with its type, length and name', async () => {
    const { status, headers, body } = await at.get(url('extras/stills/one.jpg'));
    expect(status).toBe(200);
    expect(body.equals(file('extras/stills/one.jpg'))).toBe(true);
    expect(headers).toMatchObject({
      'content-type': 'image/jpeg',
      'content-length': `${3 * PIECE}`,
      'accept-ranges': 'bytes',
      etag: `"${several.infoHash}/extras/stills/one.jpg"`,
      'content-disposition': `inline; filename="one.jpg"; filename*=UTF-8''one.jpg`,
      'cache-control': 'private, no-cache',
      'content-security-policy': "sandbox; default-src 'none'",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    });
  });

  it('gives the whole torrent, its files in order, where no path is named', async () => {
    const { status, headers, body } = await at.get(url());
    expect([status, headers.etag]).toEqual([200, `"${several.infoHash}/"`]);
    expect(body.equals(several.bytes)).toBe(true);
  });

  it('gives the file of a torrent of a single file by its name', async () => {
    const { status, headers, body } = await at.get(`/data?${at.magnet(one)}&path=song.mp3`);
    expect([status, headers['content-type']]).toEqual([200, 'audio/mpeg']);
    expect(body.equals(one.bytes)).toBe(true);
  });

  it.each([
    ['the first bytes', 'bytes=0-9', 0, 10],
    ['bytes of two pieces', `bytes=${PIECE - 5}-${PIECE + 4}`, PIECE - 5, PIECE + 5],
    ['a suffix', 'bytes=-7', 5 * PIECE + 93, 5 * PIECE + 100],
    ['to the end', `bytes=${5 * PIECE}-`, 5 * PIECE, 5 * PIECE + 100],
    ['past the end, clamped', `bytes=${5 * PIECE}-999999999`, 5 * PIECE, 5 * PIECE + 100],
  ])('gives a range: %s', async (_, range, start, end) => {
    const { status, headers, body } = await at.get(url('film.mp4'), { headers: { range } });
    expect([status, headers['content-range']]).toEqual([206, `bytes ${start}-${end - 1}/${5 * PIECE + 100}`]);
    expect(body.equals(file('film.mp4').subarray(start, end))).toBe(true);
  });

  it('gives several ranges as parts, and the whole where they are more than it', async () => {
    const parts = await at.get(url('film.mp4'), { headers: { range: 'bytes=0-1,5-6' } });
    expect([parts.status, parts.headers['content-type']]).toEqual([
      206,
      expect.stringMatching(/^multipart\/byteranges/),
    ]);
    const sum = await at.get(url('film.mp4'), { headers: { range: 'bytes=0-,0-' } });
    expect([sum.status, sum.body.length]).toEqual([200, 5 * PIECE + 100]);
    const many = await at.get(url('film.mp4'), { headers: { range: `bytes=${'0-0,'.repeat(17)}` } });
    expect(many.status).toBe(200);
  });

  it.each(['bytes=999999999-', 'bytes=-0', 'bytes=a-b', 'lines=0-1', 'bytes=5-3'])(
    'refuses the range %s',
    async range => {
      const { status, headers } = await at.get(url('film.mp4'), { headers: { range } });
      expect([status, headers['content-range']]).toEqual([416, `bytes */${5 * PIECE + 100}`]);
    },
  );

  it('gives an empty file, and no range of it', async () => {
    const whole = await at.get(url('empty.txt'));
    expect([whole.status, whole.headers['content-length'], whole.body.length]).toEqual([200, '0', 0]);
    expect((await at.get(url('empty.txt'), { headers: { range: 'bytes=0-' } })).status).toBe(416);
  });

  it('answers HEAD and a known ETag without bytes', async () => {
    const head = await at.get(url('film.mp4'), { method: 'HEAD', headers: { range: 'bytes=0-1' } });
    expect([head.status, head.headers['content-length'], head.body.length]).toEqual([200, `${5 * PIECE + 100}`, 0]);
    const known = await at.get(url('film.mp4'), { headers: { 'if-none-match': String(head.headers.etag) } });
    expect(known.status).toBe(304);
  });

  it.each(['nothing.mp4', '', 'extras', 'extras/', '/film.mp4', 'film.mp4/', '../film.mp4', 'FILM.mp4'])(
    'knows no file %j',
    async path => {
      const { status, headers, body } = await at.get(url(path));
      expect([status, body.toString()]).toEqual([404, 'file not found\n']);
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    },
  );

  it('shows no page of a torrent, and names a file as it is asked to', async () => {
    const { headers } = await at.get(
      `${url('page.html')}&filename=${encodeURIComponent('a/b"\r\nSet-Cookie: x;é.html')}`,
    );
    expect(headers['content-type']).toBe('application/octet-stream');
    expect(headers['set-cookie']).toBeUndefined();
    expect(headers['content-disposition']).toBe(
      `attachment; filename="a_b_Set-Cookie: x;_.html"; filename*=UTF-8''a_b%22Set-Cookie%3A%20x%3B%C3%A9.html`,
    );
  });

  describe('by its path', () => {
    const base = `/data/infohash/${several.infoHash.toUpperCase()}`;

    it('gives files and the whole', async () => {
      expect((await at.get(`${base}/extras/notes.txt`)).body.equals(file('extras/notes.txt'))).toBe(true);
      expect((await at.get(`${base}/`)).body.equals(several.bytes)).toBe(true);
      expect((await at.get(`${base}/nothing`)).status).toBe(404);
      expect((await at.get(`${base}/%ff`)).status).toBe(404);
    });

    it('lists folders, and redirects to them', async () => {
      const moved = await at.get(`${base}/extras`);
      expect([moved.status, moved.headers.location]).toEqual([301, `${base}/extras/`]);
      const page = await at.get(`${base}/extras/`);
      expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
      const json = await at.get(`${base}/extras/`, { headers: { accept: 'application/json' } });
      const place = `/data/infohash/${several.infoHash}/extras`;
      expect(JSON.parse(json.body.toString())).toEqual({
        path: 'extras',
        entries: [
          { name: 'notes.txt', type: 'file', length: 10, url: `${place}/notes.txt` },
          { name: 'stills', type: 'folder', length: 3 * PIECE, url: `${place}/stills/` },
        ],
      });
    });
  });

  it('says what describes the torrent', async () => {
    const info = await at.get(`/info?ih=${several.infoHash}`);
    expect(info.body.equals(several.info)).toBe(true);
    const metainfo = await at.get(`/metainfo?${at.magnet(several)}`);
    expect(metainfo.body.includes(Buffer.from(several.info))).toBe(true);
    const json = await at.get(`/metainfo?${at.magnet(several)}`, { headers: { accept: 'application/json' } });
    expect(JSON.parse(json.body.toString())).toEqual({
      info: Buffer.from(several.info).toString('base64'),
      announce: at.tracker.http,
      announceList: [[at.tracker.http]],
    });
  });

  it('says what is held', async () => {
    const { body } = await at.get('/torrents');
    expect(JSON.parse(body.toString())).toContainEqual(
      expect.objectContaining({ infoHash: several.infoHash, name: 'A torrent', length: several.bytes.length }),
    );
    expect((await at.get('/status')).body.toString()).toContain(several.infoHash);
    expect((await at.get('/health')).status).toBe(200);
    expect(at.log.faults).toEqual([]);
  });
});
