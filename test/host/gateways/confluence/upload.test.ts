/** Uploads: files become a torrent, are read at once, given to peers, and stay until they are dropped. */

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { infoHashOf } from '../../../../host/bittorrent/metainfo-store.ts';
import { readMetainfoFile } from '../../../../host/core/metainfo-file.ts';
import { hasLibtorrent, startLibtorrent } from '../../../support/peers.ts';
import { someBytes, until } from '../../../support/swarm.ts';
import { type Stand, stand } from './stand.ts';

const MOST = 3 * 1024 * 1024;
const film = someBytes(600_000).bytes;
const notes = Buffer.from('notes');

interface Sent {
  status: number;
  body: Buffer;
}

async function send(
  at: Stand,
  files: [path: string, bytes: Uint8Array][],
  fields: Record<string, string>,
): Promise<Sent> {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  for (const [path, bytes] of files) form.append('files', new File([new Uint8Array(bytes)], path));
  const answer = await fetch(`http://127.0.0.1:${at.port}/upload`, { method: 'POST', body: form });
  return { status: answer.status, body: Buffer.from(await answer.arrayBuffer()) };
}

const hashOf = ({ body }: Sent) => infoHashOf(readMetainfoFile(body).info!);

describe('an upload', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand({ gateway: { uploadBytes: MOST }, holding: { graceMs: 0 } });
  });
  afterAll(() => at[Symbol.asyncDispose]());

  const FILES: [string, Uint8Array][] = [
    ['top/film.mp4', film],
    ['top/sub/notes.txt', notes],
    ['top/empty', new Uint8Array()],
  ];

  it('is answered with its .torrent, and read by it, over a restart, until it is dropped', async () => {
    const sent = await send(at, FILES, { name: 'My films', 'strip-top-directory': '' });
    expect(sent.status).toBe(200);
    const ih = hashOf(sent);
    for (let round = 0; round < 2; round++) {
      expect((await at.get(`/data?ih=${ih}&path=film.mp4`)).body.equals(film)).toBe(true);
      expect((await at.get(`/data?ih=${ih}&path=sub/notes.txt`)).body.equals(notes)).toBe(true);
      expect((await at.get(`/data?ih=${ih}&path=empty`)).headers['content-length']).toBe('0');
      const [held] = JSON.parse((await at.get('/torrents')).body.toString());
      expect(held).toMatchObject({ infoHash: ih, name: 'My films', length: film.length + notes.length });
      if (round === 0) await at.restart();
    }
    expect((await at.get(`/torrents?ih=${ih}&data=1`, { method: 'DELETE' })).status).toBe(204);
    expect(JSON.parse((await at.get('/torrents')).body.toString())).toEqual([]);
    expect(await readdir(join(at.pieces, '../uploads'))).toEqual([]);
    expect(at.log.faults).toEqual([]);
  });

  it('keeps its top folder where it is not asked to strip it', async () => {
    const ih = hashOf(await send(at, [['top/notes.txt', notes]], { name: 'n' }));
    expect((await at.get(`/data?ih=${ih}&path=top/notes.txt`)).body.equals(notes)).toBe(true);
    await at.get(`/torrents?ih=${ih}&data=1`, { method: 'DELETE' });
  });

  it.each<[string, [string, Uint8Array][], Record<string, string>, number]>([
    ['has no name', [['a', notes]], {}, 400],
    ['has no files', [], { name: 'n' }, 400],
    ['has no bytes', [['a', new Uint8Array()]], { name: 'n' }, 400],
    ['climbs', [['a/../../b', notes]], { name: 'n' }, 400],
    ['is too large', [['a', new Uint8Array(MOST + 1)]], { name: 'n' }, 413],
  ])('that %s is refused, and nothing of it stays', async (_, files, fields, status) => {
    expect((await send(at, files, fields)).status).toBe(status);
    expect(await readdir(join(at.pieces, '../uploads'))).toEqual([]);
    expect(JSON.parse((await at.get('/torrents')).body.toString())).toEqual([]);
  });

  it('whose sender goes leaves nothing', async () => {
    const socket = connect(at.port, '127.0.0.1');
    socket.on('error', () => {});
    const head = `POST /upload HTTP/1.1\r\nHost: 127.0.0.1:${at.port}\r\nContent-Length: 100000\r\nContent-Type: multipart/form-data; boundary=x\r\n\r\n`;
    socket.write(
      `${head}--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n${'a'.repeat(5_000)}`,
    );
    const folder = join(at.pieces, '../uploads');
    await until('the upload to begin', async () => (await readdir(folder)).length === 1);
    socket.destroy();
    await until('it to be gone', async () => (await readdir(folder)).length === 0);
    expect(at.log.faults).toEqual([]);
  });

  it('is a form of a program, or of a site that may', async () => {
    const ask = (headers: Record<string, string>) =>
      fetch(`http://127.0.0.1:${at.port}/upload`, { method: 'POST', body: 'x', headers });
    expect((await ask({})).status).toBe(400);
    expect(
      (await ask({ origin: 'https://evil.example', 'content-type': 'multipart/form-data; boundary=a' })).status,
    ).toBe(403);
    expect((await at.get('/upload')).status).toBe(405);
  });

  it.skipIf(!hasLibtorrent)('is given to peers though nothing else is', async () => {
    const sent = await send(at, FILES, { name: 'shared' });
    const folder = await mkdtemp(join(tmpdir(), 'lsd-upload-'));
    const peer = await startLibtorrent({
      mode: 'fetch',
      encryption: 'plain',
      infoHash: hashOf(sent),
      trackers: [],
      peers: [`127.0.0.1:${at.peerPort}`],
      folder,
    });
    try {
      await peer.complete();
      await until('the file', async () => {
        const there = await readFile(join(folder, 'shared/top/film.mp4')).catch(() => undefined);
        return there?.equals(film);
      });
    } finally {
      await peer.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
