/** Syncs while what is owed cannot be written down, as on a full disk: sites hear of changes all the same. */

import { describe, expect, it } from 'vitest';
import { createSyncs } from '../../../host/sites/syncs.ts';
import type { SyncResult } from '../../../shared/page-methods.ts';
import { testLog } from '../../support/swarm.ts';

const SITE = 'https://site.example';
const DONE: SyncResult = { added: 0, removed: 0, updated: 0, kept: 0, ids: 0, scanning: false };

function full(): never {
  throw new Error('database or disk is full');
}

/** What runs is ended by the test: `end` takes the oldest run that has not ended. */
function stand(onDone: () => void = () => {}) {
  const kept = new Map<string, string>();
  const disk = { isFull: true };
  const running: PromiseWithResolvers<SyncResult>[] = [];
  let runs = 0;
  const syncs = createSyncs({
    sync() {
      runs++;
      const run = Promise.withResolvers<SyncResult>();
      running.push(run);
      return run.promise;
    },
    onDone,
    log: testLog,
    settings: {
      get: key => kept.get(key),
      set: (key, value) => void (disk.isFull ? full() : kept.set(key, value)),
      remove: key => void (disk.isFull ? full() : kept.delete(key)),
    },
  });
  const end = async (how: (run: PromiseWithResolvers<SyncResult>) => void) => {
    const run = running.shift();
    if (run) how(run);
    await new Promise(setImmediate);
  };
  return { syncs, disk, kept, end, runs: () => runs };
}

describe('a site whose debt cannot be written down', () => {
  it('is synchronised, and again when it answers after it failed', async () => {
    const { syncs, end, runs } = stand();
    syncs.start(SITE);
    expect(runs()).toBe(1);
    await end(run => run.reject(new Error('no answer')));
    syncs.settle(SITE);
    expect(runs()).toBe(2);
    await end(run => run.resolve(DONE));
    syncs.settle(SITE);
    expect(runs()).toBe(2);
  });

  it('hears of what changed during a sync whose end cannot be written down', async () => {
    const { syncs, end, runs } = stand(full);
    syncs.start(SITE);
    syncs.start(SITE);
    await end(run => run.resolve(DONE));
    expect(runs()).toBe(2);
    await end(run => run.resolve(DONE));
  });

  it('is written down as owed once there is room', async () => {
    const { syncs, disk, kept, end } = stand();
    syncs.start(SITE);
    await end(run => run.reject(new Error('no answer')));
    disk.isFull = false;
    syncs.start(SITE);
    expect(kept.size).toBe(1);
    await end(run => run.resolve(DONE));
    expect(kept.size).toBe(0);
  });
});
