import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../host/store/database.ts';
import { describeFile, granted, room, site, watch } from '../../support/granted.ts';
import { hashOf, idOf, until } from '../../support/sites-room.ts';
import { commitsIn } from '../../support/wal.ts';

const MINUTE = 60_000;

describe('what a site requests and says', () => {
  it('begins with the torrent that the site gave, which lies beside it', async () => {
    const { home, archive, origin } = await granted();
    const info = `d6:lengthi5e4:name3000:${'a'.repeat(3000)}e`;
    const torrent = Buffer.from(`d4:info${info}e`);
    const info_hash = createHash('sha1').update(info).digest('hex');
    describeFile(archive, 1, { info_hash, torrent: torrent.toString('base64') });
    await home.sites.addRequests(origin, [idOf(1)]);
    expect(Buffer.from(home.torrents.wishes.get(idOf(1))?.torrent() ?? '')).toEqual(torrent);
    expect(JSON.stringify(home.database.prepare('SELECT * FROM request').all()).length).toBeLessThan(1000);
  });

  it('is not queued where the site has as many as it may, or says too much of them', async () => {
    const { home, archive, origin } = await granted({ requestLimits: { open: 2, describedBytes: 500 } });
    describeFile(archive, 1);
    describeFile(archive, 2, { webseeds: [`https://w.example/${'a'.repeat(500)}`] });
    await expect(home.sites.addRequests(origin, [idOf(1), idOf(2)])).rejects.toMatchObject({ code: 'quota' });
    expect(home.requests.ofSite(origin)).toEqual([]);
    expect(home.torrents.wishes.size).toBe(0);
    await home.sites.addRequests(origin, [idOf(1)]);
    const calls = archive.of('addRequests').length;
    await expect(home.sites.addRequests(origin, [idOf(3), idOf(4)])).rejects.toMatchObject({ code: 'quota' });
    expect(archive.of('addRequests')).toHaveLength(calls);
    expect(home.requests.openCount(origin)).toBe(1);
    expect(await home.sites.addRequests(origin, [idOf(1), idOf(3)])).toEqual({ ids: [idOf(1)], missing: [idOf(3)] });
  });

  it('is written with few commits, however many there are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lsd-commits-'));
    onTestFinished(() => rm(folder, { recursive: true }));
    const path = join(folder, 'db');
    const { home, archive, origin } = await granted({ database: openDatabase(path), pollSeconds: 1e9 });
    const ids = Array.from({ length: 300 }, (_, n) => idOf(n));
    for (let n = 0; n < 300; n++) describeFile(archive, n);
    const before = commitsIn(path);
    await home.sites.addRequests(origin, ids);
    const added = commitsIn(path);
    expect(added - before).toBeLessThan(10);
    const removed = home.sites.removeRequests(origin, ids);
    await until(() => home.requests.ofSite(origin).length === 0, 'the site to be told');
    home.hands.pass(MINUTE);
    await removed;
    expect(commitsIn(path) - added).toBeLessThan(10);
  });

  it('that waits as before is not written again when it is looked at', async () => {
    const archive = await site({});
    const home = await room();
    await home.sites.grant({ origin: archive.origin });
    describeFile(archive, 1);
    await home.sites.addRequests(archive.origin, [idOf(1)]);
    expect(home.sites.item(archive.origin, idOf(1))).toMatchObject({ reason: 'no-tracker' });
    const changes: string[] = [];
    home.events.on('item.changed', ({ id }) => void changes.push(id));
    home.blocklist.add(idOf(9));
    expect(changes).toEqual([]);
  });

  it('over the quota waits until there is room', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    describeFile(archive, 2);
    await home.sites.grant({ origin, quota: 1500 });
    await home.sites.addRequests(origin, [idOf(1), idOf(2)]);
    expect([...home.torrents.wishes.keys()]).toEqual([idOf(1)]);
    expect(home.sites.item(origin, idOf(2))).toMatchObject({ state: 'waiting', reason: 'quota' });
    await home.sites.removeRequests(origin, [idOf(1)]);
    await until(() => home.torrents.wishes.has(idOf(2)), 'the second');
  });

  it('without a size is judged by the quota as soon as its metadata came, and one such comes at a time', async () => {
    const { home, archive, origin } = await granted();
    for (const n of [1, 2, 3]) describeFile(archive, n, { size: undefined });
    await home.sites.grant({ origin, quota: 1500 });
    await home.sites.addRequests(origin, [idOf(1), idOf(2), idOf(3)]);
    const running = () => [...home.torrents.wishes.keys()];
    const sized = (n: number, size: number) =>
      home.events.emit('download.sized', { id: idOf(n), infoHash: hashOf(n), size });
    expect(running()).toEqual([idOf(1)]);
    expect(home.sites.item(origin, idOf(2))).toMatchObject({ state: 'waiting', reason: 'queued' });
    sized(1, 1501);
    expect(home.sites.item(origin, idOf(1))).toMatchObject({ state: 'waiting', reason: 'quota', size: 1501 });
    expect(home.torrents.aside).toEqual([idOf(1)]);
    expect(running()).toEqual([idOf(2)]);
    sized(2, 1000);
    expect(running()).toEqual([idOf(2), idOf(3)]);
    sized(3, 501);
    expect(running()).toEqual([idOf(2)]);

    const later = await home.restart();
    watch(later);
    expect([...later.torrents.wishes.keys()]).toEqual([idOf(2)]);
    await later.sites.grant({ origin, quota: 1501 });
    expect([...later.torrents.wishes.keys()].sort()).toEqual([idOf(2), idOf(3)]);
  });

  it('without a size does not wait for another that nobody serves', async () => {
    const { home, archive, origin } = await granted({ pollSeconds: 1e9 });
    for (const n of [1, 2]) describeFile(archive, n, { size: undefined });
    await home.sites.grant({ origin, quota: 1500 });
    await home.sites.addRequests(origin, [idOf(1), idOf(2)]);
    home.torrents.all.set(idOf(1), {
      ...{ id: idOf(1), state: 'waiting', reason: 'no-peers', progress: 0, size: 0, downloaded: 0, uploaded: 0 },
      ...{ rates: { down: 0, up: 0 }, peers: 0 },
    });
    home.hands.pass(MINUTE);
    await until(() => home.torrents.wishes.has(idOf(2)), 'the other one');
  });
});
