/** A clock that is set, forward and back, by hours or by years: nothing is lost by it, and everything goes on. */

import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Id } from '../../shared/id.ts';
import type { DownloadInfo } from '../../shared/item-methods.ts';
import { connectPeer } from '../support/asking-peer.ts';
import { servePeer } from '../support/serving-peer.ts';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { type Described, someBytes } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { until } from '../world/until.ts';
import { watchFiles } from '../world/untouched.ts';

const PRELOAD = new URL('../support/set-clock.ts', import.meta.url).href;
const YEAR_MS = 365.25 * 86_400_000;
/** In turn, in ms beside the machine's clock. The last but one is a machine without a battery for its clock. */
const JUMPS = [3_600_000, 0, -3_600_000, 10 * YEAR_MS, -YEAR_MS, -Date.now(), 0];

let stack: AsyncDisposableStack;
let folder: string;
let clock: string;
let site: SiteDouble;
let home: HomeProcess;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  folder = await mkdtemp(join(tmpdir(), 'lsd-clock-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  clock = join(folder, 'clock');
  await mkdir(join(folder, 'films'));
  await setClock(0);
  site = await openSiteDouble();
  stack.defer(() => site.close());
  const env = ['env', `NODE_OPTIONS=--import=${PRELOAD}`, `LSD_CLOCK=${clock}`];
  home = stack.use(await startHome(['--poll-seconds', '1'], undefined, {}, env));
});
afterEach(() => stack.disposeAsync());

async function setClock(beside: number): Promise<void> {
  await writeFile(`${clock}.new`, String(beside));
  await rename(`${clock}.new`, clock);
}

function describeAt(file: Described, at: string): void {
  site.described.set(file.id, {
    ...{ sha1: file.id, info_hash: file.infoHash, extension: 'mkv', size: file.bytes.length },
    ...{ peers: [at], torrent: Buffer.from(file.metainfo).toString('base64') },
  });
}

async function download(id: Id): Promise<DownloadInfo | undefined> {
  return (await home.call('download.list', {})).find(one => one.id === id);
}

describe('a home whose clock is set', () => {
  it('goes on scanning, syncing, polling, serving and downloading, and knows all it knew', async () => {
    const films = stack.use(await watchFiles(join(folder, 'films')));
    const first = someBytes(300_000);
    await films.add('first.mkv', first.bytes);
    await home.call('site.grant', { origin: site.origin, lan: true, username: 'ann', password: 'secret' });
    await home.call('folder.add', { path: films.folder, sites: [site.origin], everyone: true });
    await home.call('folder.wait', { path: films.folder });
    const nobodys = someBytes(1).id;
    site.described.set(nobodys, { sha1: nobodys, extension: 'mkv' });
    await home.call('request.add', { ids: [nobodys] });
    const slow = someBytes(4_000_000);
    const slowPeer = stack.use(await servePeer(slow, { rate: 400_000 }));
    describeAt(slow, slowPeer.at);
    await home.call('request.add', { ids: [slow.id] });
    const { pid } = await home.call('daemon.status', {});
    const held = [first];

    for (const [at, jump] of JUMPS.entries()) {
      await setClock(jump);
      const polls = site.of('getRequests').length;
      const film = someBytes(50_000);
      held.push(film);
      await films.add(`${at}.mkv`, film.bytes);
      const wanted = someBytes(50_000);
      await using peer = await servePeer(wanted);
      describeAt(wanted, peer.at);
      await home.call('request.add', { ids: [wanted.id] });

      await until(`a film that came after the jump by ${jump} ms is known to the site`, async () => {
        await home.call('site.sync', {});
        return held.every(({ id }) => site.ids.has(id));
      });
      const arrived = await until(`what was asked for then is here`, () => download(wanted.id));
      expect((await readFile(arrived.path)).equals(wanted.bytes)).toBe(true);
      // It really goes by the clock that was set.
      expect(Math.abs(arrived.verifiedAt - (Date.now() + jump))).toBeLessThan(60_000);
      await home.call('download.remove', { id: wanted.id });
      const { url } = await home.call('item.url', { id: first.id });
      expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(first.bytes)).toBe(true);
      const asking = await connectPeer({ port: home.ready.peer, infoHash: first.infoHash });
      expect((await asking.request(0, 0, 16_384)).equals(first.bytes.subarray(0, 16_384))).toBe(true);
      asking.close();
      await until('the site is polled', () => site.of('getRequests').length > polls);
      expect((await home.call('item.status', { id: nobodys })).state).toBe('waiting');
    }

    const arrived = await until('the download that went through all of it is here', () => download(slow.id));
    expect((await readFile(arrived.path)).equals(slow.bytes)).toBe(true);
    expect((await home.call('daemon.status', {})).pid).toBe(pid);

    // It is started anew where the clock is wrong, and where it is right again.
    for (const jump of [-Date.now(), 0]) {
      await setClock(jump);
      await home.kill('SIGTERM');
      await home.start();
      expect(await home.call('site.list', {})).toMatchObject([{ origin: site.origin, username: 'ann' }]);
      expect(await home.call('folder.list', {})).toMatchObject([{ path: films.folder, files: held.length }]);
      expect((await home.call('item.status', { id: nobodys })).state).not.toBe('unknown');
      expect(await home.call('site.sync', {})).toMatchObject([{ ids: held.length + 1, removed: 0 }]);
    }
    expect(site.of('signin').every(({ data }) => data.password === 'secret')).toBe(true);
    expect(await films.finish()).toEqual([]);
  }, 180_000);
});
