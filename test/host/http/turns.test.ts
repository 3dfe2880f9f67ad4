/** What many want of the thread is done in its order, and the event loop goes round between. */

import { describe, expect, it } from 'vitest';
import { createTurns } from '../../../host/http/turns.ts';

/** Adds so many works; tells at which round of the event loop each was done. */
async function roundsOf(works: number, { busyMs = 0, hasCome = false } = {}): Promise<number[]> {
  const turns = createTurns();
  let round = 0;
  let counting = true;
  const count = () => {
    round++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const rounds: number[] = [];
  for (let work = 0; work < works; work++) {
    turns.add(() => {
      rounds.push(round);
      for (const end = performance.now() + busyMs; performance.now() < end; );
    });
  }
  if (hasCome) turns.hasCome();
  await turns.next();
  counting = false;
  return rounds;
}

describe('turns', () => {
  it('are taken in order', async () => {
    const turns = createTurns();
    const done: number[] = [];
    for (const work of [1, 2, 3]) turns.add(() => done.push(work));
    await turns.next();
    turns.add(() => done.push(4));
    await turns.next();
    expect(done).toEqual([1, 2, 3, 4]);
  });

  it('of works that take long are one each, the loop goes round between them', async () => {
    expect(await roundsOf(3, { busyMs: 2 })).toEqual([1, 2, 3]);
  });

  it('are short when a connection came, for others may wait behind it', async () => {
    const [first, second] = await roundsOf(2, { hasCome: true });
    expect([first, second]).toEqual([1, 2]);
  });
});
