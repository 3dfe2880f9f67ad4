/** Sites that disagree about a file: one of them is wrong, and that is nobody else's affair. */

import { describe, expect, it } from 'vitest';
import type { Difference } from '../../../host/core/ports.ts';
import { describeFile, granted, site, watch } from '../../support/granted.ts';
import { hashOf, idOf, type Room, until } from '../../support/sites-room.ts';

const MINUTE = 60_000;
const [WRONG, RIGHT] = ['a'.repeat(64), 'b'.repeat(64)];
const FAILED = { state: 'error', reason: 'id-mismatch' };

/** A home in which a wrong site, and after it a right one, requested the same id by the same info hash. */
async function two(wrong: object, right: object = {}) {
  const { home, archive, origin } = await granted({ pollSeconds: 1e9 });
  const other = await site();
  await home.sites.grant({ origin: other.origin });
  describeFile(archive, 1, wrong);
  describeFile(other, 1, right);
  for (const each of [origin, other.origin]) {
    await home.sites.addRequests(each, [idOf(1)]);
    home.hands.pass(1);
  }
  return { home, archive, other, wrong: origin, right: other.origin };
}

function mismatch(home: Room, difference: Difference): void {
  home.torrents.wishes.delete(idOf(1));
  home.events.emit('download.mismatch', { id: idOf(1), infoHash: hashOf(1), difference });
}

const wishOf = (home: Room) => home.torrents.wishes.get(idOf(1));
const meetsAt = (home: Room) => wishOf(home)?.meetings.map(({ by }) => by);

describe('of two sites that say another size of the same info hash', () => {
  it('the wrong one is told, and the right one gets its file', async () => {
    const { home, wrong, right } = await two({ size: 7 });
    expect([wishOf(home)?.size, meetsAt(home)]).toEqual([7, [wrong]]);
    const cancelled = home.torrents.cancelled.length;
    mismatch(home, { of: 'size', said: 7 });
    expect(home.torrents.cancelled.slice(cancelled)).toEqual([idOf(1)]);
    expect([wishOf(home)?.size, meetsAt(home)]).toEqual([1000, [right]]);
    expect(home.sites.item(wrong, idOf(1))).toMatchObject(FAILED);
    for (const item of [home.sites.item(right, idOf(1)), home.sites.itemForUser(idOf(1)), ...home.sites.everything()]) {
      expect(item).not.toHaveProperty('reason', 'id-mismatch');
    }

    const later = await home.restart();
    watch(later);
    expect(meetsAt(later)).toEqual([right]);
    await later.verify(idOf(1));
    expect(later.sites.item(right, idOf(1)).state).toBe('available');
    expect(later.sites.item(wrong, idOf(1))).toMatchObject(FAILED);
    later.share('https://third.example', [1]);
    expect(later.sites.itemForUser(idOf(1)).state).toBe('available');
  });

  it('the wrong one that comes later disturbs nothing, and is told at the end', async () => {
    const { home, wrong: first, right: late } = await two({}, { size: 7 });
    expect(meetsAt(home)).toEqual([first]);
    expect(home.torrents.cancelled).toEqual([]);
    await home.verify(idOf(1));
    expect(home.sites.item(first, idOf(1)).state).toBe('available');
    expect(home.sites.item(late, idOf(1))).toMatchObject(FAILED);
    expect(home.torrents.wishes.size).toBe(0);
  });

  it('the wrong one disturbs nothing either where only the torrent knew the size', async () => {
    const { home, archive, other, right: late } = await two({ size: undefined }, { info_hash: null });
    home.events.emit('download.sized', { id: idOf(1), infoHash: hashOf(1), size: 1000 });
    describeFile(other, 1, { size: 7 });
    await home.sites.addRequests(late, [idOf(1)]);
    expect(meetsAt(home)).toEqual([archive.origin]);
    expect(home.torrents.cancelled).toEqual([]);
  });

  it('the wrong one is asked again, and joins when it says something else', async () => {
    const { home, archive, wrong, right } = await two({ size: 7 });
    mismatch(home, { of: 'size', said: 7 });
    home.hands.pass(MINUTE);
    await until(() => archive.of('addRequests').length === 2, 'the question');
    expect(home.sites.item(wrong, idOf(1))).toMatchObject(FAILED);
    describeFile(archive, 1);
    home.hands.pass(2 * MINUTE);
    await until(() => meetsAt(home)?.length === 2, 'the other meeting place');
    expect(meetsAt(home)).toEqual([wrong, right]);
    await home.verify(idOf(1));
    expect(home.sites.item(wrong, idOf(1)).state).toBe('available');
  });

  it('one that says none goes on with the next', async () => {
    const { home, wrong, right } = await two({ size: 7 }, { size: undefined });
    expect(meetsAt(home)).toEqual([wrong, right]);
    mismatch(home, { of: 'size', said: 7 });
    expect([wishOf(home)?.size, meetsAt(home)]).toEqual([null, [right]]);
  });
});

describe('of two sites that name another SHA-256 of the same info hash', () => {
  it.each([
    ['the right one', RIGHT],
    ['none', undefined],
  ])('the wrong one is told at the end, and the other, which names %s, has its file', async (_, sha256) => {
    const { home, wrong, right } = await two({ sha256: WRONG }, { sha256 });
    expect(meetsAt(home)).toEqual([wrong, right]);
    expect(wishOf(home)?.sha256s).toEqual([WRONG, sha256 ?? null]);
    await home.verify(idOf(1), RIGHT);
    expect(home.sites.item(right, idOf(1)).state).toBe('available');
    expect(home.sites.item(wrong, idOf(1))).toMatchObject(FAILED);
    expect(home.sites.mayRead(right, idOf(1))).toBe(true);
    expect(home.catalogue.isShared(wrong, idOf(1))).toBe(false);
    expect(home.torrents.wishes.size).toBe(0);
  });

  it('both are told where it is neither, and a third is not', async () => {
    const { home, wrong, right } = await two({ sha256: WRONG }, { sha256: 'c'.repeat(64) });
    const third = await site();
    await home.sites.grant({ origin: third.origin });
    describeFile(third, 1, { size: 9 });
    await home.sites.addRequests(third.origin, [idOf(1)]);
    mismatch(home, { of: 'sha256', said: wishOf(home)?.sha256s ?? [] });
    for (const origin of [wrong, right]) expect(home.sites.item(origin, idOf(1))).toMatchObject(FAILED);
    expect(meetsAt(home)).toEqual([third.origin]);
  });
});

it('a SHA-256 that nobody looked at is looked at before the site has its file', async () => {
  const { home, wrong: other, right } = await two({ info_hash: hashOf(9) }, { sha256: RIGHT });
  expect(meetsAt(home)).toEqual([other]);
  await home.verify(idOf(1));
  expect(home.sites.item(other, idOf(1)).state).toBe('available');
  expect(home.requests.get(right, idOf(1))?.state).toBe('open');
  expect(meetsAt(home)).toEqual([right]);
  await home.verify(idOf(1), RIGHT);
  expect(home.sites.item(right, idOf(1)).state).toBe('available');
});

it('an info hash that brings other bytes is tried for nobody again', async () => {
  const { home, wrong, right } = await two({});
  mismatch(home, { of: 'id' });
  for (const origin of [wrong, right]) expect(home.sites.item(origin, idOf(1))).toMatchObject(FAILED);
  expect(home.torrents.wishes.size).toBe(0);
});
