/** A home that holds a film, and a public https site whose visitors play it. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import type {} from '../../extension/page/lsd.d.ts';
import { type BrowserName, eventually, type TestBrowser } from '../../test/support/browsers.ts';
import { startTestSite } from '../../test/support/test-site.ts';
import { type Film, makeFilm } from '../../test/world/film.ts';
import { startHome } from '../../test/world/home.ts';
import { browserOf } from '../../test/world/visitor.ts';

const NAME = 'archive.example';

export interface Stage extends AsyncDisposable {
  film: Film;
  origin: string;
  /** gives the site the grant that a visitor would, with the film's folder */
  grant(): Promise<void>;
  /** takes away whatever grant it has */
  revoke(): Promise<void>;
  /** a fresh profile */
  browse(name: BrowserName): Promise<TestBrowser>;
  allowLoopback(browser: TestBrowser): Promise<void>;
}

export async function openStage(seconds: number, kilobits: number): Promise<Stage> {
  const stack = new AsyncDisposableStack();
  const film = await makeFilm(seconds, kilobits);
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await copyFile(film.path, join(folder, 'film.mp4'));
  const home = stack.use(await startHome());
  const { path, id } = await home.call('folder.add', { path: folder });
  await home.call('folder.wait', { path });
  const page = `<!doctype html><title>archive</title><style>video { width: 640px; height: 360px }</style>
    <button>Play</button><video muted playsinline></video><script>
    const video = document.querySelector('video');
    addEventListener('visit', async () => {
      try {
        await lsd.config({});
        window.way = await lsd.play(video, '${film.id}');
      } catch (error) {
        window.way = error.code + ': ' + error.message;
      }
    });
    document.querySelector('button').onclick = ({ timeStamp }) => {
      video.addEventListener('loadeddata', event => { window.firstFrame = event.timeStamp - timeStamp; });
      lsd.play(video, '${film.id}').then(way => { window.way = way; }, error => { window.way = error.message; });
    };
  </script>`;
  const site = await startTestSite({ '/': page }, { tls: true });
  stack.defer(() => site.close());
  const origin = site.origin(NAME);
  return {
    film,
    origin,
    async grant() {
      await home.call('site.grant', { origin, lan: true, folders: [id] });
    },
    async revoke() {
      for (const site of await home.call('site.list', {})) await home.call('site.remove', { origin: site.origin });
    },
    browse: name => browserOf(name, home.dir, { names: [NAME], publicAddresses: [`127.0.0.1:${site.port}`] }),
    async allowLoopback({ browser }) {
      const permission = { permission: { name: 'loopback-network' }, state: 'granted' } as const;
      await browser.defaultBrowserContext().setPermission(origin, permission);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}

/** The site's page, once `lsd` is there. */
export async function openSite(stage: Stage, tested: TestBrowser): Promise<Page> {
  await tested.ui('setVisibility', { mode: 'all', origins: [] });
  const page = await tested.open(`${stage.origin}/`);
  await eventually(() => page.evaluate(async () => (await window.lsd!.permission()).site === 'granted'), 'the grant');
  return page;
}
