/** The real daemon behind the extension: registered by the command line, started by the browser, asked by a page. */

import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { connectClient } from '../../host/daemon/client.ts';
import { untilStopped } from '../../host/daemon/connect.ts';
import { locateHome } from '../../host/platform/home.ts';
import type { Method, Params, Result } from '../../shared/protocol.ts';
import { eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';
import { letsshare, QUIET } from '../world/home.ts';

const NAME = 'archive.example';

inBrowsers(name => {
  let tested: TestBrowser;
  let site: TestSite;
  let archive: TestSite;
  let player = '';
  let home: string;
  /** As a person does it. */
  const command = async (...args: string[]) => {
    expect(await letsshare([...args, '--home', home])).toMatchObject({ code: 0 });
  };
  /** Asks the daemon of now, whoever started it; nothing where there is none. */
  async function ask<M extends Method>(method: M, params: Params<M>): Promise<Result<M> | undefined> {
    await using client = await connectClient(locateHome(home).socket);
    return await client?.call(method, params);
  }
  const pid = () =>
    ask('daemon.status', {}).then(
      status => status?.pid,
      () => undefined, // it ends just now
    );
  const link = async () => ((await tested.ui('link')) as { state: string }).state;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lsd-daemon-'));
    await writeFile(join(home, 'config.json'), JSON.stringify(QUIET));
    site = await startTestSite({ '/': '<!doctype html><title>site</title>' });
    archive = await startTestSite({ '/': (_request, response) => response.end(player) }, { tls: true });
    // A page from 127.0.0.1 counts as loopback itself and proves nothing: this one is made public.
    const publicAddresses = [`127.0.0.1:${archive.port}`];
    tested = await launchBrowser(name, { home, names: [NAME, `sub.${NAME}`], publicAddresses });
  });
  afterAll(async () => {
    await tested?.close();
    await site?.close();
    await archive?.close();
    await ask('daemon.stop', { reason: 'stopped' });
    await untilStopped(locateHome(home), AbortSignal.timeout(30_000));
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  });

  it('starts the daemon, and tells the page that it has no grant', async () => {
    await eventually(async () => (await link()) === 'connected', 'the connection');
    const page = await tested.open(`${site.origin()}/`);
    expect(await page.evaluate(() => window.lsd?.status({}))).toEqual({ version: '0.1.0', state: 'no-grant' });
    const code = await page.evaluate(() => window.lsd?.url('a'.repeat(40)).catch(error => error.code));
    expect(code).toBe('denied');
    await page.close();
  });

  it('tells the page of a grant that the command line gave, and works for it from then on', async () => {
    const page = await tested.open(`${site.origin()}/`);
    await page.evaluate(() => {
      window.lsd?.addEventListener('permissionchange', ({ detail }) => {
        document.title = detail.site;
      });
    });
    await command('site', 'add', site.origin(), '--lan');
    await eventually(async () => (await page.title()) === 'granted', 'the grant');
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ files: 0, downloads: [], seeding: [] });
    const url = await page.evaluate(() => window.lsd?.url('a'.repeat(40)).catch(error => error.code));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/get\/a{40}\?t=|not-found/);
    expect(await page.evaluate(() => window.lsd?.config({}))).toEqual({
      url: `${site.origin()}/api/`,
      signedIn: false,
      folders: 0,
    });
    await ask('site.remove', { origin: site.origin() });
    await eventually(async () => (await page.title()) === 'prompt', 'the end of the grant');
    await page.close();
  });

  it('stays stopped when the person stopped it, until somebody needs it', async () => {
    const page = await tested.open(`${site.origin()}/`);
    await command('stop');
    await eventually(async () => (await link()) === 'host-stopped', 'the stop');
    expect(await page.evaluate(() => window.lsd?.status({}))).toEqual({ version: '0.1.0', state: 'host-exited' });
    // Longer than the first delay of a link that comes back by itself.
    await page.evaluate(() => new Promise(resolve => setTimeout(resolve, 1500)));
    expect(await pid()).toBeUndefined();
    expect(await link()).toBe('host-stopped');
    await tested.ui('reconnect');
    expect(await link()).toBe('connected');
    const first = await pid();
    expect(first).toBeGreaterThan(1);
    if (first !== undefined) process.kill(first, 'SIGKILL');
    await eventually(async () => ![first, undefined].includes(await pid()), 'the next daemon');
    await eventually(async () => (await link()) === 'connected', 'the next connection');
    await ask('daemon.stop', { reason: 'stopped' });
    await eventually(async () => (await link()) === 'host-stopped', 'the second stop');
    const code = await page.evaluate(() => window.lsd?.url('a'.repeat(40)).catch(error => error.code));
    expect(code).toBe('denied');
    expect(await link()).toBe('connected');
    await page.close();
  });

  it('plays a shared file by its plain URL on a granted https site, and on no other', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lsd-sounds-'));
    const sound = silence(2);
    await writeFile(join(folder, 'sound.wav'), sound);
    const origin = archive.origin(NAME);
    await ask('site.grant', { origin, lan: true });
    const shared = await ask('folder.add', { path: folder, sites: [origin] });
    await ask('folder.wait', { path: shared!.path });
    const { http } = (await ask('daemon.status', {}))!;
    const id = createHash('sha1').update(sound).digest('hex');
    player = `<!doctype html><title>archive</title><audio src="http://127.0.0.1:${http}/get/${id}"></audio><script>
      const audio = document.querySelector('audio');
      audio.oncanplay = () => { document.title = 'plays'; };
      audio.onerror = () => { document.title = 'fails'; };
    </script>`;
    const permission = { permission: { name: 'loopback-network' }, state: 'granted' } as const;
    for (const [visited, outcome] of [
      [origin, 'plays'],
      [archive.origin(`sub.${NAME}`), 'fails'],
    ] as const) {
      await tested.browser.defaultBrowserContext().setPermission(visited, permission);
      const page = await tested.open(`${visited}/`);
      await eventually(async () => (await page.title()) === outcome, `${visited} ${outcome}`);
      await page.close();
    }
    const page = await tested.open(`${origin}/`);
    const url = await page.evaluate(sound => window.lsd?.url(sound), id);
    await page.close();
    await stolenUrlPlaysNowhereElse(String(url), origin, archive.origin(`sub.${NAME}`));
    await rm(folder, { recursive: true });
  });

  /** The other site has a grant too, and a page of the first told it the URL. */
  async function stolenUrlPlaysNowhereElse(url: string, owner: string, thief: string): Promise<void> {
    await ask('site.grant', { origin: thief, lan: true });
    player = `<!doctype html><title>stolen</title><audio src="${url}"></audio><script>
      const audio = document.querySelector('audio');
      const read = fetch('${url}').then(({ ok }) => ok ? 'read' : 'unread', () => 'unread');
      audio.oncanplay = async () => { document.title = 'plays, ' + await read; };
      audio.onerror = async () => { document.title = 'fails, ' + await read; };
    </script>`;
    for (const [visited, outcome] of [
      [owner, 'plays, read'],
      [thief, 'fails, unread'],
    ] as const) {
      const page = await tested.open(`${visited}/`);
      await eventually(async () => (await page.title()) === outcome, `${visited} ${outcome}`);
      await page.close();
    }
    await ask('site.remove', { origin: thief });
  }
});

/** A WAV file without a sound: 8 kHz, 8 bits, mono. */
function silence(seconds: number): Buffer {
  const samples = Buffer.alloc(8000 * seconds, 128);
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.writeUInt32LE(36 + samples.length, 4);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(1, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(8000, 24);
  head.writeUInt32LE(8000, 28);
  head.writeUInt16LE(1, 32);
  head.writeUInt16LE(8, 34);
  head.write('data', 36);
  head.writeUInt32LE(samples.length, 40);
  return Buffer.concat([head, samples]);
}
