/** `kill -9` at random moments, with everything going on at once: nothing is lost, nothing wrong is served. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createRandom } from '../support/random.ts';
import { openMortal } from '../world/mortal.ts';
import { canWatchOpens } from '../world/untouched.ts';

const KILLS = 20;
/** Another one repeats other moments: `LSD_SEED=… npx vitest run test/scenarios/killed.test.ts` */
const SEED = Number(process.env.LSD_SEED ?? 15_550);

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

describe.skipIf(!canWatchOpens)(
  'a home that is killed (needs Linux and Python, to see who opens files for writing)',
  () => {
    it(`${KILLS} times knows all it acknowledged, served no wrong byte, and left the person's files alone`, async () => {
      const mortal = stack.use(await openMortal(createRandom(SEED)));
      while (mortal.tally.kills < KILLS) await mortal.killOnce();
      const tally = await mortal.finish();
      expect(tally.wrong).toEqual([]);
      // It really did all of this between its deaths.
      for (const count of ['acknowledged', 'ranges', 'blocks', 'syncs'] as const)
        expect(tally[count]).toBeGreaterThan(KILLS);
      expect(tally.downloads).toBeGreaterThan(2);
      expect(tally.killsWhileStarting).toBeGreaterThan(0);
    }, 400_000);
  },
);
