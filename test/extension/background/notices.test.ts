/** Notifications: once for what happened, seldom for what a site repeats, none for what the person switched off. */

import '../../support/browser-api.ts';
import { beforeEach, describe, expect, it } from 'vitest';
import { attentionOf, createAttention } from '../../../extension/background/attention.ts';
import { createBadge } from '../../../extension/background/badge.ts';
import { createNotices, type Notices } from '../../../extension/background/notices.ts';
import { folder, item, status } from '../ui/answers.ts';

let now: number;
let waiting: { due: number; run: () => void }[];
let shown: [id: string, title: string, message: string][];
let opened: string[];
let kept: Record<string, unknown>;
let notices: Notices;

function createArea() {
  const area: Record<string, unknown> = {};
  return {
    area,
    get: async () => ({ ...area }),
    set: async (values: object) => void Object.assign(area, values),
  };
}

function create(session = createArea()): Notices {
  const storage = createArea();
  kept = storage.area;
  return createNotices({
    storage,
    session,
    show: (...notice) => shown.push(notice),
    open: place => opened.push(place),
    now: () => now,
    later: (run, ms) => waiting.push({ due: now + ms, run }),
  });
}

beforeEach(() => {
  now = 1_000_000;
  waiting = [];
  shown = [];
  opened = [];
  notices = create();
});

async function pass(ms: number): Promise<void> {
  now += ms;
  const due = waiting.filter(one => one.due <= now);
  waiting = waiting.filter(one => one.due > now);
  for (const { run } of due) run();
  await new Promise(setImmediate);
}

describe('downloads that are done', () => {
  it('are told together', async () => {
    notices.done(1);
    await pass(500);
    notices.done(2);
    await pass(2_000);
    expect(shown.map(([id, title]) => [id, title])).toEqual([['done', '3 files are here']]);
  });

  it('are told ever more seldom while nobody looks, and at once again when somebody did', async () => {
    for (let second = 0; second < 3_600; second++) {
      notices.done(1);
      await pass(1_000);
    }
    expect(shown.length).toBeLessThanOrEqual(7);
    expect(shown.at(-1)?.[1]).toMatch(/^[\d,]+ files are here$/);
    notices.clicked('done');
    expect(opened).toEqual(['#files?in=download']);
    shown = [];
    await pass(3_600_000);
    notices.done(1);
    await pass(2_000);
    expect(shown.at(-1)?.[1]).toBe('A file is here');
  });

  it('are not told where that is switched off', async () => {
    await notices.choose({ done: false, folder: true, disk: true });
    notices.done(5);
    await pass(10_000);
    expect(shown).toEqual([]);
    expect(kept).toMatchObject({ notices: { done: false } });
  });
});

describe('folders that are missing', () => {
  const videos = { id: 1, path: '/home/me/Videos' };
  const music = { id: 2, path: '/media/disk/music' };

  it('are told once each, and again when one went a second time', async () => {
    await notices.missing([videos]);
    await notices.missing([videos]);
    await notices.missing([videos, music]);
    expect(shown.map(([, , message]) => message.split(' ')[0])).toEqual(['\u2068Videos\u2069', '\u2068music\u2069']);
    await notices.missing([]);
    await notices.missing([videos]);
    expect(shown).toHaveLength(3);
    notices.clicked('folder');
    expect(opened).toEqual(['#folders']);
  });

  it('several at once are one notification', async () => {
    await notices.missing([videos, music]);
    expect(shown.map(([, title]) => title)).toEqual(['2 shared folders are missing']);
  });

  it('are not told again by a background that was put to sleep in between', async () => {
    const session = createArea();
    await create(session).missing([videos]);
    await create(session).missing([videos]);
    expect(shown).toHaveLength(1);
  });
});

it('a disk that is nearly full is told once, until it was not', async () => {
  await notices.full(1e9);
  await notices.full(5e8);
  expect(shown.map(([, title]) => title)).toEqual(['The disk is nearly full']);
  await notices.full(null);
  await notices.full(1e9);
  expect(shown).toHaveLength(2);
});

describe('what waits for the person', () => {
  it.each([
    ['nothing', status(), [folder()], { trouble: false, missing: [], free: null }],
    ['a full disk without downloads', status({ free: 5 }), [folder()], { trouble: false, missing: [], free: null }],
    ['few bytes free', status({ free: 5, downloads: [item({})] }), [], { trouble: false, missing: [], free: 5 }],
    [
      'a download without room',
      status({ downloads: [item({ state: 'waiting', reason: 'no-space' })] }),
      [],
      { trouble: true, missing: [], free: 80_000_000_000 },
    ],
    [
      'a missing folder',
      status(),
      [folder({ state: 'missing' })],
      { trouble: true, missing: [{ id: 1, path: '/home/me/Videos' }], free: null },
    ],
    ['an error', status({ state: 'error' }), [], { trouble: true, missing: [], free: null }],
  ] as const)('is told of %s', (_, now, folders, attention) => {
    expect(attentionOf(now, folders, false)).toEqual(attention);
  });

  it('is not told in turns at the edge of what is too little', () => {
    const edge = status({ free: 2.5 * 2 ** 30, downloads: [item({})] });
    expect(attentionOf(edge, [], false).free).toBeNull();
    expect(attentionOf(edge, [], true).free).toBe(edge.free);
  });

  it('is looked at soon, and while things go on happening every two seconds', async () => {
    const looks: number[] = [];
    const timers: { at: number; run: () => void }[] = [];
    let at = 10_000;
    const attention = createAttention({
      link: { call: async () => expect.fail('nobody is there') },
      now: () => at,
      later: (run, ms) => timers.push({ at: at + ms, run }),
      onLook() {},
    });
    for (; at < 15_000; at += 50) {
      attention.changed();
      for (const timer of timers.splice(0)) {
        if (timer.at > at) timers.push(timer);
        else {
          looks.push(at);
          timer.run();
        }
      }
    }
    expect(looks).toEqual([10_250, 12_250, 14_250]);
  });

  it('stands on the badge: questions before troubles', () => {
    const texts: string[] = [];
    const set = async () => {};
    const badge = createBadge({
      setBadgeText: async ({ text }) => void texts.push(String(text)),
      setBadgeBackgroundColor: set,
      setTitle: set,
    });
    badge.trouble(true);
    badge.questions(2);
    badge.questions(2);
    badge.questions(0);
    badge.trouble(false);
    expect(texts).toEqual(['!', '2', '!', '']);
  });
});
