/** What the person is told of a torrent: pieces, peers, trackers, of one that is awake and of one that sleeps. */

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pieceMap } from '../../../host/bittorrent/engine/torrent-view.ts';
import { clientName } from '../../../host/bittorrent/peers/client-name.ts';
import { MAX_CELLS } from '../../../shared/browse.ts';
import { VERSION } from '../../../shared/protocol.ts';
import {
  GOING,
  type Home,
  hold,
  meeting,
  openHome,
  openTracker,
  request,
  someBytes,
  type TestTracker,
  until,
  wish,
} from '../../support/swarm.ts';

const bytesOf = (base64: string) => [...Buffer.from(base64, 'base64')];

describe('of two homes and a tracker', () => {
  const file = someBytes(2_000_000);
  let holder: Home;
  let requester: Home;
  let tracker: TestTracker;

  beforeAll(async () => {
    tracker = await openTracker();
    [holder, requester] = await Promise.all([openHome(), openHome()]);
    await hold(holder, file);
  });
  afterAll(async () => {
    await Promise.all([holder.close(), requester.close()]);
    await tracker.close();
  });

  it('a file that sleeps is whole, and meets nobody', async () => {
    const [view, ...others] = await holder.torrents.inspect(file.id);
    expect(others).toEqual([]);
    expect(view).toMatchObject({ infoHash: file.infoHash, awake: false, peers: [], trackers: [] });
    expect(view?.pieces).toMatchObject({ count: 8, length: 262_144, perCell: 1 });
    expect(bytesOf(view!.pieces!.here)).toEqual(Array(8).fill(255));
  });

  it('an id that nobody knows has no torrents', async () => {
    expect(await requester.torrents.inspect(file.id)).toEqual([]);
  });

  it('a download tells its peer, its tracker, and which of its pieces are here', async () => {
    request(holder, meeting(tracker.http), [file.id]);
    requester.torrents.setLimits({ down: 600_000, up: null });
    requester.torrents.download(wish(file, [meeting(tracker.http)]));
    const view = await until('a part of it', async () => {
      const [seen] = await requester.torrents.inspect(file.id);
      if (!seen?.pieces || seen.trackers[0]?.state !== 'answered') return undefined;
      return bytesOf(seen.pieces.here).includes(255) ? seen : undefined;
    });
    expect(view.awake).toBe(true);
    const here = bytesOf(view.pieces!.here);
    const holders = bytesOf(view.pieces!.holders);
    expect(here.map((share, at) => share === 255 || holders[at] === 1)).toEqual(Array(8).fill(true));
    expect(view.peers).toHaveLength(1);
    expect(view.peers[0]).toMatchObject({ over: 'tcp', progress: 1, client: `Lets Share Data ${VERSION}` });
    expect(view.peers[0]!.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(view.trackers[0]).toMatchObject({ url: tracker.http, seeders: expect.any(Number) });
    const [theirs] = await holder.torrents.inspect(file.id);
    expect(theirs).toMatchObject({ awake: true, peers: [{ progress: expect.any(Number) }] });
    requester.torrents.setLimits({ down: null, up: null });
    await until('all of it', () => requester.catalogue.held(file.id));
  });

  it('what stands still is in no engine', async () => {
    const other = someBytes(300_000);
    requester.torrents.setPaused({ ...GOING, items: new Set([other.id]) });
    requester.torrents.download(wish(other, [meeting(tracker.http)]));
    await until('its pause', () => requester.torrents.transfer(other.id)?.state === 'paused');
    const views = await requester.torrents.inspect(other.id);
    expect(views.every(view => !view.awake && view.pieces === null)).toBe(true);
  });
});

it('many pieces are told in few cells, each with the rarest of its missing pieces', () => {
  const map = pieceMap(
    { first: 10, last: 10 + 4 * MAX_CELLS - 1, length: 1 },
    piece => piece < 12,
    piece => (piece === 13 ? 2 : 300),
  );
  expect(map).toMatchObject({ count: 4 * MAX_CELLS, perCell: 4 });
  expect(bytesOf(map.here).slice(0, 2)).toEqual([127, 0]);
  expect(bytesOf(map.holders).slice(0, 2)).toEqual([2, 255]);
  expect(bytesOf(map.here)).toHaveLength(MAX_CELLS);
});

it.each([
  ['-qB4650-abcdefghijkl', 'qBittorrent 4.6.5'],
  ['-TR4060-abcdefghijkl', 'Transmission 4.0.6'],
  ['-XX1234-abcdefghijkl', ''],
  ['-__1234-abcdefghijkl', ''],
  ['M7-9-2--abcdefghijkl', ''],
])('the peer id %s is one of %s', (peerId, name) => {
  expect(clientName(Buffer.from(peerId).toString('hex'))).toBe(name);
});
