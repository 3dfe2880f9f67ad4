/** What the kernel is asked: files are synced before they get their name, and the person's are never opened for writing. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectPeer } from '../support/asking-peer.ts';
import { servePeer } from '../support/serving-peer.ts';
import { openSiteDouble } from '../support/site-double.ts';
import { hasStrace, parse, type Syscall, trace } from '../support/strace.ts';
import { someBytes } from '../support/swarm.ts';
import { startHome } from '../world/home.ts';
import { processesOf } from '../world/memory.ts';
import { until } from '../world/until.ts';

const CALLS = ['fsync', 'fdatasync', 'rename', 'renameat', 'renameat2', 'openat', 'write', 'pwrite64', 'ftruncate'];

describe.skipIf(!hasStrace)('a home that scans, serves, downloads and keeps secrets (needs strace)', () => {
  let stack: AsyncDisposableStack;
  let calls: Syscall[];
  let films: string;
  let dir: string;

  beforeAll(async () => {
    stack = new AsyncDisposableStack();
    const site = await openSiteDouble();
    stack.defer(() => site.close());
    films = await mkdtemp(join(tmpdir(), 'lsd-traced-'));
    stack.defer(() => rm(films, { recursive: true, force: true }));
    const [held, wanted] = [someBytes(600_000), someBytes(600_000)];
    await writeFile(join(films, 'film.mkv'), held.bytes);
    const home = stack.use(await startHome());
    dir = home.dir;
    const peer = stack.use(await servePeer(wanted));
    site.described.set(wanted.id, {
      ...{ sha1: wanted.id, info_hash: wanted.infoHash, extension: 'mkv', size: wanted.bytes.length },
      ...{ peers: [peer.at], torrent: Buffer.from(wanted.metainfo).toString('base64') },
    });

    const { pid } = await home.call('daemon.status', {});
    const stop = await trace(await processesOf(pid), CALLS, join(dir, 'strace'));
    await home.call('site.grant', { origin: site.origin, lan: true, username: 'ann', password: 'secret' });
    await home.call('folder.add', { path: films, sites: [site.origin], everyone: true });
    await home.call('folder.wait', { path: films });
    await home.call('daemon.limits', { up: 50_000_000 });
    const { url } = await home.call('item.url', { id: held.id });
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(held.bytes)).toBe(true);
    const asking = await connectPeer({ port: home.ready.peer, infoHash: held.infoHash });
    expect((await asking.request(0, 0, 16_384)).equals(held.bytes.subarray(0, 16_384))).toBe(true);
    asking.close();
    await home.call('request.add', { ids: [wanted.id] });
    await until('it is here', async () => (await home.call('download.list', {})).length === 1);
    calls = await stop();
  });
  afterAll(() => stack.disposeAsync());

  const fileOf = ({ args }: Syscall) => /^\d+<([^>]*)>/.exec(args)?.[1];
  const syncs = () => calls.filter(({ name, result }) => /^f(data)?sync$/.test(name) && result === 0);
  const writes = () => calls.filter(({ name }) => /^p?write(64)?$|^ftruncate$/.test(name));
  /** From what to what, of those that went through. */
  const renames = () =>
    calls
      .filter(({ name, result }) => name.startsWith('rename') && result === 0)
      .map(call => {
        const [from = '', to = ''] = [...call.args.matchAll(/"([^"]*)"/g)].map(match => match[1]);
        return { ...call, from, to };
      });

  it('gives no file its name before its bytes are on the disk, and then syncs the folder', () => {
    const named = renames().filter(({ to }) => to.startsWith(dir));
    // The download, and the password.
    expect(named.map(({ to }) => dirname(to))).toEqual(
      expect.arrayContaining([join(dir, 'downloads'), join(dir, 'secrets')]),
    );
    for (const { from, to, began, ended } of named) {
      const lastWrite = Math.max(...writes().flatMap(call => (fileOf(call) === from ? [call.ended] : [])), -1);
      const synced = syncs().some(sync => fileOf(sync) === from && sync.began > lastWrite && sync.ended < began);
      expect({ to, synced }).toEqual({ to, synced: true });
      const folderSynced = syncs().some(sync => fileOf(sync) === dirname(to) && sync.began > ended);
      expect({ to, folderSynced }).toEqual({ to, folderSynced: true });
    }
  });

  it("opens the person's files for reading alone, and follows no link", () => {
    const opens = calls.filter(
      ({ name, args, result }) => name === 'openat' && result >= 0 && args.includes(`${films}/`),
    );
    expect(opens.length).toBeGreaterThanOrEqual(3);
    for (const { args } of opens) expect(args).toMatch(/O_RDONLY\|.*O_NOFOLLOW/);
    for (const { args } of opens) expect(args).not.toMatch(/O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND/);
    expect(writes().filter(call => fileOf(call)?.startsWith(films))).toEqual([]);
    expect(renames().filter(({ from, to }) => from.startsWith(films) || to.startsWith(films))).toEqual([]);
  });
});

describe('a trace', () => {
  it('is read with calls that another thread interrupts', () => {
    const text = `7 fsync(3</a> <unfinished ...>
8 rename("/b", "/c") = 0
7 <... fsync resumed>) = 0
8 openat(AT_FDCWD</>, "/d", O_RDONLY) = -1 ENOENT (No such file or directory)`;
    expect(parse(text)).toEqual([
      { name: 'rename', args: '"/b", "/c"', result: 0, began: 1, ended: 1 },
      { name: 'fsync', args: '3</a>', result: 0, began: 0, ended: 2 },
      { name: 'openat', args: 'AT_FDCWD</>, "/d", O_RDONLY', result: -1, began: 3, ended: 3 },
    ]);
  });
});
