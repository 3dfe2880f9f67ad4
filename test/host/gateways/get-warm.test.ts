/** Contents that stay open between two ranges. */

import { describe, expect, it } from 'vitest';
import type { Content } from '../../../host/core/content.ts';
import { createWarmContents } from '../../../host/gateways/warm.ts';
import { contentOf, idOf, OTHER_SITE, SITE } from './get-stand.ts';

const ID = idOf('a');

function warmed({ verified = true, idleMs = 60_000 } = {}) {
  const { content, counts } = contentOf({ bytes: new Uint8Array(10), verified });
  const gone = Promise.withResolvers<void>();
  const open = async (): Promise<Content> => {
    const opened = content();
    return {
      ...opened,
      async [Symbol.asyncDispose]() {
        await opened[Symbol.asyncDispose]();
        gone.resolve();
      },
    };
  };
  return { warm: createWarmContents(open, idleMs), counts, gone: gone.promise };
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

  it('that two open at once are both closed', async () => {
    const { warm, counts } = warmed();
    await Promise.all([use(warm), use(warm)]);
    await warm.close();
    expect(counts).toEqual({ opened: 2, disposed: 2 });
  });
});
