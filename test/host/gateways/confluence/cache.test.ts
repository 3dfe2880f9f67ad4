/** What is kept of torrents: pieces up to so many bytes, shared, found again after a restart, and never trusted unseen. */

import { existsSync } from 'node:fs';
import { readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectPeer } from '../../../support/asking-peer.ts';
import { type ManyFiles, manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { sha1, until } from '../../../support/swarm.ts';
import { stand } from './stand.ts';

const PIECE = 16 * 1024;

async function kept(folder: string): Promise<{ path: string; bytes: number }[]> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const pieces = names.filter(name => /[0-9a-f]{40}$/.test(name)).map(name => join(folder, name));
  return Promise.all(pieces.map(async path => ({ path, bytes: (await stat(path)).size })));
}

/** Below the folder of pieces. */
function pieceNames({ bytes }: ManyFiles): string[] {
  return Array.from({ length: bytes.length / PIECE }, (_, at) => {
    const hash = sha1(bytes.subarray(at * PIECE, (at + 1) * PIECE));
    return join(hash.slice(0, 2), hash);
  });
}

describe.skipIf(!hasLibtorrent)('the cache', () => {
  it('keeps no more than it may, and fetches what left once it is read again', async () => {
    const most = 8 * PIECE;
    // The window of a reader stays; a reader of 4 pieces wants no more.
    await using at = await stand({ holding: { cacheBytes: most } });
    const torrent = manyFiles([{ path: 'a.mp4', size: 64 * PIECE }]);
    await at.seed(torrent);
    for (let round = 0; round < 2; round++) {
      for (let from = 0; from < 64; from += 4) {
        const [start, end] = [from * PIECE, (from + 4) * PIECE];
        const { body } = await at.get(`/data?${at.magnet(torrent)}&path=a.mp4`, {
          headers: { range: `bytes=${start}-${end - 1}` },
        });
        expect(body.equals(torrent.bytes.subarray(start, end))).toBe(true);
      }
      await until('the cache to shrink', async () => {
        const bytes = (await kept(at.pieces)).reduce((sum, piece) => sum + piece.bytes, 0);
        return bytes > 0 && bytes <= most;
      });
    }
  });

  it('is found after a restart: no peer is needed for what was read, nor for what describes it', async () => {
    await using at = await stand();
    const torrent = manyFiles([
      { path: 'a.mp4', size: 10 * PIECE },
      { path: 'b.mp4', size: 10 * PIECE },
    ]);
    const seeder = await at.seed(torrent);
    expect((await at.get(`/data?${at.magnet(torrent)}`)).status).toBe(200);
    await seeder.close();
    await at.restart();
    const again = await at.get(`/data?ih=${torrent.infoHash}`);
    expect(again.body.equals(torrent.bytes)).toBe(true);
    const metainfo = await at.get(`/metainfo?ih=${torrent.infoHash}`, { headers: { accept: 'application/json' } });
    expect(JSON.parse(metainfo.body.toString()).announce).toBe(at.tracker.http);
  });

  it('gives no byte of a piece that was changed while nobody looked, and fetches it again', async () => {
    await using at = await stand();
    const torrent = manyFiles([{ path: 'a.mp4', size: 6 * PIECE }]);
    await at.seed(torrent);
    await at.get(`/data?${at.magnet(torrent)}`);
    for (const { path } of (await kept(at.pieces)).slice(0, 3)) await writeFile(path, Buffer.alloc(PIECE));
    await at.restart();
    expect((await at.get(`/data?${at.magnet(torrent)}`)).body.equals(torrent.bytes)).toBe(true);
  });

  it('gives peers no byte of a piece that was changed while nobody looked', async () => {
    await using at = await stand({ holding: { serve: true } });
    const torrent = manyFiles([{ path: 'a.mp4', size: 6 * PIECE }]);
    const seeder = await at.seed(torrent);
    await at.get(`/data?${at.magnet(torrent)}`);
    await seeder.close();
    const bad = join(at.pieces, pieceNames(torrent)[2]!);
    await writeFile(bad, Buffer.alloc(PIECE));
    await at.restart();
    const { infoHash } = torrent;
    const state = `/fileState?ih=${infoHash}&path=a.mp4`;
    await at.get(state);
    const peer = await connectPeer({ port: at.peerPort, infoHash });
    const spoilt = peer.request(2, 0, PIECE).catch(() => undefined);
    expect((await peer.request(3, 0, PIECE)).equals(torrent.bytes.subarray(3 * PIECE, 4 * PIECE))).toBe(true);
    await until('the piece to leave', async () => {
      const states: { Complete: boolean }[] = JSON.parse((await at.get(state)).body.toString());
      return states.every(({ Complete }, piece) => Complete === (piece !== 2)) && !existsSync(bad);
    });
    peer.close();
    expect(await spoilt).toBeUndefined();
  });

  it('drops bad pieces when it is asked to look, and fetches nothing for it', async () => {
    await using at = await stand();
    const torrent = manyFiles([{ path: 'a.mp4', size: 6 * PIECE }]);
    const seeder = await at.seed(torrent);
    await at.get(`/data?${at.magnet(torrent)}`);
    await seeder.close();
    const [bad] = await kept(at.pieces);
    await writeFile(bad!.path, Buffer.alloc(PIECE));
    const look = await at.get(`/verifyData?ih=${torrent.infoHash}`);
    expect([look.status, look.body.length]).toEqual([200, 0]);
    const states = JSON.parse((await at.get(`/fileState?ih=${torrent.infoHash}&path=a.mp4`)).body.toString());
    expect(states.filter((state: { Complete: boolean }) => state.Complete).length).toBe(5);
    expect((await kept(at.pieces)).length).toBe(5);
  });

  it('shares pieces between torrents, and keeps those that another one names', async () => {
    await using at = await stand();
    const bytes = manyFiles([{ path: 'x', size: 8 * PIECE }]).bytes;
    const one = manyFiles([{ path: 'a.mp4', bytes }], { name: 'one' });
    const other = manyFiles([{ path: 'b.mp4', bytes: Buffer.concat([bytes, Buffer.alloc(10, 1)]) }], { name: 'other' });
    const seeder = await at.seed(one);
    await at.get(`/data?${at.magnet(one)}`);
    await seeder.close();
    // Known by its metainfo alone: nobody seeds it.
    await fetch(`http://127.0.0.1:${at.port}/metainfo`, { method: 'POST', body: Buffer.from(other.metainfo) });
    const part = await at.get(`/data?ih=${other.infoHash}&path=b.mp4`, {
      headers: { range: `bytes=0-${8 * PIECE - 1}` },
    });
    expect(part.body.equals(bytes)).toBe(true);
    expect((await at.get(`/torrents?ih=${one.infoHash}&data=1`, { method: 'DELETE' })).status).toBe(204);
    expect((await kept(at.pieces)).length).toBe(8);
    expect((await at.get(`/torrents?ih=${other.infoHash}&data=1`, { method: 'DELETE' })).status).toBe(204);
    expect(await kept(at.pieces)).toEqual([]);
    expect((await at.get(`/torrents?ih=${other.infoHash}`, { method: 'DELETE' })).status).toBe(404);
  });
});
