import { access, mkdir, rm, rmdir } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { describeFile, granted, room, site, watch } from '../../support/granted.ts';
import { refuse } from '../../support/site-double.ts';
import { hashOf, idOf, until } from '../../support/sites-room.ts';

const MINUTE = 60_000;

describe('a request', () => {
  it('is told, downloaded, verified, taken back at the site, and then added by a sync', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    expect(await home.sites.addRequests(origin, [idOf(1), idOf(2)])).toEqual({ ids: [idOf(1)], missing: [idOf(2)] });
    expect(home.torrents.wishes.get(idOf(1))).toMatchObject({
      infoHash: hashOf(1),
      size: 1000,
      extension: 'mkv',
      meetings: [{ by: origin, trackers: ['udp://127.0.0.1:9'], reach: 'site', lan: true }],
    });
    expect(home.sites.item(origin, idOf(1)).state).toBe('waiting');
    expect(home.sites.item(origin, idOf(2)).state).toBe('unknown');
    expect(home.sites.mayRead(origin, idOf(1))).toBe(true);

    await home.verify(idOf(1));
    await until(() => archive.ids.has(idOf(1)), 'the sync');
    await until(() => !archive.requested.has(idOf(1)), 'removeRequests');
    await until(() => home.requests.get(origin, idOf(1))?.settled);
    expect(home.sites.item(origin, idOf(1))).toMatchObject({ state: 'available', progress: 1 });
    expect(home.sites.downloads()).toMatchObject([{ id: idOf(1), sites: [origin] }]);
  });

  it('has what fetches it start while the site is still asked, unless nothing new is wanted', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    const added = home.sites.addRequests(origin, [idOf(1)]);
    expect(home.torrents.warmUps).toBe(1);
    expect(home.torrents.wishes.size).toBe(0);
    await added;
    await home.sites.addRequests(origin, [idOf(1)]);
    expect(home.torrents.warmUps).toBe(1);
  });

  it('that nobody has described yet waits, and is asked again after 1, 2, 5, then every 15 minutes', async () => {
    const { home, archive, origin } = await granted({ pollSeconds: 1e9 });
    archive.replies.set('addRequests', () => [{ sha1: idOf(1) }]);
    await home.sites.addRequests(origin, [idOf(1)]);
    expect(home.sites.item(origin, idOf(1))).toMatchObject({ state: 'waiting', reason: 'no-holder' });
    let asked = 1;
    for (const minutes of [1, 2, 5, 15, 15]) {
      home.hands.pass(minutes * MINUTE - 3000);
      expect(archive.of('addRequests')).toHaveLength(asked);
      home.hands.pass(3000);
      await until(() => archive.of('addRequests').length === asked + 1, `ask ${asked} after ${minutes} min`);
      asked++;
    }
    describeFile(archive, 1);
    archive.replies.delete('addRequests');
    home.hands.pass(15 * MINUTE);
    await until(() => home.torrents.wishes.has(idOf(1)));
  });

  it('without peers is asked again, and takes over another info hash', async () => {
    const { home, archive, origin } = await granted({ pollSeconds: 1e9 });
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    home.torrents.all.set(idOf(1), {
      ...{ id: idOf(1), state: 'waiting', reason: 'no-peers', progress: 0, size: 0, downloaded: 0, uploaded: 0 },
      ...{ rates: { down: 0, up: 0 }, peers: 0 },
    });
    describeFile(archive, 1, { info_hash: hashOf(77) });
    home.hands.pass(MINUTE);
    await until(() => home.torrents.wishes.get(idOf(1))?.infoHash === hashOf(77));
  });

  it('whose bytes were others ends in an error, and that info hash is not tried again', async () => {
    const { home, archive, origin } = await granted({ pollSeconds: 1e9 });
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    home.torrents.wishes.clear();
    home.events.emit('download.mismatch', { id: idOf(1), infoHash: hashOf(1), difference: { of: 'id' } });
    expect(home.sites.item(origin, idOf(1))).toMatchObject({ state: 'error', reason: 'id-mismatch' });
    home.hands.pass(MINUTE);
    await until(() => archive.of('addRequests').length === 2);
    expect(archive.requested.has(idOf(1))).toBe(true);
    expect(home.torrents.wishes.size).toBe(0);
    describeFile(archive, 1, { info_hash: hashOf(5) });
    home.hands.pass(2 * MINUTE);
    await until(() => home.torrents.wishes.get(idOf(1))?.infoHash === hashOf(5));
  });

  it('that is cancelled deletes the partial file, and the site hears of it when it is back', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    archive.replies.set('removeRequests', () => refuse(500));
    expect(await home.sites.removeRequests(origin, [idOf(1)])).toEqual({ ids: [idOf(1)] });
    expect(home.torrents.cancelled).toEqual([idOf(1)]);
    expect(home.sites.item(origin, idOf(1)).state).toBe('unknown');
    expect(home.sites.mayRead(origin, idOf(1))).toBe(false);
    archive.replies.delete('removeRequests');
    const later = await home.restart();
    watch(later);
    await until(() => !archive.requested.has(idOf(1)), 'the removal');
    await until(() => !later.requests.get(origin, idOf(1)), 'the end of its row');
  });

  it('goes on after a restart, also while the site is down, with the trackers that are known', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    await archive.close();
    const later = await home.restart();
    watch(later);
    expect(later.torrents.wishes.get(idOf(1))?.meetings).toMatchObject([{ trackers: ['udp://127.0.0.1:9'] }]);
  });

  it('that was verified just before the end is finished by the next start', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    home.catalogue.recordDownload({
      ...{
        id: idOf(1),
        path: '/downloads/1',
        size: 1000,
        extension: 'mkv',
        sha256: null,
        infoHash: hashOf(1),
        verifiedAt: home.hands.now(),
      },
      stamp: { inode: '1:1', size: 1000, mtimeNs: '0', ctimeNs: '0' },
    });
    const later = await home.restart();
    watch(later);
    expect(later.sites.item(origin, idOf(1)).state).toBe('available');
    await until(() => archive.ids.has(idOf(1)) && !archive.requested.has(idOf(1)));
  });

  it('is not queued when the site cannot be asked', async () => {
    const { home, archive, origin } = await granted();
    archive.replies.set('addRequests', () => refuse(500, 'broken'));
    await expect(home.sites.addRequests(origin, [idOf(1)])).rejects.toMatchObject({ code: 'site-error' });
    expect(home.requests.get(origin, idOf(1))).toBeUndefined();
  });

  it('for what is shared with the site already is available at once, without a call', async () => {
    const { home, archive, origin } = await granted();
    home.share(origin, [1]);
    expect(await home.sites.addRequests(origin, [idOf(1)])).toEqual({ ids: [idOf(1)], missing: [] });
    expect(archive.of('addRequests')).toEqual([]);
    expect(home.sites.item(origin, idOf(1)).state).toBe('available');
  });

  it('for what is held but not shared with the site is downloaded like any other', async () => {
    const { home, archive, origin } = await granted();
    home.share('https://other.example', [1]);
    describeFile(archive, 1);
    expect(home.sites.item(origin, idOf(1))).toEqual({ id: idOf(1), state: 'unknown' });
    await home.sites.addRequests(origin, [idOf(1)]);
    expect(home.torrents.wishes.has(idOf(1))).toBe(true);
    expect(home.sites.item(origin, idOf(1)).state).toBe('waiting');
  });

  it('goes by the trackers that the site names later', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    archive.wanted = { ids: [], trackers: ['udp://127.0.0.1:10'] };
    await home.sites.seedRequests(origin);
    expect(home.torrents.wishes.get(idOf(1))?.meetings[0]?.trackers).toEqual([
      'udp://127.0.0.1:9',
      'udp://127.0.0.1:10',
    ]);
  });

  it('of one site is not done because another shares the file meanwhile', async () => {
    const { home, archive, origin } = await granted();
    const other = await site();
    await home.sites.grant({ origin: other.origin });
    for (const one of [archive, other]) {
      describeFile(one, 1);
      await home.sites.addRequests(one.origin, [idOf(1)]);
    }
    home.share(other.origin, [1]);
    await home.sites.grant({ origin: other.origin });
    expect(home.sites.item(other.origin, idOf(1)).state).toBe('available');
    await until(() => !other.requested.has(idOf(1)));
    expect(home.requests.get(origin, idOf(1))?.state).toBe('open');
    expect(home.torrents.wishes.get(idOf(1))?.meetings.map(one => one.by)).toEqual([origin]);
  });

  it('of a site without trackers and of reach "site" says so', async () => {
    const archive = await site({});
    const home = await room();
    await home.sites.grant({ origin: archive.origin });
    describeFile(archive, 1);
    await home.sites.addRequests(archive.origin, [idOf(1)]);
    expect(home.sites.item(archive.origin, idOf(1))).toMatchObject({ state: 'waiting', reason: 'no-tracker' });
    await home.sites.grant({ origin: archive.origin, reach: 'public' });
    expect(home.sites.item(archive.origin, idOf(1))).not.toHaveProperty('reason');
  });

  it('of a blocked id is not made', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    home.blocklist.add(idOf(1));
    expect(await home.sites.addRequests(origin, [idOf(1)])).toEqual({ ids: [], missing: [idOf(1)] });
    expect(archive.of('addRequests')).toEqual([]);
  });

  it('whose id is blocked stops at once, and goes on when it is not blocked any longer', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    for (const hash of [idOf(1), hashOf(1)]) {
      home.blocklist.add(hash);
      expect(home.torrents.wishes.size).toBe(0);
      expect(home.sites.item(origin, idOf(1))).toMatchObject({ state: 'error', reason: 'blocked' });
      home.blocklist.remove(hash);
      expect(home.torrents.wishes.has(idOf(1))).toBe(true);
    }
  });

  it('of a site that may not download is denied', async () => {
    const { home, origin } = await granted();
    await home.sites.grant({ origin, download: false });
    await expect(home.sites.addRequests(origin, [idOf(1)])).rejects.toMatchObject({ code: 'denied' });
  });
});

describe('an id that two sites request', () => {
  it('is one download with both as meeting places, and outlives the cancelling of one', async () => {
    const { home, archive, origin } = await granted();
    const other = await site({ trackers: ['udp://127.0.0.1:8'] });
    await home.sites.grant({ origin: other.origin });
    describeFile(archive, 1);
    describeFile(other, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    await home.sites.addRequests(other.origin, [idOf(1)]);
    expect(home.torrents.wishes.get(idOf(1))?.meetings.map(one => one.by)).toEqual([origin, other.origin].sort());
    await home.sites.removeRequests(origin, [idOf(1)]);
    expect(home.torrents.cancelled).toEqual([]);
    expect(home.torrents.wishes.get(idOf(1))?.meetings.map(one => one.by)).toEqual([other.origin]);
    await home.sites.remove(other.origin, { erase: false });
    expect(home.torrents.cancelled).toEqual([idOf(1)]);
  });

  it('keeps what has arrived while one of them only waits', async () => {
    const { home, archive, origin } = await granted();
    const other = await site();
    await home.sites.grant({ origin: other.origin, quota: 1 });
    describeFile(archive, 1);
    describeFile(other, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    await home.sites.addRequests(other.origin, [idOf(1)]);
    expect(home.sites.item(other.origin, idOf(1))).toMatchObject({ reason: 'quota' });
    await home.sites.removeRequests(origin, [idOf(1)]);
    expect(home.torrents.aside).toEqual([idOf(1)]);
    expect(home.torrents.cancelled).toEqual([]);
    await home.sites.removeRequests(other.origin, [idOf(1)]);
    expect(home.torrents.cancelled).toEqual([idOf(1)]);
  });

  it('is kept when one of them is erased, and deleted with the last', async () => {
    const { home, archive, origin } = await granted();
    const other = await site();
    await home.sites.grant({ origin: other.origin });
    for (const one of [archive, other]) {
      describeFile(one, 1);
      await home.sites.addRequests(one.origin, [idOf(1)]);
    }
    await home.verify(idOf(1));
    const path = home.sites.downloads()[0]!.path;
    await home.sites.remove(origin, { erase: true });
    await access(path);
    expect(home.sites.item(other.origin, idOf(1)).state).toBe('available');
    await home.sites.remove(other.origin, { erase: true });
    await expect(access(path)).rejects.toThrow();
    expect(home.sites.downloads()).toEqual([]);
  });

  it('is erased though a file stays, which is told, and may be erased again', async () => {
    const { home, archive, origin } = await granted();
    for (const n of [1, 2]) describeFile(archive, n);
    await home.sites.addRequests(origin, [idOf(1), idOf(2)]);
    for (const n of [1, 2]) await home.verify(idOf(n));
    const [stays, goes] = home.sites.downloads().map(({ path }) => path);
    await rm(stays!);
    await mkdir(stays!);
    await expect(home.sites.remove(origin, { erase: true })).rejects.toMatchObject({ params: { files: 1 } });
    await expect(access(goes!)).rejects.toThrow();
    expect(home.sites.downloads()).toHaveLength(1);
    expect(home.sites.list()).toEqual([]);
    expect(home.torrents.forgotten).toContain(origin);
    const calls = archive.calls.length;
    home.hands.pass(60 * MINUTE);
    expect(archive.calls).toHaveLength(calls);
    await rmdir(stays!);
    await home.sites.remove(origin, { erase: true });
    expect(home.sites.downloads()).toEqual([]);
    expect(home.requests.ofSite(origin)).toEqual([]);
  });

  it('whose file another program deleted is offered no longer, and may be asked for again', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    await home.verify(idOf(1));
    await until(() => archive.ids.has(idOf(1)));
    home.catalogue.removeDownload(idOf(1));
    home.events.emit('download.lost', { id: idOf(1) });
    expect(home.sites.item(origin, idOf(1)).state).toBe('unknown');
    expect(home.sites.mayRead(origin, idOf(1))).toBe(false);
    await until(() => !archive.ids.has(idOf(1)), 'the sync that removes it');
    await home.sites.addRequests(origin, [idOf(1)]);
    expect(home.torrents.wishes.has(idOf(1))).toBe(true);
  });

  it('removed by the person leaves the list of each site', async () => {
    const { home, archive, origin } = await granted();
    describeFile(archive, 1);
    await home.sites.addRequests(origin, [idOf(1)]);
    await home.verify(idOf(1));
    await until(() => archive.ids.has(idOf(1)));
    await home.sites.removeDownload(idOf(1));
    await until(() => !archive.ids.has(idOf(1)), 'the sync that removes it');
  });
});
