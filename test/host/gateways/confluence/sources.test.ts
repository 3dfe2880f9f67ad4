/** `xs` of magnet links: the `.torrent` file is fetched, by the address rules of trackers, and nothing else is. */

import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ascii, decode, dict, encode } from '../../../../host/core/bencode.ts';
import { manyFiles } from '../../../support/many-files.ts';
import { until } from '../../../support/swarm.ts';
import { stand } from './stand.ts';

const torrent = manyFiles([{ path: 'a.mp4', size: 40_000 }]);
const other = manyFiles([{ path: 'b.mp4', size: 40_000 }]);
const described = encode(
  dict({ info: decode(torrent.info), comment: ascii('found'), announce: ascii('http://127.0.0.1:9/') }),
);

let server: Server;
let url: string;
let asked: string[];

beforeEach(async () => {
  asked = [];
  server = createServer((req, res) => {
    asked.push(req.url ?? '');
    const target = /^\/to\/(.*)/.exec(req.url ?? '')?.[1];
    if (target !== undefined) res.writeHead(302, { location: decodeURIComponent(target) }).end();
    else if (req.url === '/torrent') res.end(described);
    else if (req.url === '/other') res.end(other.metainfo);
    else if (req.url === '/huge') for (let at = 0; at < 17; at++) res.write(Buffer.alloc(1024 ** 2));
    else res.writeHead(404).end();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const magnet = (...sources: string[]) =>
  `magnet=${encodeURIComponent(`magnet:?xt=urn:btih:${torrent.infoHash}${sources.map(each => `&xs=${encodeURIComponent(each)}`).join('')}`)}`;

describe('a source', () => {
  it('describes the torrent, with what else it says', async () => {
    await using at = await stand();
    const moved = `${url}/to/${encodeURIComponent(`${url.replace('127.0.0.1', 'localhost')}/torrent`)}`;
    const info = await at.get(`/info?${magnet('ftp://127.0.0.1/a', `${url}/none`, `${url}/other`, moved)}&timeout=20`);
    expect(info.body.equals(torrent.info)).toBe(true);
    const json = await at.get(`/metainfo?ih=${torrent.infoHash}`, { headers: { accept: 'application/json' } });
    expect(JSON.parse(json.body.toString())).toMatchObject({ comment: 'found', announce: 'http://127.0.0.1:9/' });
  });

  it('at a private address is left out, by number, by name and behind a redirect, and the torrent is added', async () => {
    await using at = await stand({
      holding: { lan: false },
      home: [{ resolve: new Map([['torrents.example', '127.0.0.1']]) }],
    });
    const { port } = new URL(url);
    const sources = [
      `${url}/torrent`,
      `http://torrents.example:${port}/torrent`,
      `http://[::ffff:127.0.0.1]:${port}/torrent`,
      `http://localhost:${port}/torrent`,
    ];
    const late = await at.get(`/info?${magnet(...sources)}&timeout=1`);
    expect(late.status).toBe(504);
    expect(asked).toEqual([]);
    expect((await at.get('/torrents')).body.toString()).toContain(torrent.infoHash);
  });

  it('that is another torrent, is too large, or says nothing describes nothing', async () => {
    await using at = await stand();
    const sources = [`${url}/other`, `${url}/huge`, `${url}/none`];
    const info = at.get(`/info?${magnet(...sources)}&timeout=2`);
    await until('all to be asked', () => sources.every(each => asked.includes(new URL(each).pathname)));
    expect((await info).status).toBe(504);
    expect(at.log.faults).toEqual([]);
  });
});
