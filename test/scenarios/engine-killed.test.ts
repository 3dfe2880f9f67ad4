/** An engine that is killed at random moments under a real daemon, which goes on: nothing is lost, nothing wrong is served. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { connectPeer } from '../support/asking-peer.ts';
import { createRandom } from '../support/random.ts';
import { servePeer } from '../support/serving-peer.ts';
import { openSiteDouble } from '../support/site-double.ts';
import { type Described, someBytes } from '../support/swarm.ts';
import { startHome } from '../world/home.ts';
import { processesOf } from '../world/memory.ts';
import { faultsAfter } from '../world/unharmed.ts';
import { until } from '../world/until.ts';
import { canWatchOpens, watchFiles } from '../world/untouched.ts';

/** After the fourth it is started again only half a minute later. */
const KILLS = 3;
const SEED = Number(process.env.LSD_SEED ?? 15_550);
const FILE_BYTES = 3_000_000;
/** so slow that the download outlives the kills */
const BYTES_PER_SECOND = 600_000;
const BLOCK = 16_384;

describe.skipIf(!canWatchOpens)(
  'an engine that is killed (needs Linux and Python, to see who opens files for writing)',
  () => {
    it(`${KILLS} times: the daemon stays, the download comes, the seed is served, and nothing is lost`, async () => {
      await using stack = new AsyncDisposableStack();
      const random = createRandom(SEED);
      const site = await openSiteDouble();
      stack.defer(() => site.close());
      const folder = await mkdtemp(join(tmpdir(), 'lsd-engine-films-'));
      stack.defer(() => rm(folder, { recursive: true, force: true }));
      const films = stack.use(await watchFiles(folder));
      const [held, wanted, never] = [someBytes(FILE_BYTES), someBytes(FILE_BYTES), someBytes(1000)];
      await films.add('held.mkv', held.bytes);
      const peer = stack.use(await servePeer(wanted, { rate: BYTES_PER_SECOND }));
      for (const [file, peers] of [[wanted, [peer.at]] as const, [never, []] as const]) {
        site.described.set(file.id, {
          ...{ sha1: file.id, info_hash: file.infoHash, extension: 'mkv', size: file.bytes.length },
          ...{ peers, torrent: Buffer.from(file.metainfo).toString('base64') },
        });
      }
      site.wanted = { ids: [held.id] };
      const home = stack.use(await startHome(['--poll-seconds', '1', '--log-level', 'warn']));
      const account = { username: 'ann', password: 'secret' };
      await home.call('site.grant', { origin: site.origin, lan: true, ...account });
      await home.call('folder.add', { path: folder, sites: [site.origin] });
      await home.call('folder.wait', { path: folder });
      await home.call('site.sync', {});
      await home.call('request.add', { ids: [wanted.id, never.id] });
      const { pid } = await home.call('daemon.status', {});

      const wrong: string[] = [];
      const served = { ranges: 0, blocks: 0 };
      let over = false;
      const loops = [() => readRange(held), () => readRange(wanted), readBlocks].map(loop);
      const engine = (before?: number) => until('another engine', async () => findEngine(pid, before));

      let killed: number | undefined;
      for (let kill = 0; kill < KILLS; kill++) {
        const victim = await engine(killed);
        // It takes a second to start.
        await delay(random() * 1500);
        process.kill(victim, 'SIGKILL');
        killed = victim;
      }
      await engine(killed);
      const before = served.blocks;
      await until('the seed is served again', () => served.blocks > before);
      const path = await until(
        'the download is here',
        async () => (await home.call('download.list', {})).find(({ id }) => id === wanted.id)?.path,
      );
      over = true;
      await Promise.all(loops);

      expect((await readFile(path)).equals(wanted.bytes)).toBe(true);
      expect(wrong).toEqual([]);
      expect(served.ranges).toBeGreaterThan(KILLS);
      expect(served.blocks).toBeGreaterThan(KILLS);
      expect((await home.call('daemon.status', {})).pid).toBe(pid);
      const requested = [wanted.id, never.id];
      const passwords = [account.password];
      expect(
        await faultsAfter(home, { site, username: account.username, passwords, folders: [folder], requested }),
      ).toEqual([]);
      expect(await films.finish()).toEqual([]);

      /** What fails because the engine is dead is no failure. */
      async function loop(work: () => Promise<void>): Promise<void> {
        while (!over) await work().catch(() => delay(20));
      }

      async function readRange(file: Described): Promise<void> {
        const { url } = await home.call('item.url', { id: file.id });
        const start = Math.floor(Math.random() * (FILE_BYTES - 100_000));
        const range = `bytes=${start}-${start + 99_999}`;
        const response = await fetch(url, { headers: { range }, signal: AbortSignal.timeout(5_000) });
        const bytes = Buffer.from(await response.arrayBuffer());
        if (response.status !== 206) return void (await delay(20));
        if (!bytes.equals(file.bytes.subarray(start, start + 100_000))) wrong.push(`${range} has other bytes`);
        served.ranges++;
        await delay(20);
      }

      async function readBlocks(): Promise<void> {
        const asking = await connectPeer({ port: home.ready.peer, infoHash: held.infoHash });
        try {
          while (!over) {
            const at = Math.floor(Math.random() * Math.floor(FILE_BYTES / BLOCK)) * BLOCK;
            const bytes = await asking.request(Math.floor(at / 262_144), at % 262_144, BLOCK);
            if (!bytes.equals(held.bytes.subarray(at, at + BLOCK))) wrong.push(`the block at ${at} has other bytes`);
            served.blocks++;
            await delay(10);
          }
        } finally {
          asking.close();
        }
      }
    }, 180_000);
  },
);

/** The engine that this daemon runs now, unless it is the one that was there before. */
async function findEngine(daemon: number, before?: number): Promise<number | undefined> {
  for (const pid of await processesOf(daemon)) {
    const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (pid !== daemon && pid !== before && /workers\/engine\b/.test(command)) return pid;
  }
  return undefined;
}
