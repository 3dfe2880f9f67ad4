/** When the seeding of what a site's request brought ends, by what peers really got and by a clock in the test's hand. */

import { afterEach, beforeEach, expect, it } from 'vitest';
import type { TransferLimits } from '../../../host/core/ports.ts';
import { event, type Home, hold, meeting, openHome, request, someBytes, until, wish } from '../../support/swarm.ts';

const HOUR = 3_600_000;
const FREE: TransferLimits = { down: null, up: null };
const file = someBytes(300_000);

let holder: Home;
let taker: Home;
let served = 0;
/** ms that the clock of the taker is ahead */
let ahead = 0;

beforeEach(async () => {
  [served, ahead] = [0, 0];
  const clock = { now: () => Date.now() + ahead };
  [holder, taker] = await Promise.all([openHome(), openHome({}, { clock, served: () => served })]);
  taker.events.on('bytes.moved', ({ up, held }) => {
    if (held) served += up;
  });
  await hold(holder, file);
  request(holder, meeting(null), [file.id]);
  await fetched(taker, holder);
  request(taker, meeting(null), [file.id]);
  await until('it awake', () => seeds(taker));
});
afterEach(async () => {
  await Promise.all([holder.close(), taker.close()]);
});

async function fetched(home: Home, from: Home): Promise<void> {
  const verified = event(home.events, 'download.verified');
  home.torrents.download(wish(file, [meeting(null, { peers: [`127.0.0.1:${from.torrents.peerPort}`] })]));
  await verified;
}

const seeds = (home: Home) => home.torrents.transfer(file.id)?.state === 'seeding';
const asleep = (home: Home) => until('it to sleep', () => home.torrents.transfer(file.id) === undefined);

it('a download is given until peers got it as often as the person set, and is not woken by who asks then', async () => {
  taker.torrents.setLimits({ ...FREE, seedRatio: 1.5 });
  for (const isEnough of [false, true]) {
    const third = await openHome();
    expect(seeds(taker)).toBe(true);
    await fetched(third, taker);
    await third.close();
    await until('it to be counted', () => served >= file.bytes.length * (isEnough ? 2 : 1));
    if (isEnough) await asleep(taker);
  }
  request(taker, meeting(null), [file.id]);
  expect(taker.torrents.transfer(file.id)).toBeUndefined();
  taker.torrents.setLimits({ ...FREE, seedRatio: 5 });
  request(taker, meeting(null), [file.id]);
  await until('it awake', () => seeds(taker));
});

it('… or until the time is over that the person set, of a clock that is moved', async () => {
  taker.torrents.setLimits({ ...FREE, seedMs: HOUR });
  ahead = HOUR - 60_000;
  taker.torrents.setLimits({ ...FREE, seedMs: HOUR });
  expect(seeds(taker)).toBe(true);
  ahead = HOUR;
  taker.torrents.setLimits({ ...FREE, seedMs: HOUR });
  await asleep(taker);
  request(taker, meeting(null), [file.id]);
  expect(taker.torrents.transfer(file.id)).toBeUndefined();
});

it('a file of their own is no request’s: neither ends it, and a copy of a download in a folder wakes that again', async () => {
  const over = { ...FREE, seedRatio: 0, seedMs: 0 };
  holder.torrents.setLimits(over);
  request(holder, meeting(null), [file.id]);
  taker.torrents.setLimits(over);
  await asleep(taker);
  expect(seeds(holder)).toBe(true);
  await hold(taker, file);
  taker.events.emit('library.changed', { folders: [] });
  await until('it awake', () => seeds(taker));
});
