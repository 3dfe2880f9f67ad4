import { describe, expect, it } from 'vitest';
import type { RequestRow } from '../../../host/core/stored.ts';
import { openDatabase } from '../../../host/store/database.ts';
import { createRequestStore } from '../../../host/store/requests.ts';
import { parseId, parseInfoHash } from '../../../shared/id.ts';

const A = 'https://a.example';
const B = 'https://b.example';
const id = (n: number) => parseId(n.toString(16).padStart(40, '0'))!;
const hash = parseInfoHash('f'.repeat(40))!;
const row: RequestRow = {
  origin: A,
  id: id(1),
  addedAt: 10,
  metadata: { infoHash: hash, size: 3, extension: 'mkv', sha256: null },
  told: true,
  state: 'open',
  settled: false,
  learnedSize: null,
  refuted: false,
  reason: 'no-peers',
};

describe('the store of requests', () => {
  it('gives back the row that was put, by site, by id, and while it is open', () => {
    const requests = createRequestStore(openDatabase(':memory:'));
    const other: RequestRow = { ...row, origin: B, metadata: null, reason: null, addedAt: 5 };
    requests.put(row);
    requests.put(other);
    requests.put({ ...row, id: id(2), state: 'done', settled: true });
    expect(requests.get(A, id(1))).toEqual(row);
    expect(requests.ofId(id(1))).toEqual([other, row]);
    expect(requests.open()).toEqual([other, row]);
    expect(requests.ofSite(A).map(one => one.id)).toEqual([id(1), id(2)]);
    requests.put({ ...row, id: id(3), addedAt: 11 });
    expect(requests.openOf(A).map(one => one.id)).toEqual([id(3), id(1)]);
    requests.remove(A, id(1));
    expect(requests.get(A, id(1))).toBeUndefined();
  });

  it('keeps places and torrents beside the rows, while these are open', () => {
    const requests = createRequestStore(openDatabase(':memory:'));
    const places = { trackers: ['udp://t.example:1'], webseeds: [], peers: ['1.2.3.4:5'] };
    const metadata = { infoHash: hash, size: 9, extension: 'mp4', sha256: 'a'.repeat(64) };
    requests.put({ ...row, metadata: null, told: false });
    for (const one of [id(1), id(2)]) requests.describe(A, one, { metadata, places, torrent: new Uint8Array(1000) });
    expect(requests.ofSite(A)).toEqual([{ ...row, metadata, told: true }]);
    expect(requests.places(A, id(1))).toEqual(places);
    expect(requests.torrent(A, id(1))).toEqual(new Uint8Array(1000));
    expect(requests.describedBytes(A)).toBeGreaterThan(1000);
    requests.put({ ...row, state: 'done' });
    expect(requests.places(A, id(1))).toEqual({ trackers: [], webseeds: [], peers: [] });
    expect([requests.torrent(A, id(1)), requests.describedBytes(A)]).toEqual([null, 0]);
  });

  it('gives as many open ones as are wanted, and their number', () => {
    const requests = createRequestStore(openDatabase(':memory:'));
    requests.batch(() => {
      for (let n = 0; n < 5; n++) requests.put({ ...row, id: id(n), addedAt: n, state: n === 4 ? 'done' : 'open' });
    });
    expect(requests.openOf(A, 2).map(one => one.id)).toEqual([id(3), id(2)]);
    expect([requests.openCount(A), requests.openCount(B)]).toEqual([4, 0]);
    requests.setReason(A, id(3), 'quota');
    requests.setReason(A, id(4), 'quota');
    expect([requests.get(A, id(3))?.reason, requests.get(A, id(4))?.reason]).toEqual(['quota', 'no-peers']);
  });

  it('knows a size that the site does not say, of the torrent that had it', () => {
    const requests = createRequestStore(openDatabase(':memory:'));
    const nowhere = { places: { trackers: [], webseeds: [], peers: [] }, torrent: null };
    const metadata = { infoHash: hash, size: null, extension: '', sha256: null };
    requests.put({ ...row, metadata });
    requests.put({ ...row, origin: B });
    expect(requests.learnSize(id(1), parseInfoHash('e'.repeat(40))!, 77)).toEqual([]);
    expect(requests.learnSize(id(1), hash, 77)).toEqual([{ ...row, metadata, learnedSize: 77 }]);
    expect(requests.learnSize(id(1), hash, 77)).toEqual([]);
    requests.describe(A, id(1), { metadata, ...nowhere });
    expect(requests.get(A, id(1))?.learnedSize).toBe(77);
    requests.describe(A, id(1), { metadata: { ...metadata, infoHash: null }, ...nowhere });
    expect(requests.get(A, id(1))?.learnedSize).toBe(null);
  });

  it('forgets that what a site says is not so once it says something else', () => {
    const requests = createRequestStore(openDatabase(':memory:'));
    const nowhere = { places: { trackers: [], webseeds: [], peers: [] }, torrent: null };
    const said = { infoHash: hash, size: 9, extension: 'mp4', sha256: 'a'.repeat(64) };
    const isRefuted = () => requests.get(A, id(1))?.refuted;
    requests.put(row);
    requests.describe(A, id(1), { metadata: said, ...nowhere });
    for (const change of [{ infoHash: null }, { size: null }, { size: 8 }, { sha256: 'b'.repeat(64) }]) {
      requests.refute(A, id(1));
      requests.describe(A, id(1), { metadata: { ...said, extension: 'mkv' }, ...nowhere });
      expect(isRefuted()).toBe(true);
      requests.describe(A, id(1), { metadata: { ...said, ...change }, ...nowhere });
      expect(isRefuted()).toBe(false);
      requests.describe(A, id(1), { metadata: said, ...nowhere });
    }
    requests.put({ ...row, state: 'done' });
    requests.refute(A, id(1));
    expect(isRefuted()).toBe(false);
  });

  it('remembers which info hash was tried for which id', () => {
    const requests = createRequestStore(openDatabase(':memory:'));
    requests.markTried(id(1), hash);
    requests.markTried(id(1), hash);
    expect([requests.wasTried(id(1), hash), requests.wasTried(id(2), hash)]).toEqual([true, false]);
  });
});
