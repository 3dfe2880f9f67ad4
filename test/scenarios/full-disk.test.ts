/** A disk that is full at any point: of the database, a secret, the configuration, a log, a download. Nothing is half. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import { servePeer } from '../support/serving-peer.ts';
import { openSiteDouble } from '../support/site-double.ts';
import { someBytes } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { until } from '../world/until.ts';

const MiB = 2 ** 20;
/** bytes that are left: none, less than a page, a few pages, less than a piece, less than the file */
const LEFT = [0, 1, 4096, 12_288, 40_960, 131_072, 400_000, 1_000_000];
const FILE_BYTES = 1_500_000;
const isRoot = process.getuid?.() === 0;

let stack: AsyncDisposableStack;
let disk: string;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  disk = await mkdtemp(join(tmpdir(), 'lsd-full-'));
  stack.defer(() => rm(disk, { recursive: true, force: true }));
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]);
  stack.defer(() => void execFileSync('umount', ['--lazy', disk]));
});
afterEach(() => stack.disposeAsync());

/** Takes what is free but for so many bytes; a file system gives whole pages, and the home may write meanwhile. */
async function fillBut(left: number): Promise<void> {
  await until('the disk to be full', async () => {
    const { bavail, bsize } = await statfs(disk);
    const bytes = bavail * bsize - left;
    if (bytes > 0) execFileSync('fallocate', ['--length', String(bytes), join(disk, 'filler')], { stdio: 'pipe' });
    return true;
  });
}

async function tried(call: Promise<unknown>): Promise<LsdError | undefined> {
  return call.then(
    () => undefined,
    (thrown: unknown) => {
      if (thrown instanceof LsdError) return thrown;
      throw thrown;
    },
  );
}

describe.skipIf(!isRoot)('a home on a disk that fills up (needs root, to mount a small one)', () => {
  it('fails with a sentence, loses nothing, and goes on when there is room, wherever it was full', async () => {
    const site = await openSiteDouble();
    stack.defer(() => site.close());
    const home = stack.use(await startHome(['--log-level', 'debug'], join(disk)));
    const { pid } = await home.call('daemon.status', {});
    const account = { origin: site.origin, lan: true, username: 'ann' };
    await home.call('site.grant', { ...account, password: 'first' });
    const acknowledged = new Set<Id>();
    let password = 'first';

    for (const left of LEFT) {
      const file = someBytes(FILE_BYTES);
      const peer = stack.use(await servePeer(file));
      describeAt(file, peer.at);
      await fillBut(left);
      const failures = [
        await tried(regrant(`after ${left}`)),
        await tried(home.call('daemon.limits', { down: 100_000_000 + left })),
        await tried(home.call('request.add', { ids: [file.id] }).then(() => void acknowledged.add(file.id))),
      ];
      for (const failure of failures) expect([undefined, 'no-space']).toContain(failure?.code);
      await rm(join(disk, 'filler'), { force: true });

      // The same again, with room.
      await home.call('daemon.limits', { down: 100_000_000 + left });
      await home.call('request.add', { ids: [file.id] });
      acknowledged.add(file.id);
      const path = await until(`the file is here after ${left} bytes were left`, () => pathOf(home, file.id));
      expect((await readFile(path)).equals(file.bytes)).toBe(true);
      await home.call('download.remove', { id: file.id });
      acknowledged.delete(file.id);
    }

    expect((await home.call('daemon.status', {})).pid).toBe(pid);
    expect(await unfinished(home)).toEqual([]);
    await home.kill('SIGKILL');
    await home.start();
    expect(await home.call('site.list', {})).toMatchObject([{ origin: site.origin, username: 'ann' }]);
    for (const id of acknowledged) expect((await home.call('item.status', { id })).state).not.toBe('unknown');
    await home.call('site.sync', {});
    expect(site.of('signin').at(-1)?.data).toMatchObject({ username: 'ann', password });

    async function regrant(next: string): Promise<void> {
      await home.call('site.grant', { ...account, password: next });
      password = next;
    }

    function describeAt(file: ReturnType<typeof someBytes>, at: string): void {
      site.described.set(file.id, {
        ...{ sha1: file.id, info_hash: file.infoHash, extension: 'mkv', size: FILE_BYTES },
        ...{ peers: [at], torrent: Buffer.from(file.metainfo).toString('base64') },
      });
    }
  }, 180_000);

  it('stops a download in the middle of any piece, says why, and goes on by itself', async () => {
    const site = await openSiteDouble();
    stack.defer(() => site.close());
    const home = stack.use(await startHome([], join(disk)));
    await home.call('site.grant', { origin: site.origin, lan: true });
    for (const left of [100_000, 700_000]) {
      const file = someBytes(4 * MiB);
      const peer = stack.use(await servePeer(file, { rate: 2 * MiB }));
      site.described.set(file.id, {
        ...{ sha1: file.id, info_hash: file.infoHash, extension: 'mkv', size: file.bytes.length },
        ...{ peers: [peer.at], torrent: Buffer.from(file.metainfo).toString('base64') },
      });
      await home.call('request.add', { ids: [file.id] });
      await until('some has arrived', async () => {
        const item = await home.call('item.status', { id: file.id });
        return 'progress' in item && item.progress > 0.1;
      });
      await fillBut(left);
      await until('it waits for room', async () => {
        const item = await home.call('item.status', { id: file.id });
        return 'reason' in item && item.state === 'waiting' && item.reason === 'no-space';
      });
      await rm(join(disk, 'filler'), { force: true });
      const path = await until('it is here', () => pathOf(home, file.id));
      expect((await readFile(path)).equals(file.bytes)).toBe(true);
    }
  }, 120_000);
});

async function pathOf(home: HomeProcess, id: Id): Promise<string | undefined> {
  return (await home.call('download.list', {})).find(one => one.id === id)?.path;
}

/** What a write that failed left of itself. */
async function unfinished(home: HomeProcess): Promise<string[]> {
  return (await readdir(home.dir, { recursive: true })).filter(name => name.endsWith('.new'));
}
