/** Five hundred peers and a thousand readers at once, for a minute: every request is answered, and memory is flat. */

import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Described, someBytes } from '../support/swarm.ts';
import { openCrowd, targetsOf } from '../world/crowd.ts';
import { startHome } from '../world/home.ts';
import { readRanges } from '../world/load.ts';
import { growthOf, openHandles, processesOf, watchMemory } from '../world/memory.ts';
import { until } from '../world/until.ts';

const SECONDS = 60;
/** What is loaded on demand is loaded by then. */
const SETTLED_SECONDS = 20;
/** The heap rises by a sixth between two great collections, half a minute apart; `npm run soak` looks at ten minutes. */
const SAWTOOTH = 0.25;
/** A torrent has 55 connections at most. */
const FILES = 10;
const PEERS = 500;
const READERS = 1000;
/** Between two requests of a reader, and of a peer: all of them are there all the time, and the machine has time for others. */
const REST_MS = 1000;
/** Within which it stops when it is told to; a machine that is busy with other tests takes ten times as long as an idle one. */
const STOP_MS = 60_000;

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

/** It shares so many files with everyone. */
async function openHome(count: number) {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-loaded-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const files: Described[] = Array.from({ length: count }, () => someBytes(1_000_000));
  for (const [at, { bytes }] of files.entries()) await writeFile(join(folder, `${at}.mkv`), bytes);
  const home = stack.use(await startHome(['--grace-seconds', '1']));
  await home.call('folder.add', { path: folder, everyone: true });
  await home.call('folder.wait', { path: folder });
  const { pid } = await home.call('daemon.status', {});
  return { home, files, pid };
}

describe.skipIf(process.platform !== 'linux')(
  'a home under load (needs Linux: each peer has an address of 127/8)',
  () => {
    it(`answers every request of ${PEERS} peers and ${READERS} readers, lets go of them all, and stops`, async () => {
      const { home, files, pid } = await openHome(FILES);
      // The engine runs from its first peer on, and has handles of its own.
      await (await openCrowd(home.ready.peer, files.slice(0, 1), 1, 100)).leave();
      const before = await openHandles(pid);

      const crowd = stack.use(await openCrowd(home.ready.peer, files, PEERS, REST_MS));
      const order = { port: home.ready.http, targets: await targetsOf(home, files), readers: READERS, restMs: REST_MS };
      const watch = watchMemory(pid, 500);
      const read = await readRanges({ ...order, rangeBytes: 65_536, forMs: SECONDS * 1000 });
      expect(growthOf(await watch.end(), SETTLED_SECONDS)).toBeLessThan(SAWTOOTH);
      expect(crowd.present()).toBe(PEERS);
      expect((await home.call('daemon.status', {})).seeding).toHaveLength(files.length);
      const peers = await crowd.leave();
      expect(peers).toMatchObject({ unanswered: 0, wrong: 0 });
      expect(read).toMatchObject({ later: 0, broken: 0, unanswered: 0, wrong: [] });
      expect(peers.blocks).toBeGreaterThan(PEERS);
      expect(read.answered).toBeGreaterThan(READERS);

      await until('all to sleep', async () => (await home.call('daemon.status', {})).seeding.length === 0);
      await until('their handles to be closed', async () => (await openHandles(pid)) <= before + 5);
      expect(await home.cli(['stop'])).toMatchObject({ code: 0 });
    }, 180_000);

    it(`stops in order by SIGTERM while ${PEERS} peers and ${READERS} readers are there`, async () => {
      const { home, files, pid } = await openHome(FILES);
      const before = await openHandles(pid);
      const crowd = await openCrowd(home.ready.peer, files, PEERS, REST_MS);
      const order = { port: home.ready.http, targets: await targetsOf(home, files), readers: READERS, restMs: REST_MS };
      const over = new AbortController();
      const reading = readRanges({ ...order, rangeBytes: 65_536, forMs: 180_000, signal: over.signal });
      // Each of them has a connection: readers to the daemon, peers to its engine.
      await until('all to be there', async () => (await openHandles(pid)) >= before + READERS + PEERS);
      expect(crowd.present()).toBe(PEERS);

      const ours = await processesOf(pid);
      expect(ours.length).toBeGreaterThan(1);
      const told = performance.now();
      expect(await home.kill('SIGTERM')).toBe(0);
      expect(performance.now() - told).toBeLessThan(STOP_MS);
      expect(existsSync(home.ready.socket)).toBe(false);
      over.abort();
      await until('its engine to be gone', () => ours.every(each => !existsSync(`/proc/${each}`)));
      const [peers, read] = await Promise.all([crowd.leave(), reading]);
      // What was answered was right, and nobody waits for ever.
      expect(peers.wrong).toBe(0);
      expect(read).toMatchObject({ wrong: [], unanswered: 0 });
      expect(read.answered + peers.blocks).toBeGreaterThan(0);
    }, 180_000);
  },
);
