/** An attempt at a download: it ends as the engine says, and gives no order once it was aborted, wherever it stood. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AttemptDeps, createAttempt } from '../../../../host/bittorrent/download/attempt.ts';
import { createPartialFolder } from '../../../../host/bittorrent/download/partial-folder.ts';
import { createTurns } from '../../../../host/bittorrent/download/turns.ts';
import type { Failure } from '../../../../host/bittorrent/engine/link.ts';
import { createCatalogue } from '../../../../host/store/catalogue.ts';
import { openDatabase } from '../../../../host/store/database.ts';
import { someBytes, testLog, until, wish } from '../../../support/swarm.ts';

const file = someBytes(1000);
let folder: string;
let database: ReturnType<typeof openDatabase>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lsd-attempt-'));
  database = openDatabase(join(folder, 'catalogue.db'));
});
afterEach(async () => {
  database.close();
  await rm(folder, { recursive: true, force: true });
});

function attempt(change: Partial<AttemptDeps> = {}) {
  let ordered = 0;
  const made = createAttempt(
    {
      catalogue: createCatalogue(database),
      hasher: {
        hashFile: () => Promise.reject(new Error('nothing is there to be hashed')),
        warmUp() {},
        setPace() {},
        close: async () => {},
      },
      clock: { now: () => 0 },
      folder,
      log: testLog,
      partials: createPartialFolder(folder),
      room: { take: async () => true, leave() {}, written: async () => 0, isFull: async () => false },
      turns: createTurns(),
      cleared: undefined,
      send() {},
      ...change,
    },
    {
      id: file.id,
      infoHash: file.infoHash,
      candidate: 0,
      wish: () => wish(file, []),
      order: () => ordered++,
      onPhase() {},
      onArriving() {},
    },
  );
  return { made, ordered: () => ordered, ended: made.run() };
}

it.each<[Failure, object]>([
  ['mismatch', { kind: 'mismatch', difference: { of: 'size', said: 1000 } }],
  ['engine', { kind: 'waits', reason: 'no-peers' }],
  ['no-space', { kind: 'waits', reason: 'no-space' }],
  ['unwritable', { kind: 'waits', reason: 'unwritable' }],
])('what the engine fails with (%s) is its end', async (failure, outcome) => {
  const { made, ordered, ended } = attempt();
  await until('its order', () => ordered() === 1);
  made.onFailed(failure, 'said the engine');
  expect(await ended).toEqual(outcome);
});

it('waits without an order where there is no room', async () => {
  const room = { keep() {}, take: async () => false, leave() {}, written: async () => 0, isFull: async () => true };
  const { ordered, ended } = attempt({ room });
  expect(await ended).toEqual({ kind: 'waits', reason: 'no-space' });
  expect(ordered()).toBe(0);
});

it.each(['cleared', 'turns', 'prepare', 'room'] as const)('aborted at its step "%s" it orders nothing', async step => {
  const reached = Promise.withResolvers<void>();
  const released = Promise.withResolvers<void>();
  const stop = async () => {
    reached.resolve();
    await released.promise;
  };
  const partials = createPartialFolder(folder);
  const steps: Record<typeof step, Partial<AttemptDeps>> = {
    cleared: { cleared: released.promise },
    turns: { turns: { take: stop, release() {} } },
    prepare: { partials: { ...partials, prepare: id => stop().then(() => partials.prepare(id)) } },
    room: {
      room: {
        take: () => stop().then(() => true),
        leave() {},
        written: async () => 0,
        isFull: async () => false,
      },
    },
  };
  const { made, ordered, ended } = attempt(steps[step]);
  if (step !== 'cleared') await reached.promise;
  made.abort();
  released.resolve();
  expect(await ended).toBeNull();
  expect(ordered()).toBe(0);
});
