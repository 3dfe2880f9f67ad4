/**
 * A disk that is full from the first write on, from the second, and so on: whatever the kernel refuses of what the daemon
 * and its engine write while they scan, synchronise, download and take changes, nothing of it is half.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import { servePeer } from '../support/serving-peer.ts';
import { openSiteDouble } from '../support/site-double.ts';
import { hasStrace, refuse } from '../support/strace.ts';
import { someBytes } from '../support/swarm.ts';
import { startHome } from '../world/home.ts';
import { processesOf } from '../world/memory.ts';
import { faultsAfter } from '../world/unharmed.ts';
import { until } from '../world/until.ts';
import { canWatchOpens, watchFiles } from '../world/untouched.ts';

/** Not write(2) itself: the event loop wakes by it, and ends where it is refused. */
const WRITES = ['pwrite64', 'pwritev', 'fsync', 'fdatasync', 'ftruncate', 'fallocate', 'rename', 'mkdir'];
/** What the database does not ask for: downloads and secrets do. */
const OF_FILES = ['fsync', 'rename', 'mkdir'];
const OF_ENGINE = ['pwrite64', 'pwritev', 'ftruncate', 'fallocate'];
type Round = { calls: string[]; when: string; of: 'all' | 'engine' };
const rounds = (of: Round['of'], calls: string[], whens: string[]): Round[] => whens.map(when => ({ of, calls, when }));
/** Each thread counts its calls; one change of the database is four of them or more. */
const ROUNDS: Round[] = [
  ...rounds('all', WRITES, [
    '1+',
    '2+',
    '3+',
    '4+',
    '5+',
    '6',
    '7+',
    '9',
    '11+',
    '14+',
    '18',
    '23+',
    '30+',
    '35',
    '40+',
  ]),
  ...rounds('all', WRITES, ['48', '55+', '65', '75+', '95+']),
  ...rounds('all', OF_FILES, ['1', '1+', '2', '3+']),
  ...rounds('engine', OF_ENGINE, ['1', '1+', '2', '3+']),
];
const FILE_BYTES = 100_000;

describe.skipIf(!hasStrace || !canWatchOpens)('a home whose disk is full (needs strace and Python)', () => {
  it('at any of its writes keeps all that it acknowledged, and what the person shares', async () => {
    await using stack = new AsyncDisposableStack();
    const site = await openSiteDouble();
    stack.defer(() => site.close());
    const folder = await mkdtemp(join(tmpdir(), 'lsd-every-write-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const films = stack.use(await watchFiles(folder));
    const home = stack.use(await startHome(['--poll-seconds', '1', '--log-level', 'error']));
    const account = { origin: site.origin, lan: true, username: 'ann' };
    await home.call('site.grant', { ...account, password: 'first' });
    await home.call('folder.add', { path: folder, sites: [site.origin] });
    await home.call('folder.wait', { path: folder });
    const { pid } = await home.call('daemon.status', {});
    const [requested, blocked, shared] = [new Set<Id>(), new Set<string>(), new Set<Id>()];
    const files = new Map<Id, Buffer>();
    /** the last one that was kept, and those that were refused since */
    let passwords = ['first'];
    let down: number | null = null;
    let refused = 0;
    let waited = 0;

    for (const [at, { of, calls, when }] of ROUNDS.entries()) {
      const [film, file, hash] = [someBytes(FILE_BYTES), someBytes(FILE_BYTES), someBytes(1).id];
      const peer = stack.use(await servePeer(file));
      files.set(file.id, file.bytes);
      shared.add(film.id);
      site.described.set(file.id, {
        ...{ sha1: file.id, info_hash: file.infoHash, extension: 'mkv', size: FILE_BYTES },
        ...{ peers: [peer.at], torrent: Buffer.from(file.metainfo).toString('base64') },
      });
      // So old that nobody waits until it is still.
      await films.add(`film ${at}.mkv`, film.bytes, new Date(0));
      const processes = (await processesOf(pid)).filter(each => of === 'all' || each !== pid);
      const goOn = await refuse(processes, { calls, error: 'ENOSPC', when });
      try {
        const rate = 100_000_000 + at;
        passwords.push(`after ${at}`);
        await Promise.all([
          tried(home.call('daemon.limits', { down: rate }), () => {
            down = rate;
          }),
          tried(home.call('request.add', { ids: [file.id] }), () => requested.add(file.id)),
          tried(home.call('item.block', { hash, blocked: true }), () => blocked.add(hash)),
          tried(home.call('site.grant', { ...account, password: `after ${at}` }), () => {
            passwords = [`after ${at}`];
          }),
          tried(home.call('folder.confirm', { path: folder })),
          tried(home.call('site.sync', {})),
        ]);
        if (requested.has(file.id)) await until('it has tried to write it', () => isHereOrRefused(file.id));
      } finally {
        await goOn();
      }
      expect((await home.call('daemon.status', {})).limits.down).toBe(down);
    }

    // It was really full, for each of them, and not always.
    expect(home.log.filter(line => /a scan failed|the catalogue cannot be written/.test(line)).length).toBeGreaterThan(
      2,
    );
    expect(waited).toBeGreaterThan(1);
    expect(refused).toBeGreaterThan(ROUNDS.length / 2);
    expect(requested.size).toBeGreaterThan(0);
    expect((await home.call('daemon.status', {})).pid).toBe(pid);
    const expected = { site, username: 'ann', passwords, folders: [folder], requested };
    expect(await faultsAfter(home, expected)).toEqual([]);
    expect((await home.call('daemon.status', {})).limits.down).toBe(down);
    expect(await home.call('item.blocked', {})).toEqual(expect.arrayContaining([...blocked]));

    await home.call('folder.wait', { path: folder });
    await until('the site knows every film', async () => {
      await home.call('site.sync', {});
      return [...shared].every(id => site.ids.has(id));
    });
    await until('what was asked for is here', async () => {
      const here = new Set((await home.call('download.list', {})).map(({ id }) => id));
      return [...requested].every(id => here.has(id));
    });
    for (const { id, path } of await home.call('download.list', {})) {
      expect((await readFile(path)).equals(files.get(id) ?? Buffer.of())).toBe(true);
    }
    expect(site.calls.some(({ data }) => Array.isArray(data.remove) && data.remove.length > 0)).toBe(false);
    expect(await films.finish()).toEqual([]);

    async function isHereOrRefused(id: Id): Promise<boolean> {
      const item = await home.call('item.status', { id });
      if ('reason' in item && (item.reason === 'no-space' || item.reason === 'unwritable')) {
        waited++;
        return true;
      }
      return (await home.call('download.list', {})).some(one => one.id === id);
    }

    async function tried(call: Promise<unknown>, kept: () => void = () => {}): Promise<void> {
      try {
        await call;
        kept();
      } catch (thrown) {
        if (!(thrown instanceof LsdError)) throw thrown;
        expect(['no-space', 'internal']).toContain(thrown.code);
        refused++;
      }
    }
  }, 240_000);
});
