/** Contents that stay open between two ranges. */

import { describe, expect, it } from 'vitest';
import type { Content } from '../../../host/core/content.ts';
import { createWarmContents } from '../../../host/gateways/warm.ts';
import { contentOf, idOf, OTHER_SITE, SITE } from './get-stand.ts';

const ID = idOf('a');

/** `handles`: so many can be open at once. */
function warmed({ verified = true, idleMs = 60_000, mostOpen = 100, handles = Number.POSITIVE_INFINITY } = {}) {
  const { content, counts } = contentOf({ bytes: new Uint8Array(10), verified });
  const gone = Promise.withResolvers<void>();
  const open = async (): Promise<Content> => {
    if (counts.opened - counts.disposed >= handles) throw Object.assign(new Error('too many'), { code: 'EMFILE' });
    const opened = content();
    return {
      ...opened,
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]();
        gone.resolve();
      },
    };
  };
  return { warm: createWarmContents(open, { idleMs, mostOpen }), counts, gone: gone.promise };
}

async function use(warm: ReturnType<typeof createWarmContents>, reader: string | null = SITE): Promise<void> {
  await using content = await warm.open(ID, reader);
  expect(content?.size).toBe(10);
}

describe('warm contents', () => {
  it('are opened once for ranges that follow each other, and closed when idle', async () => {
    const { warm, counts, gone } = warmed({ idleMs: 5 });
    await use(warm);
    await use(warm);
    expect(counts).toEqual({ opened: 1, disposed: 0 });
    await gone;
    expect(counts).toEqual({ opened: 1, disposed: 1 });
    await use(warm);
    expect(counts.opened).toBe(2);
    await warm.close();
    expect(counts.disposed).toBe(2);
  });

  it('are each reader’s own', async () => {
    const { warm, counts } = warmed();
    for (const reader of [SITE, OTHER_SITE, null]) await use(warm, reader);
    expect(counts.opened).toBe(3);
    await warm.close();
    expect(counts.disposed).toBe(3);
  });

  it('are verified: what still arrives is opened anew each time', async () => {
    const { warm, counts } = warmed({ verified: false });
    await use(warm);
    await use(warm);
    expect(counts).toEqual({ opened: 2, disposed: 2 });
  });

  it('that failed are opened anew, and closed when their last reader has gone', async () => {
    const { warm, counts } = warmed();
    {
      await using _reading = await warm.open(ID, SITE);
      warm.forget(ID, SITE);
      expect(counts).toEqual({ opened: 1, disposed: 0 });
      await use(warm);
    }
    expect(counts).toEqual({ opened: 2, disposed: 1 });
    await warm.close();
    expect(counts).toEqual({ opened: 2, disposed: 2 });
  });

  it('that many open at once are opened once', async () => {
    const { warm, counts } = warmed();
    await Promise.all([use(warm), use(warm), use(warm)]);
    await warm.close();
    expect(counts).toEqual({ opened: 1, disposed: 1 });
  });

  it('that arrive, and many open at once, are each reader’s own', async () => {
    const { warm, counts } = warmed({ verified: false });
    await Promise.all([use(warm), use(warm), use(warm)]);
    expect(counts).toEqual({ opened: 3, disposed: 3 });
  });

  it('are only so many: an idle one gives way, and who finds none idle waits for one', async () => {
    const { warm, counts } = warmed({ mostOpen: 2 });
    await use(warm, SITE);
    await use(warm, OTHER_SITE);
    await use(warm, null);
    expect(counts).toEqual({ opened: 3, disposed: 1 });
    const first = await warm.open(ID, OTHER_SITE);
    const second = await warm.open(ID, null);
    const third = warm.open(ID, SITE);
    await use(warm, null);
    expect(counts.opened).toBe(3);
    await first?.[Symbol.asyncDispose]();
    await (await third)?.[Symbol.asyncDispose]();
    expect(counts.opened).toBe(4);
    await second?.[Symbol.asyncDispose]();
    await warm.close();
    expect(counts).toEqual({ opened: 4, disposed: 4 });
  });

  it('that wait for a download keep no place from the others', async () => {
    const { content } = contentOf({ bytes: new Uint8Array(10), verified: true });
    const begins = Promise.withResolvers<Content>();
    const waiting = idOf('b');
    const warm = createWarmContents(async id => (id === waiting ? begins.promise : content()), {
      mostOpen: 1,
      waitMs: 5,
    });
    const pending = warm.open(waiting, SITE);
    {
      await using another = await warm.open(ID, SITE);
      expect(another?.size).toBe(10);
      begins.resolve(content());
    }
    await using late = await pending;
    expect(late?.size).toBe(10);
    await warm.close();
  });

  it('give way where the system has fewer handles, some of which are then left to others', async () => {
    const { warm, counts } = warmed({ handles: 4 });
    const readers = Array.from({ length: 8 }, (_, n) => `https://${n}.example`);
    for (const reader of readers) await use(warm, reader);
    expect(counts).toEqual({ opened: 8, disposed: 5 });
    await warm.close();
  });

  it('that are read are waited for where the system has no more handles', async () => {
    const { warm, counts } = warmed({ handles: 1 });
    const first = await warm.open(ID, SITE);
    const second = warm.open(ID, OTHER_SITE);
    await first?.[Symbol.asyncDispose]();
    await (await second)?.[Symbol.asyncDispose]();
    expect(counts.opened).toBe(2);
    await warm.close();
  });

  it('say that there are no handles where none of them is open', async () => {
    const { warm } = warmed({ handles: 0 });
    await expect(Promise.all([warm.open(ID, SITE), warm.open(ID, OTHER_SITE)])).rejects.toMatchObject({
      code: 'EMFILE',
    });
    await warm.close();
  });
});
