/** How often a site may ask the person. */

import { describe, expect, it, vi } from 'vitest';
import { COOL_DOWN_MS, createQuestions } from '../../../extension/background/questions.ts';
import type { Question } from '../../../extension/ui-protocol.ts';
import type { Storage } from '../../../extension/web-extension.ts';

const ORIGIN = 'https://site.example';

/** `late`: the browser tells the id of a window only after `tell`. */
function world(stored: Record<string, unknown> = {}, { late = false } = {}) {
  const opened: Question[] = [];
  const closed: number[] = [];
  const shown: number[] = [];
  let onClosed: (window: number) => void = () => {};
  const told = Promise.withResolvers<void>();
  if (!late) told.resolve();
  const clock = { ms: 0 };
  const questions = createQuestions({
    open: async question => {
      const window = opened.push(question);
      await told.promise;
      return window;
    },
    close: window => closed.push(window),
    show: window => shown.push(window),
    onClosed: listener => {
      onClosed = listener;
    },
    storage: {
      get: async () => stored,
      set: async (items: object) => void Object.assign(stored, items),
    } as Pick<Storage.StorageArea, 'get' | 'set'>,
    now: () => clock.ms,
    newKey: () => `key ${opened.length + 1}`,
    changed: () => {},
  });
  const ask = (active: boolean, origin = ORIGIN, at = clock.ms) => questions.ask({ origin, wants: 'sync', active, at });
  return {
    questions,
    opened,
    closed,
    shown,
    clock,
    ask,
    tell: told.resolve,
    close: (window: number) => onClosed(window),
  };
}

/** Lets what is under way go on until a window is open. */
async function opened(count: number, { opened }: ReturnType<typeof world>): Promise<void> {
  while (opened.length < count) await Promise.resolve();
  await Promise.resolve();
}

describe('a site', () => {
  it('gets one window for all its calls, and one answer', async () => {
    const it = world();
    const answers = [it.ask(false), it.ask(false)];
    await opened(1, it);
    answers.push(it.ask(true));
    await Promise.resolve();
    expect(it.shown).toEqual([1]);
    it.questions.answer('key 1', true);
    expect(await Promise.all(answers)).toEqual([true, true, true]);
    expect(it.opened).toHaveLength(1);
    expect(it.closed).toEqual([1]);
  });

  it('has a no when the window is closed, and asks again only after a while and a click', async () => {
    const it = world();
    const first = it.ask(false);
    await opened(1, it);
    it.close(1);
    expect(await first).toBe(false);
    expect(await it.ask(true)).toBe(false);
    it.clock.ms = COOL_DOWN_MS;
    expect(await it.ask(false)).toBe(false);
    expect(await it.ask(true, ORIGIN, COOL_DOWN_MS - 1), 'called too soon, read late').toBe(false);
    const second = it.ask(true);
    await opened(2, it);
    it.questions.answer('key 2', true);
    expect(await second).toBe(true);
    expect(await it.questions.isDenied(ORIGIN)).toBe(false);
  });

  it('has its no from the moment that it hears of it, also where the background begins anew', async () => {
    const stored = {};
    const it = world(stored);
    const answer = it.ask(false);
    await opened(1, it);
    it.close(1);
    await answer;
    expect(await world(stored).questions.isDenied(ORIGIN)).toBe(true);
  });

  it('has its no, or its window closed, also where that ends before the browser tells its id', async () => {
    const closed = world({}, { late: true });
    const no = closed.ask(false);
    await opened(1, closed);
    closed.close(1);
    closed.tell();
    expect(await no).toBe(false);
    const answered = world({}, { late: true });
    const yes = answered.ask(false);
    await opened(1, answered);
    answered.questions.answer('key 1', true);
    expect(await yes).toBe(true);
    answered.tell();
    await vi.waitFor(() => expect(answered.closed).toEqual([1]));
  });

  it('that is left takes its window along, and may ask again when it is there again', async () => {
    const it = world();
    const first = it.ask(false);
    await opened(1, it);
    it.questions.withdraw(ORIGIN);
    await vi.waitFor(() => expect(it.closed).toEqual([1]));
    it.close(1);
    expect(await first).toBe(false);
    expect(await it.questions.isDenied(ORIGIN)).toBe(false);
    void it.ask(false);
    await opened(2, it);
  });

  it('does not wait for the question of another', async () => {
    const it = world();
    void it.ask(false);
    await opened(1, it);
    const other = it.ask(false, 'https://other.example');
    await opened(2, it);
    it.close(2);
    expect(await other).toBe(false);
    expect(it.questions.ofOrigin(ORIGIN)?.key).toBe('key 1');
  });
});
