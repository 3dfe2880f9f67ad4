import { describe, expect, it } from 'vitest';
import { createEvents } from '../../../host/core/events.ts';
import type { SiteRow } from '../../../host/core/stored.ts';
import { openDatabase } from '../../../host/store/database.ts';
import { createBlocklist, createSettings } from '../../../host/store/settings.ts';
import { createSiteStore } from '../../../host/store/sites.ts';
import { parseId } from '../../../shared/id.ts';

const A = 'https://a.example';
const B = 'https://b.example';
const id = (n: number) => parseId(n.toString(16).padStart(40, '0'))!;
const row: SiteRow = {
  origin: A,
  url: `${A}/api/`,
  reach: 'public',
  lan: true,
  stun: true,
  download: false,
  quota: 5,
  expiresAt: null,
  addedAt: 1,
  lastUsedAt: null,
  username: 'ann',
  cookies: null,
};

describe('the store of sites', () => {
  it('gives back the grant that was put', () => {
    const sites = createSiteStore(openDatabase(':memory:'));
    sites.put(row);
    sites.put({ ...row, origin: B, reach: 'site', lan: false });
    sites.put({ ...row, quota: null });
    expect(sites.get(A)).toEqual({ ...row, quota: null });
    expect(sites.list().map(site => site.origin)).toEqual([A, B]);
    sites.remove(A);
    expect(sites.get(A)).toBeUndefined();
  });

  it('lists reported ids in order over several pages, each site its own, while others are written', () => {
    const sites = createSiteStore(openDatabase(':memory:'));
    const ids = Array.from({ length: 2500 }, (_, n) => id(n));
    sites.markReported(A, [...ids].reverse());
    sites.markReported(B, [id(7)]);
    const seen = [];
    for (const one of sites.reportedIds(A)) {
      seen.push(one);
      if (seen.length === 1) sites.unmarkReported(A, [id(2499)]);
    }
    expect(seen).toEqual(ids.slice(0, 2499));
    expect(sites.wasReported(B, id(7))).toBe(true);
    expect(sites.wasReported(B, id(8))).toBe(false);
  });

  it('forgets that metadata was sent together with the report', () => {
    const sites = createSiteStore(openDatabase(':memory:'));
    sites.markMetadataSent(A, [id(1)]);
    expect(sites.metadataSent(A, id(1))).toBe(true);
    expect(sites.wasReported(A, id(1))).toBe(false);
    sites.unmarkReported(A, [id(1)]);
    expect(sites.metadataSent(A, id(1))).toBe(false);
  });

  it('knows what a site withdrew, for that site only', () => {
    const sites = createSiteStore(openDatabase(':memory:'));
    sites.withdraw(A, [id(1), id(1)]);
    expect([sites.isWithdrawn(A, id(1)), sites.isWithdrawn(B, id(1))]).toEqual([true, false]);
  });
});

describe('settings and blocklist', () => {
  it('keep what was put until it is removed', () => {
    const database = openDatabase(':memory:');
    const settings = createSettings(database);
    settings.set('k', 'a');
    settings.set('k', 'b');
    expect(settings.get('k')).toBe('b');
    settings.remove('k');
    expect(settings.get('k')).toBeUndefined();
    const blocklist = createBlocklist(database);
    blocklist.add(id(2));
    blocklist.add(id(1));
    blocklist.add(id(1));
    expect(blocklist.list()).toEqual([id(1), id(2)]);
    blocklist.remove(id(1));
    expect([blocklist.has(id(1)), blocklist.has(id(2))]).toEqual([false, true]);
  });

  it('of blocked hashes has those of config.json beside its own, each as long as one of both names it', () => {
    const database = openDatabase(':memory:');
    const told: string[] = [];
    const events = createEvents(thrown => {
      throw thrown;
    });
    events.on('blocklist.changed', ({ hash }) => told.push(hash));
    const blocklist = createBlocklist(database, events, [id(3)]);
    expect([blocklist.has(id(3)), blocklist.isConfigured(id(3)), told]).toEqual([true, true, []]);
    blocklist.add(id(2));
    blocklist.configure([id(1), id(2)]);
    expect(told).toEqual([id(2), id(3), id(1)]);
    expect(blocklist.list()).toEqual([id(1), id(2)]);
    expect([1, 2, 3].map(n => blocklist.has(id(n)))).toEqual([true, true, false]);
    blocklist.configure([]);
    expect(blocklist.list()).toEqual([id(2)]);
    expect([1, 2, 3].map(n => blocklist.has(id(n)))).toEqual([false, true, false]);
    expect(createBlocklist(database).list()).toEqual([id(2)]);
  });
});
