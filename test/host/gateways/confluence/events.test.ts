/** How the pieces of a torrent stand, as they come, and what may be said of one. */

import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ascii, decode, dict, encode } from '../../../../host/core/bencode.ts';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { until, within } from '../../../support/swarm.ts';
import { post, type Stand, stand } from './stand.ts';

const PIECE = 16 * 1024;
const FRIEND = 'https://friend.example';
const torrent = manyFiles([
  { path: 'a.mp4', size: 3 * PIECE + 10 },
  { path: 'empty', size: 0 },
  { path: 'b.mp4', size: PIECE },
]);
const unknown = manyFiles([{ path: 'c.mp4', size: 5 * PIECE }]);

interface Listener {
  pieces: number[];
  closed: Promise<number>;
  socket: WebSocket;
}

describe.skipIf(!hasLibtorrent)('events', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand({ access: { origins: [FRIEND] } });
    await at.seed(torrent);
  });
  afterAll(() => at[Symbol.asyncDispose]());

  async function listen(query: string, headers: Record<string, string> = {}): Promise<Listener> {
    const socket = new WebSocket(`ws://127.0.0.1:${at.port}/events?${query}`, { headers });
    const pieces: number[] = [];
    socket.on('message', text => pieces.push(JSON.parse(String(text)).PieceChanged));
    const closed = new Promise<number>(resolve => socket.once('close', resolve));
    await within(
      'the socket to open',
      new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject)),
    );
    return { pieces, closed, socket };
  }

  it('name every piece of a download', async () => {
    const { pieces, socket, closed } = await listen(at.magnet(torrent));
    expect((await at.get(`/data?${at.magnet(torrent)}`)).body.equals(torrent.bytes)).toBe(true);
    await until('all pieces to be named', () => new Set(pieces).size === 5);
    expect(pieces.toSorted()).toEqual([0, 1, 2, 3, 4]);
    socket.send('enough');
    expect(await within('the socket to close', closed)).toBe(1000);
  });

  it('end with their torrent', async () => {
    const { closed } = await listen(at.magnet(torrent));
    expect((await at.get(`/torrents?ih=${torrent.infoHash}`, { method: 'DELETE' })).status).toBe(204);
    expect(await within('the socket to close', closed)).toBe(1001);
  });

  it('are for those who may use the gateway, and for WebSockets', async () => {
    const query = at.magnet(torrent);
    await expect(listen(query, { origin: 'https://evil.example' })).rejects.toThrow('403');
    await expect(listen(query, { 'sec-fetch-site': 'cross-site' })).rejects.toThrow('403');
    await expect(listen('ih=abc')).rejects.toThrow('400');
    await expect(listen(`ih=${'a'.repeat(40)}&timeout=0.1`)).rejects.toThrow('504');
    const friend = await listen(query, { origin: FRIEND });
    friend.socket.terminate();
    expect((await at.get(`/events?${query}`)).status).toBe(400);
  });

  it('file states sum up to the file, compressed where that is accepted', async () => {
    await at.get(`/data?${at.magnet(torrent)}&path=a.mp4`);
    const path = `/fileState?${at.magnet(torrent)}&path=a.mp4`;
    const { body, headers } = await at.get(path, { headers: { 'accept-encoding': 'gzip, br' } });
    expect(headers['content-encoding']).toBe('gzip');
    const states = JSON.parse(gunzipSync(body).toString());
    expect(states.map((each: { Bytes: number }) => each.Bytes)).toEqual([PIECE, PIECE, PIECE, 10]);
    expect(states[0]).toEqual({
      Bytes: PIECE,
      Priority: 0,
      Complete: true,
      Ok: true,
      Checking: false,
      Hashing: false,
      QueuedForHash: false,
      Partial: false,
    });
    expect((await at.get(path)).headers['content-encoding']).toBeUndefined();
    expect((await at.get(`/fileState?${at.magnet(torrent)}&path=empty`)).body.toString()).toBe('[]');
    expect((await at.get(`/fileState?${at.magnet(torrent)}`)).status).toBe(404);
  });

  it('fetch no bytes by themselves', async () => {
    const lone = manyFiles([{ path: 'd.mp4', size: 4 * PIECE }]);
    await at.seed(lone);
    const { pieces, socket } = await listen(at.magnet(lone));
    await at.get(`/metainfo?${at.magnet(lone)}`);
    await at.get(`/data?${at.magnet(lone)}&path=d.mp4`, { headers: { range: 'bytes=0-9' } });
    // Only the reader's piece came.
    const states = JSON.parse((await at.get(`/fileState?${at.magnet(lone)}&path=d.mp4`)).body.toString());
    expect(states.map((each: { Complete: boolean }) => each.Complete)).toEqual([true, false, false, false]);
    expect(pieces).toEqual([0]);
    socket.terminate();
  });

  describe('posted metainfo', () => {
    const withFields = (info: Uint8Array, fields: Record<string, string>) =>
      encode(
        dict({ info: decode(info), ...Object.fromEntries(Object.entries(fields).map(([k, v]) => [k, ascii(v)])) }),
      );

    it('is stored under the hash of its info, with its other fields', async () => {
      const url = 'http://127.0.0.1:9/announce';
      const body = withFields(unknown.info, { announce: url, comment: 'a film', 'url-list': 'http://127.0.0.1:9/' });
      expect(await post(at.port, '/metainfo', body)).toEqual({ status: 200, text: `${unknown.infoHash}\n` });
      const json = await at.get(`/metainfo?ih=${unknown.infoHash}`, { headers: { accept: 'application/json' } });
      expect(JSON.parse(json.body.toString())).toEqual({
        info: Buffer.from(unknown.info).toString('base64'),
        announce: url,
        announceList: [[url]],
        comment: 'a film',
        urlList: ['http://127.0.0.1:9/'],
      });
    });

    it.each<[string, string, Uint8Array, number]>([
      ['no bencode', '/metainfo', ascii('hello'), 400],
      ['neither hash nor info', '/metainfo', ascii('de'), 400],
      ['an info that makes no sense', '/metainfo', encode(dict({ info: dict({ name: ascii('a') }) })), 400],
      ['the info of another torrent', `/metainfo?ih=${torrent.infoHash}`, unknown.metainfo, 409],
      ['a wrong hash', '/metainfo?ih=abc', unknown.metainfo, 400],
    ])('of %s is refused', async (_, path, body, status) => {
      expect((await post(at.port, path, body)).status).toBe(status);
      expect(at.log.faults).toEqual([]);
    });

    it('is enough to read the torrent from those it names', async () => {
      const named = manyFiles([{ path: 'f.mp4', size: 4 * PIECE }]);
      await at.seed(named);
      await post(at.port, '/metainfo', withFields(named.info, { announce: at.tracker.http }));
      expect((await at.get(`/data?ih=${named.infoHash}`)).body.equals(named.bytes)).toBe(true);
    });

    it('describes a torrent that is waited for', async () => {
      const awaited = manyFiles([{ path: 'e.mp4', size: 100 }]);
      const info = at.get(`/info?ih=${awaited.infoHash}`);
      await until('the torrent to be held', async () =>
        (await at.get('/torrents')).body.toString().includes(awaited.infoHash),
      );
      await post(at.port, `/metainfo?ih=${awaited.infoHash}`, awaited.metainfo);
      expect((await info).body.equals(awaited.info)).toBe(true);
    });
  });
});
