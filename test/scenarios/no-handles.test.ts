/** A daemon that may open no more files: it says so or waits, nothing of it is lost, and it goes on when there are some. */

import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LsdError } from '../../shared/errors.ts';
import { connectPeer } from '../support/asking-peer.ts';
import { servePeer } from '../support/serving-peer.ts';
import { openSiteDouble } from '../support/site-double.ts';
import { someBytes } from '../support/swarm.ts';
import { startHome } from '../world/home.ts';
import { processesOf } from '../world/memory.ts';
import { faultsAfter } from '../world/unharmed.ts';
import { until } from '../world/until.ts';
import { watchFiles } from '../world/untouched.ts';

/** more than there are handles for */
const READERS = 20;

/** From now on the process may open so many files more than it has open. */
async function allow(pid: number, more: number): Promise<void> {
  const open = (await readdir(`/proc/${pid}/fd`)).length;
  execFileSync('prlimit', ['--pid', String(pid), `--nofile=${open + more}:`]);
}

describe.skipIf(!existsSync('/usr/bin/prlimit'))('a daemon and an engine without handles (needs prlimit)', () => {
  it.concurrent.each([0, 10])(
    'but for %i: what fails says so, and all of it is done when there are some again',
    async more => {
      await using stack = new AsyncDisposableStack();
      const films = await mkdtemp(join(tmpdir(), 'lsd-handles-'));
      stack.defer(() => rm(films, { recursive: true, force: true }));
      const watched = stack.use(await watchFiles(films));
      const site = await openSiteDouble();
      stack.defer(() => site.close());
      const home = stack.use(await startHome(['--poll-seconds', '1']));
      const [first, second, wanted] = [someBytes(300_000), someBytes(300_000), someBytes(300_000)];
      const never = someBytes(1000);
      await watched.add('first.mkv', first.bytes);
      await home.call('site.grant', { origin: site.origin, lan: true, username: 'ann', password: 'secret' });
      await home.call('folder.add', { path: films, sites: [site.origin], everyone: true });
      await home.call('folder.wait', { path: films });
      await home.call('site.sync', {});
      const peer = stack.use(await servePeer(wanted));
      site.described.set(wanted.id, {
        ...{ sha1: wanted.id, info_hash: wanted.infoHash, extension: 'mkv', size: wanted.bytes.length },
        ...{ peers: [peer.at], torrent: Buffer.from(wanted.metainfo).toString('base64') },
      });
      // Nobody has it, so it stays open.
      site.described.set(never.id, { sha1: never.id, extension: 'mkv' });
      await home.call('request.add', { ids: [never.id] });
      const { pid } = await home.call('daemon.status', {});
      const { url } = await home.call('item.url', { id: first.id });

      const processes = await processesOf(pid);
      for (const each of processes) await allow(each, more);
      await watched.add('second.mkv', second.bytes);
      const calls = [
        home.call('site.sync', {}),
        home.call('request.add', { ids: [wanted.id] }),
        home.call('site.grant', { origin: site.origin, lan: true, username: 'ann', password: 'secret' }),
        home.call('folder.wait', { path: films }),
      ];
      for (const each of await Promise.allSettled(calls)) {
        if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(LsdError);
      }
      const readers = Array.from({ length: READERS }, async () => {
        const response = await fetch(url, { signal: AbortSignal.timeout(60_000) });
        const bytes = Buffer.from(await response.arrayBuffer());
        expect([200, 404, 503]).toContain(response.status);
        if (response.status === 200) expect(bytes.equals(first.bytes)).toBe(true);
        return response.status === 200;
      });
      const read = await Promise.allSettled(readers);
      // A connection that cannot be taken, or breaks.
      for (const each of read) if (each.status === 'rejected') expect(each.reason).toBeInstanceOf(TypeError);
      expect(read.filter(each => each.status === 'fulfilled' && each.value).length).toBeLessThan(READERS);
      const askers = Array.from({ length: READERS }, () =>
        connectPeer({ port: home.ready.peer, infoHash: first.infoHash }),
      );
      for (const asker of await Promise.allSettled(askers.map(each => Promise.race([each, later()])))) {
        if (asker.status === 'fulfilled' && asker.value) asker.value.close();
      }
      for (const each of await processesOf(pid)) execFileSync('prlimit', ['--pid', String(each), '--nofile=4096:']);

      // A peer that could not be dialled is tried again within minutes; asked for anew, at once.
      await home.call('request.remove', { ids: [wanted.id] });
      await home.call('request.add', { ids: [wanted.id] });
      await until(
        'the site knows what is here',
        async () => {
          await home.call('site.sync', {});
          return [first, second, wanted].every(({ id }) => site.ids.has(id));
        },
        120_000,
      );
      const [download] = await home.call('download.list', {});
      expect((await readFile(download?.path ?? '')).equals(wanted.bytes)).toBe(true);
      const again = Buffer.from(await (await fetch(url)).arrayBuffer());
      expect(again.equals(first.bytes)).toBe(true);
      const asking = await connectPeer({ port: home.ready.peer, infoHash: first.infoHash });
      expect((await asking.request(0, 0, 16_384)).equals(first.bytes.subarray(0, 16_384))).toBe(true);
      asking.close();
      expect((await home.call('daemon.status', {})).pid).toBe(pid);
      const account = { username: 'ann', passwords: ['secret'] };
      const requested = [wanted.id, never.id];
      expect(await faultsAfter(home, { site, ...account, folders: [films], requested })).toEqual([]);
      expect(site.calls.some(({ data }) => Array.isArray(data.remove) && data.remove.length > 0)).toBe(false);
      expect(await watched.finish()).toEqual([]);
    },
    240_000,
  );
});

function later(): Promise<undefined> {
  return new Promise(resolve => setTimeout(resolve, 2000, undefined).unref());
}
