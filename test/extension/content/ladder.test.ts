/** The ladder: which way is tried when, and what the page is told meanwhile. No browser: ways are doubles, time is ours. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createLadder } from '../../../extension/content/playback/ladder.ts';
import { Blocked, type Rung, type Wanted } from '../../../extension/content/playback/rung.ts';
import type { Playback, Way } from '../../../extension/page/playing.ts';
import { LsdError } from '../../../shared/errors.ts';

const ID = 'a'.repeat(40);
/** of which nothing but its events matters */
const element = new EventTarget() as HTMLMediaElement;
const wanted: Wanted = { element, id: ID, start: true };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** A way that ends as it is told, or never. */
function rung(way: Way, end?: 'plays' | Error, extra: Partial<Rung> = {}) {
  const signals: AbortSignal[] = [];
  const double: Rung = {
    way,
    fits: () => true,
    play(_wanted, signal) {
      signals.push(signal);
      if (end === 'plays') return Promise.resolve(way);
      if (end) return Promise.reject(end);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    },
    ...extra,
  };
  return { double, signals };
}

function stand(rungs: Rung[], reason: () => string | undefined = () => undefined) {
  const told: Omit<Playback, 'id' | 'message'>[] = [];
  const ladder = createLadder({
    rungs,
    background: { url: async () => 'http://127.0.0.1:1/get/x?t=y', reason: async () => reason() },
    situation: async () => ({ browser: 'chromium', loopback: 'prompt' }),
    report: (_element, { id, message: _message, ...playback }) => {
      expect(id).toBe(ID);
      told.push(playback);
    },
  });
  return { ladder, told };
}

it('plays by the first way that fits and plays, and puts away what did not', async () => {
  const unfit = rung('direct', 'plays', { fits: () => false });
  const blocked = rung('frame', new Blocked('no'));
  const playing = rung('stream', 'plays');
  const { ladder, told } = stand([unfit.double, blocked.double, playing.double]);
  expect(await ladder.play(wanted)).toBe('stream');
  expect(told).toEqual([{ state: 'playing', way: 'stream' }]);
  expect(unfit.signals).toEqual([]);
  expect(blocked.signals[0]?.aborted).toBe(true);
  expect(playing.signals[0]?.aborted).toBe(false);
});

it('says within 5 seconds that a way is silent where nothing keeps the file from playing, and leaves it then', async () => {
  const hanging = rung('direct');
  const { ladder, told } = stand([hanging.double, rung('frame', 'plays').double]);
  const played = ladder.play(wanted);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told).toEqual([{ state: 'waiting', way: 'direct', reason: 'slow' }]);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await played).toBe('frame');
  expect(hanging.signals[0]?.aborted).toBe(true);
  expect(told.slice(1)).toEqual([{ state: 'playing', way: 'frame' }]);
});

it('waits for a file that is on its way, and says why within 5 seconds and as often', async () => {
  let reason: string | undefined = 'no-peers';
  const { ladder, told } = stand([rung('direct').double, rung('frame', 'plays').double], () => reason);
  const played = ladder.play(wanted);
  await vi.advanceTimersByTimeAsync(10_000);
  const waiting = { state: 'waiting', way: 'direct', reason: 'no-peers' };
  expect(told).toEqual([waiting, waiting]);
  reason = undefined;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await played).toBe('frame');
});

it('says at once that the person has to click, and waits as long as that takes', async () => {
  const { ladder, told } = stand([rung('tab', undefined, { waitsForClick: true }).double]);
  void ladder.play(wanted).catch(() => {});
  await vi.advanceTimersByTimeAsync(60_000);
  expect(told).toEqual([{ state: 'waiting', way: 'tab', reason: 'click', userAction: 'click' }]);
});

it.each([
  ['every way is closed', new Blocked('no'), 'invalid'],
  ['the file is gone', new LsdError('not-found', 'gone'), 'not-found'],
])('fails, and says so, where %s', async (_what, end, code) => {
  const { ladder, told } = stand([rung('direct', end).double]);
  await expect(ladder.play(wanted)).rejects.toMatchObject({ code });
  expect(told).toMatchObject([{ state: 'failed', code }]);
});

it('fails without trying any way where the page may not play it', async () => {
  const way = rung('direct', 'plays');
  const ladder = createLadder({
    rungs: [way.double],
    background: {
      url: () => Promise.reject(new LsdError('denied', 'no grant', { userAction: 'grant' })),
      reason: async () => undefined,
    },
    situation: async () => ({ browser: 'firefox', loopback: 'granted' }),
    report: (_element, { state, userAction }) =>
      expect({ state, userAction }).toEqual({ state: 'failed', userAction: 'grant' }),
  });
  await expect(ladder.play(wanted)).rejects.toMatchObject({ code: 'denied' });
  expect(way.signals).toEqual([]);
});

it('fails within 5 seconds where nobody answers', async () => {
  const ladder = createLadder({
    rungs: [],
    background: { url: () => new Promise(() => {}), reason: async () => undefined },
    situation: async () => ({ browser: 'firefox', loopback: 'granted' }),
    report: () => {},
  });
  const failed = expect(ladder.play(wanted)).rejects.toMatchObject({ code: 'timeout' });
  await vi.advanceTimersByTimeAsync(5_000);
  await failed;
});

it('ends what plays when the element plays something else, and says nothing of its end', async () => {
  const first = rung('frame', 'plays');
  const { ladder, told } = stand([first.double]);
  await ladder.play(wanted);
  await ladder.play(wanted);
  expect(first.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
  ladder.leave(element);
  expect(first.signals[1]?.aborted).toBe(true);
  expect(told.map(({ state }) => state)).toEqual(['playing', 'playing']);
});

it('says within 5 seconds, and as often, that what played stands still, why, and when it plays again', async () => {
  let reason: string | undefined = 'no-peers';
  const { ladder, told } = stand([rung('stream', 'plays').double], () => reason);
  await ladder.play(wanted);
  element.dispatchEvent(new Event('waiting'));
  await vi.advanceTimersByTimeAsync(10_000);
  const waiting = { state: 'waiting', way: 'stream' };
  const playing = { state: 'playing', way: 'stream' };
  expect(told).toEqual([playing, { ...waiting, reason }, { ...waiting, reason }]);
  element.dispatchEvent(new Event('playing'));
  reason = undefined;
  element.dispatchEvent(new Event('seeking'));
  element.dispatchEvent(new Event('playing'));
  element.dispatchEvent(new Event('waiting'));
  element.dispatchEvent(new Event('pause'));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told.slice(3)).toEqual([playing]);
  element.dispatchEvent(new Event('seeking'));
  await vi.advanceTimersByTimeAsync(5_000);
  expect(told.slice(4)).toEqual([{ ...waiting, reason: 'slow' }]);
  ladder.leave(element);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(told.length).toBe(5);
});

it('says that what played failed, once', async () => {
  let fail = (_error: LsdError) => {};
  const breaking = rung('frame', 'plays', {
    play: async (_wanted, _signal, failed) => {
      fail = failed;
      return 'frame';
    },
  });
  const { ladder, told } = stand([breaking.double], () => {
    throw new LsdError('host-exited', 'gone');
  });
  await ladder.play(wanted);
  fail(new LsdError('not-found', 'gone'));
  expect(told.slice(1)).toEqual([{ state: 'failed', code: 'not-found' }]);
  element.dispatchEvent(new Event('waiting'));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(told.slice(2)).toEqual([{ state: 'failed', code: 'host-exited' }]);
});
