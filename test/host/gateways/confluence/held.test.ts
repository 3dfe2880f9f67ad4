/** What becomes of held torrents in the engine: paused with all else, taken back at peers, half here. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { dict, encode } from '../../../../host/core/bencode.ts';
import { manyFiles } from '../../../support/many-files.ts';
import { hasLibtorrent } from '../../../support/peers.ts';
import { GOING, until, within } from '../../../support/swarm.ts';
import { EXTENDED, handshake, readPeer, withPayload } from '../../../support/wire.ts';
import { stand } from './stand.ts';

const PIECE = 16 * 1024;
const DONT_HAVE = 7;

describe.skipIf(!hasLibtorrent)('a held torrent', () => {
  it('moves nothing while everything is paused, gives what is here, and goes on after it', async () => {
    await using at = await stand();
    const torrent = manyFiles([{ path: 'a.mp4', size: 200 * PIECE }]);
    await at.seed(torrent);
    const read = (first: number, more = '') =>
      at.get(`/data?${at.magnet(torrent)}&path=a.mp4${more}`, {
        headers: { range: `bytes=${first * PIECE}-${(first + 1) * PIECE - 1}` },
      });
    expect((await read(0)).body.equals(torrent.bytes.subarray(0, PIECE))).toBe(true);
    at.home.torrents.setPaused({ ...GOING, all: 'paused-by-user' });
    await until(
      'its peers to be gone',
      async () => JSON.parse((await at.get('/torrents')).body.toString())[0].peers === 0,
    );
    expect((await read(0)).status).toBe(206);
    expect((await read(150, '&timeout=1')).status).toBe(504);
    const waiting = read(180);
    at.home.torrents.setPaused(GOING);
    expect((await within('the piece', waiting)).body.equals(torrent.bytes.subarray(180 * PIECE, 181 * PIECE))).toBe(
      true,
    );
    expect(at.log.faults).toEqual([]);
  });

  it('takes back at peers what left the cache', async () => {
    await using at = await stand({ holding: { serve: true, cacheBytes: 6 * PIECE } });
    const torrent = manyFiles([{ path: 'a.mp4', size: 40 * PIECE }]);
    await at.seed(torrent);
    const read = (first: number) =>
      at.get(`/data?${at.magnet(torrent)}&path=a.mp4`, {
        headers: { range: `bytes=${first * PIECE}-${(first + 1) * PIECE - 1}` },
      });
    await read(0);
    const socket = connect(at.peerPort, '127.0.0.1');
    const told: number[] = [];
    const shaken = Promise.withResolvers<void>();
    readPeer(socket, {
      onHandshake: () => shaken.resolve(),
      onMessage(type, payload) {
        if (type === EXTENDED && payload[0] === DONT_HAVE) told.push(payload.readUInt32BE(1));
      },
    });
    await once(socket, 'connect');
    socket.write(handshake(torrent.infoHash, true));
    await within('the handshake', shaken.promise);
    const hello = Buffer.from(encode(dict({ m: dict({ lt_donthave: DONT_HAVE }) })));
    socket.write(withPayload(EXTENDED, Buffer.concat([Buffer.from([0]), hello])));
    await until('the first piece to leave', async () => {
      for (const piece of [8, 16, 24, 32, 4, 12, 20, 28, 36]) await read(piece);
      return told.includes(0);
    });
    socket.destroy();
  });

  it('says which of its pieces are half here', async () => {
    await using at = await stand();
    const torrent = manyFiles([{ path: 'a.mp4', size: 2 * 1024 ** 2 }], { pieceLength: 2 * 1024 ** 2 });
    await at.seed(torrent, { uploadLimit: 200_000 });
    const leave = new AbortController();
    const reading = fetch(`http://127.0.0.1:${at.port}/data?${at.magnet(torrent)}&path=a.mp4`, {
      signal: leave.signal,
    });
    await until('a part of the piece', async () => {
      const [state] = JSON.parse((await at.get(`/fileState?${at.magnet(torrent)}&path=a.mp4`)).body.toString());
      return state.Partial === true && state.Complete === false && state.Priority === 5;
    });
    leave.abort();
    await expect(reading).rejects.toThrow();
  });
});
