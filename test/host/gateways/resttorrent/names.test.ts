/** Names as strangers write them, and very long pieces: saved below the root, found and given as they are. */

import { once } from 'node:events';
import { readdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ManyFiles, manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { type ServingPeer, servePeer } from '../../../support/serving-peer.ts';
import { ask } from '../../http/client.ts';
import { type Stand, stand } from './stand.ts';

const MIB = 1024 * 1024;
const odd = manyFiles(
  [
    'naïve — 映画 🎬.mp4',
    'a "quoted" name.mp4',
    'line\r\nSet-Cookie: a=b.mp4',
    '../../etc/passwd',
    '..',
    '/etc/shadow',
    'C:\\con.mp4',
    'nul\0byte',
    '<script>alert(1)</script>.html',
    `${'long'.repeat(300)}.mp4`,
    `${'long'.repeat(300)}.MP4`,
    Array.from({ length: 40 }, () => 'deep'.repeat(60)).join('/'),
    'sub/‮gpj.exe',
    'sub/empty.mp4',
    'Sub/one',
    'sub',
    'trailing. . ',
    'trailing',
  ].map((path, at) => ({ path, size: path === 'sub/empty.mp4' ? 0 : 9_000 + at })),
  { name: '../od\0d/\\..', pieceLength: 256 * 1024 },
);
const long = manyFiles(
  [
    { path: 'a.mp4', size: 16 * MIB - 3 },
    { path: 'b.mp4', size: 16 * MIB },
  ],
  { name: 'Long', pieceLength: 16 * MIB },
);

describe('names', () => {
  let at: Stand;
  let site: Server;
  let torrents: string;
  /** what the site gives */
  let served = odd;
  const peers: ServingPeer[] = [];
  beforeAll(async () => {
    at = await stand();
    torrents = await at.session();
    site = createServer((_, res) => res.end(Buffer.from(served.metainfo)));
    await once(site.listen(0, '127.0.0.1'), 'listening');
  });
  afterAll(async () => {
    await at[Symbol.asyncDispose]();
    for (const peer of peers) await peer[Symbol.asyncDispose]();
    site.close();
  });

  /** By a magnet link that names a place of its `.torrent` file, and a peer. */
  async function add(torrent: ManyFiles, path: string, params: object): Promise<string> {
    const peer = await servePeer(torrent);
    peers.push(peer);
    const source = `http://127.0.0.1:${(site.address() as AddressInfo).port}${path}`;
    const magnet = `magnet:?xt=urn:btih:${torrent.infoHash}&xs=${encodeURIComponent(source)}&x.pe=${peer.at}`;
    const { body } = await at.ask(torrents, { json: { magnet, save_path: `.${path}`, ...params } });
    expect(body).toMatchObject({ status: 'success', info_hash: torrent.infoHash });
    return `${torrents}/${torrent.infoHash}`;
  }

  it('of any kind stay below the root, and each file is given by its number and by its path', async () => {
    const beside = await readdir(dirname(at.root));
    const url = await add(odd, '/odd', {});
    const { files } = await at.wait(url, body => body.state === 'seeding');
    for (const [index, { bytes, path }] of odd.files.entries()) {
      for (const of of [files[index].url, `${url}/data/${path.split('/').map(encodeURIComponent).join('/')}`]) {
        const { status, headers, body } = await ask(at.port, of);
        expect([path, status, headers['set-cookie']]).toEqual([path, 200, undefined]);
        expect(body.equals(bytes)).toBe(true);
        expect(headers['content-disposition']).toMatch(
          /^(inline|attachment); filename="[^"\\/]*"; filename\*=UTF-8''[^'"\s/]*$/,
        );
      }
    }
    const saved = await readdir(join(at.root, 'odd'), { recursive: true, withFileTypes: true });
    expect(saved.filter(each => each.isFile())).toHaveLength(odd.files.length);
    expect(await readdir(dirname(at.root))).toEqual(beside);
    expect((await at.ask(`${url}?data=1`, { method: 'DELETE' })).body).toEqual({ status: 'success' });
    expect(await readdir(join(at.root, 'odd'))).toEqual([]);
  });

  it('of 100,000 files are listed, and those that are wanted are fetched', async () => {
    const many = manyFiles(
      Array.from({ length: 100_000 }, (_, at) => ({
        path: `d${at % 300}/file ${at}.mp4`,
        size: at % 1_000 ? 0 : 9_000,
      })),
      { name: 'Many', pieceLength: 256 * 1024 },
    );
    served = many;
    const url = await add(many, '/many', { files: [5, 50_000] });
    await at.wait(`${url}?fields=state`, body => body.state === 'finished');
    const { files } = (await at.ask(`${url}/files`)).body;
    expect([files.length, files[50_000].progress, files[99_999].path]).toEqual([100_000, 1, 'd99/file 99999.mp4']);
    expect((await ask(at.port, files[50_000].url)).body.equals(many.files[50_000]!.bytes)).toBe(true);
    const folder = await at.ask(`${url}/data/d99/`, { headers: { accept: 'application/json' } });
    expect(folder.body.entries).toHaveLength(334);
    const saved = await readdir(join(at.root, 'many'), { recursive: true, withFileTypes: true });
    expect(saved.flatMap(each => (each.isFile() ? each.name : []))).toEqual(
      expect.arrayContaining(['file 5.mp4', 'file 50000.mp4']),
    );
    expect((await at.ask(`${url}?data=1`, { method: 'DELETE' })).body).toEqual({ status: 'success' });
    expect(await readdir(join(at.root, 'many'))).toEqual([]);
  });

  it.skipIf(!hasLibtorrent)(
    'of files in pieces of 16 MiB, which lie in two of them, are read across these',
    async () => {
      await at.seed(long);
      const { body } = await at.ask(torrents, { json: { magnet: at.magnet(long), save_path: 'long' } });
      const url = `${torrents}/${body.info_hash}`;
      await at.wait(url, each => each.state === 'seeding');
      const { status, body: bytes } = await ask(at.port, `${url}/data/b.mp4`, { headers: { range: 'bytes=0-9' } });
      expect([status, bytes.equals(long.files[1]!.bytes.subarray(0, 10))]).toEqual([206, true]);
      expect((await ask(at.port, `${url}/data/a.mp4`)).body.equals(long.files[0]!.bytes)).toBe(true);
      expect(at.log.faults).toEqual([]);
    },
  );
});
