/** A home with a film and a sound of each kind, subtitles beside them, and a granted site that browsers take for public. */

import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserName, eventually, type TestBrowser } from '../support/browsers.ts';
import { type Routes, startTestSite } from '../support/test-site.ts';
import { type Film, idOf, MEDIA_KINDS, type MediaKind, makeFilm, makeMedia } from './film.ts';
import { type HomeProcess, startHome } from './home.ts';
import { browserOf } from './visitor.ts';

const NAME = 'archive.example';
const OTHER = 'other.example';

/** A page that takes away every frame that it did not put there: no player of ours stays. */
export const ALONE = `<!doctype html><title>site</title><video width="400" height="300"></video><script>
  new MutationObserver(() => document.querySelectorAll('iframe').forEach(frame => frame.remove()))
    .observe(document, { childList: true, subtree: true });
</script>`;

export interface Cinema extends AsyncDisposable {
  home: HomeProcess;
  origin: string;
  /** the same pages under another name, without a grant */
  other: string;
  films: Map<MediaKind, Film>;
  /** of a minute; subtitles in English (`.srt`) and in no named language (`.vtt`) lie beside it and beside `wave` */
  long: Film;
  /** what no stream plays */
  wave: Film;
  /** no film at all, though it is called one */
  broken: Film;
  /** gives another site the same */
  grant(origin: string): Promise<void>;
  /** a fresh profile */
  browse(name: BrowserName): Promise<TestBrowser>;
  /** the person's answer to the browser's question about this machine, for a page of `origin` or another */
  loopback(tested: TestBrowser, state: 'granted' | 'prompt', of?: string): Promise<void>;
}

/** `more`: files that the home has too; pages of the site by path, beside an empty one. */
export async function openCinema(more: (folder: string) => Promise<unknown> = async () => {}, routes: Routes = {}) {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lsd-cinema-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const films = new Map<MediaKind, Film>();
  for (const [index, kind] of MEDIA_KINDS.entries()) films.set(kind, await makeMedia(kind, join(folder, `${index}`)));
  const made = await makeFilm(60, 2500);
  const long = { ...made, path: join(folder, 'long.mp4') };
  await copyFile(made.path, long.path);
  const wave = await makeMedia('WAV', join(folder, 'wave'));
  for (const name of ['long', 'wave']) {
    await writeFile(join(folder, `${name}.en.srt`), '1\n00:00:01,000 --> 00:00:02,000\nHello\n');
    await writeFile(join(folder, `${name}.vtt`), 'WEBVTT\n\n00:03.000 --> 00:04.500\nGood <i>day</i>\n');
  }
  const path = join(folder, 'nothing.mp4');
  await writeFile(path, Buffer.alloc(100_000, 7));
  const broken = { path, id: await idOf(path), seconds: 0 };
  await more(folder);
  const home = stack.use(await startHome());
  const site = stack.use(await startTestSite({ '/': '<!doctype html><title>site</title>', ...routes }, { tls: true }));
  const origin = site.origin(NAME);
  const granted: string[] = [];
  async function grant(to: string): Promise<void> {
    granted.push(to);
    await home.call('site.grant', { origin: to, lan: true });
    const shared = await home.call('folder.add', { path: folder, sites: granted });
    await home.call('folder.wait', { path: shared.path });
  }
  await grant(origin);
  return {
    home,
    origin,
    other: site.origin(OTHER),
    films,
    long,
    wave,
    broken,
    grant,
    async browse(name) {
      const options = { names: [NAME, OTHER], publicAddresses: [`127.0.0.1:${site.port}`] };
      const tested = await browserOf(name, home.dir, options);
      const state = async () => ((await tested.ui('link')) as { state: string }).state;
      await eventually(async () => (await state()) === 'connected', 'the link');
      await tested.ui('setVisibility', { mode: 'all', origins: [] });
      return tested;
    },
    async loopback({ browser }, state, of = origin) {
      const permission = { permission: { name: 'loopback-network' }, state } as const;
      await browser.defaultBrowserContext().setPermission(of, permission);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  } satisfies Cinema;
}
