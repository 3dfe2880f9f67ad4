/** Who opens a stream at the moment in which its file is between two names. */

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { hashOf } from '../../../../host/lbry/blob.ts';
import { createBlobWorkers } from '../../../../host/lbry/off-thread/blob-workers.ts';
import { createChanges } from '../../../../host/lbry/streams/changes.ts';
import { layoutOf } from '../../../../host/lbry/streams/layout.ts';
import { createReading, type Reading, type ReadingDeps } from '../../../../host/lbry/streams/reading.ts';
import { recordOf, type StreamRecord } from '../../../../host/lbry/streams/record.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { allOf } from '../../../support/lbry-home.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

const DESCRIPTOR = Buffer.from(vectors('stream_descriptors').descriptors[0].sd_blob_ascii, 'latin1');
const CONTENT = Buffer.from('all of the file');
const { signal } = new AbortController();

let record: StreamRecord;
let reading: Reading;
/** What moves the file ends with it. */
let turn: PromiseWithResolvers<void>;

beforeEach(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lbry-reading-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const layout = layoutOf(hashOf(DESCRIPTOR), DESCRIPTOR);
  record = recordOf(
    {
      sdHash: layout.sdHash,
      origin: 'fetched',
      folder,
      fileName: 'film.mp4',
      ...{ complete: false, size: CONTENT.length, stamp: null, stopped: false, eager: true, uploaded: 0, addedAt: 0 },
      ...{ seedingSince: null, uploadedBefore: 0, ended: false },
    },
    { change() {} },
  );
  turn = Promise.withResolvers();
  const timers = createTimers(thrown => {
    throw thrown;
  });
  const workers = createBlobWorkers();
  onTestFinished(() => workers[Symbol.asyncDispose]());
  reading = createReading({
    ...{ record, workers, timers, changes: createChanges(), layout: () => layout },
    coming: {
      has: () => true,
      begin: () => Promise.reject(new Error('all of it is here')),
      inTurn: work => turn.promise.then(work),
    },
    seat: { read: () => () => {} },
    assertComing() {},
    mayRun: () => true,
    onReaders() {},
  } satisfies ReadingDeps);
  onTestFinished(() => reading.close());
});

it('reads the whole file, where its first name is gone and that it is whole is not written down', async () => {
  await writeFile(record.finalPath(), CONTENT);
  const opened = reading.open(signal);
  setTimeout(() => {
    record.change({ complete: true });
    turn.resolve();
  }, 50);
  await using content = await opened;
  expect((await allOf(content)).equals(CONTENT)).toBe(true);
});

it('finds a file that is just moved', async () => {
  record.change({ complete: true });
  await writeFile(record.finalPath(), CONTENT);
  const before = record.finalPath();
  await rename(before, `${before}.elsewhere`);
  const opened = reading.open(signal);
  setTimeout(() => {
    record.change({ fileName: 'film.mp4.elsewhere' });
    turn.resolve();
  }, 50);
  await using content = await opened;
  expect(content.size).toBe(CONTENT.length);
});

it('says so where it is in no place', async () => {
  turn.resolve();
  await expect(reading.open(signal)).rejects.toMatchObject({ code: 'not-found' });
  record.change({ complete: true });
  await expect(reading.open(signal)).rejects.toMatchObject({ code: 'not-found' });
});
