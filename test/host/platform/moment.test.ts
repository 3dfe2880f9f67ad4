import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { momentOf } from '../../../host/platform/moment.ts';

describe('a moment', () => {
  it('is not before its time, to the microsecond, however far off', async () => {
    for (const ms of [0.01, 0.5, 0.99, 1, 1.5, 2.001, 5, 20.7]) {
      const at = performance.now() + ms;
      await momentOf(at);
      expect(performance.now()).toBeGreaterThanOrEqual(at);
    }
  });

  it('is at once where it is over', async () => {
    let come = false;
    void momentOf(performance.now() - 1).then(() => {
      come = true;
    });
    await Promise.resolve();
    await Promise.resolve();
    expect(come).toBe(true);
  });

  it('lets the loop go on meanwhile', async () => {
    let turns = 0;
    const over = momentOf(performance.now() + 50).then(() => true);
    while (!(await Promise.race([over, turn(false)]))) turns++;
    expect(turns).toBeGreaterThan(0);
  });
});
