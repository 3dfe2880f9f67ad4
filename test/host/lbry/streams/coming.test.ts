/** A stream's way to its file, begun and ended at any moment: nothing is left behind of it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LbryStore, StoredStream } from '../../../../host/core/lbry-store.ts';
import { hashOf } from '../../../../host/lbry/blob.ts';
import { createBlobWorkers } from '../../../../host/lbry/off-thread/blob-workers.ts';
import { type ComingDeps, createComing } from '../../../../host/lbry/streams/coming.ts';
import { layoutOf } from '../../../../host/lbry/streams/layout.ts';
import { recordOf } from '../../../../host/lbry/streams/record.ts';
import { createDiskRoom } from '../../../../host/platform/disk-room.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

const DESCRIPTOR = Buffer.from(vectors('stream_descriptors').descriptors[0].sd_blob_ascii, 'latin1');

it('ended while it begins it takes nothing with it, and begins again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lbry-coming-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const layout = layoutOf(hashOf(DESCRIPTOR), DESCRIPTOR);
  const stored: StoredStream = {
    sdHash: layout.sdHash,
    origin: 'fetched',
    folder,
    fileName: 'film.mp4',
    ...{ complete: false, size: null, stamp: null, stopped: false, eager: true, uploaded: 0, addedAt: 0 },
    ...{ seedingSince: null, uploadedBefore: 0, ended: false },
  };
  const store: Pick<LbryStore, 'kept' | 'keep' | 'lose' | 'change'> = {
    kept: () => [],
    keep() {},
    lose() {},
    change() {},
  };
  let supplied = 0;
  const failures: unknown[] = [];
  const fetcher = {
    get: () => new Promise<never>(() => {}),
    hurry() {},
    add() {},
    review() {},
    connected: 0,
    known: 0,
  };
  await using workers = createBlobWorkers();
  const coming = createComing({
    workers,
    record: recordOf(stored, store),
    store,
    layout: () => layout,
    supply() {
      supplied++;
      return {
        fetcher: { ...fetcher, async [Symbol.asyncDispose]() {} },
        async [Symbol.asyncDispose]() {
          supplied--;
        },
      };
    },
    room: createDiskRoom(),
    timers: createTimers(thrown => void failures.push(thrown)),
    now: Date.now,
    whenWhole: () => ({}),
    onWhole() {},
    onFailure: thrown => void failures.push(thrown),
  } satisfies ComingDeps);

  for (const turns of [0, 1, 3, 10, 30]) {
    const begun = coming.begin().catch(thrown => thrown);
    for (let turn = 0; turn < turns; turn++) await new Promise(setImmediate);
    await coming.end();
    await begun;
    expect([coming.isUnderWay, coming.has(0), supplied]).toEqual([false, false, 0]);
  }
  await coming.begin();
  expect([coming.isUnderWay, supplied]).toEqual([true, 1]);
  await coming.end();
  expect(supplied).toBe(0);
  expect(failures).toEqual([]);
});
