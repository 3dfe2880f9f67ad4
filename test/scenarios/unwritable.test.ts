/** A home, or its downloads, that cannot be written: it says so, loses nothing, and goes on when it can be written again. */

import { chmod, chown, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LsdError } from '../../shared/errors.ts';
import { refuseWrites } from '../support/refusing.ts';
import { servePeer } from '../support/serving-peer.ts';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { type Described, someBytes } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { until } from '../world/until.ts';

/** Root may write everything, so for root the daemon runs as nobody. */
const NOBODY = 65_534;
const isRoot = process.getuid?.() === 0;
const PREFIX = isRoot
  ? ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--inh-caps=-all', 'env']
  : ['env'];

let stack: AsyncDisposableStack;
let around: string;
let dir: string;
let site: SiteDouble;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  around = await mkdtemp(join(tmpdir(), 'lsd-unwritable-'));
  stack.defer(() => rm(around, { recursive: true, force: true }));
  await chmod(around, 0o755);
  dir = join(around, 'home');
  await mkdir(dir);
  if (isRoot) await chown(dir, NOBODY, NOBODY);
  site = await openSiteDouble();
  stack.defer(() => site.close());
});
afterEach(() => stack.disposeAsync());

async function start(): Promise<HomeProcess> {
  return stack.use(await startHome([], dir, {}, [...PREFIX, `HOME=${around}`]));
}

async function offered(file: Described): Promise<void> {
  const peer = stack.use(await servePeer(file));
  site.described.set(file.id, {
    ...{ sha1: file.id, info_hash: file.infoHash, extension: 'mkv', size: file.bytes.length },
    ...{ peers: [peer.at], torrent: Buffer.from(file.metainfo).toString('base64') },
  });
}

async function expectArrives(home: HomeProcess, file: Described): Promise<void> {
  const path = await until('it is here', async () => {
    return (await home.call('download.list', {})).find(({ id }) => id === file.id)?.path;
  });
  expect((await readFile(path)).equals(file.bytes)).toBe(true);
}

describe.skipIf(process.platform === 'win32')('a folder without the right to write', () => {
  it('of downloads: they wait and say why, and come when it may be written', async () => {
    const home = await start();
    await home.call('site.grant', { origin: site.origin, lan: true });
    const [first, second] = [someBytes(1_000_000), someBytes(1_000_000)];
    await offered(first);
    await offered(second);
    const downloads = join(dir, 'downloads');
    await home.call('request.add', { ids: [first.id] });
    await expectArrives(home, first);

    for (const folder of [downloads, join(downloads, '.partial')]) await chmod(folder, 0o555);
    await home.call('request.add', { ids: [second.id] });
    await until('it waits', async () => {
      const item = await home.call('item.status', { id: second.id });
      return 'reason' in item && item.state === 'waiting' && item.reason === 'unwritable';
    });
    const { url } = await home.call('item.url', { id: first.id });
    expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(first.bytes)).toBe(true);
    for (const folder of [downloads, join(downloads, '.partial')]) await chmod(folder, 0o755);
    await expectArrives(home, second);
  });

  it('that is the home: what must be kept is refused with a sentence, and nothing of what was kept is lost', async () => {
    const home = await start();
    const account = { origin: site.origin, lan: true, username: 'ann' };
    await home.call('site.grant', { ...account, password: 'first' });
    await chmod(dir, 0o555);
    await chmod(join(dir, 'secrets'), 0o555);
    const refused = await home
      .call('site.grant', { ...account, password: 'second' })
      .catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(LsdError);
    expect(refused).toMatchObject({ message: expect.stringMatching(/cannot be written/) });
    expect(await home.call('site.list', {})).toMatchObject([{ username: 'ann' }]);

    // Nothing starts there, and it says where it looked.
    await home.kill('SIGTERM');
    await rm(join(dir, 'lock.db'), { force: true });
    await expect(home.start()).rejects.toThrow(dir);

    await chmod(dir, 0o755);
    await chmod(join(dir, 'secrets'), 0o700);
    await home.start();
    await home.call('site.sync', {});
    expect(site.of('signin').at(-1)?.data).toMatchObject({ username: 'ann', password: 'first' });
    await home.call('site.grant', { ...account, password: 'second' });
    await home.call('site.sync', {});
    expect(site.of('signin').at(-1)?.data).toMatchObject({ password: 'second' });
  });
});

it('a database that takes nothing when its time has come ends no daemon', async () => {
  const home = await start();
  await home.call('daemon.pause', { until: Date.now() + 1_000 });
  using database = new DatabaseSync(join(dir, 'catalogue.db'));
  refuseWrites(database, ['setting']);
  await until('the pause to end', async () => (await home.call('daemon.status', {})).pausedUntil === null);
  await expect(home.call('daemon.pause', {})).rejects.toMatchObject({ code: 'internal' });
  expect(await home.call('daemon.status', {})).toMatchObject({ state: 'idle' });
});
