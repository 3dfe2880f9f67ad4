/** What people see of the player, staged: the card in a page where nothing plays, the frame in a site's page, the tab. */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { makeMedia } from '../../world/film.ts';
import type { State } from './answers.ts';

const HEAD = '<title>A small archive</title><link rel="icon" href="data:,">';
const BODY = ':root { color-scheme: light dark } body { font: 16px system-ui; margin: 0; padding: 24px }';

/** A site's page that has a video; `#ask`: the browser would ask the person whether the page may play it. */
const CARD = `<!doctype html><html lang="en">${HEAD}
  <style>${BODY} video { width: 480px; height: 270px; max-width: 100% }</style>
  <main id="root"><h1>A small archive</h1><video></video></main><script type="module" src="/card.js"></script>`;

/** A site's page with the extension's player in it; the page is of the same origin here, so it can be looked into. */
const FRAME = `<!doctype html><html lang="en">${HEAD}
  <style>${BODY} iframe { border: 0; width: 480px; height: 270px; max-width: 100% }</style>
  <main id="root"><h1>A small archive</h1><iframe title="A holiday" src="/player/index.html"></iframe></main>
  <script type="module" src="/frame.js"></script>`;

/** The card as the content script makes it, in a shadow tree that can be looked into. */
const CARD_SCRIPT = `
  import { createCard } from '../../../extension/content/playback/card.ts';
  import { cardTexts } from '../../../extension/player/texts.ts';
  const attach = Element.prototype.attachShadow;
  Element.prototype.attachShadow = function (options) { return attach.call(this, { ...options, mode: 'open' }); };
  const loopback = location.hash === '#ask' ? 'prompt' : 'denied';
  const card = createCard({
    background: {
      texts: async () => cardTexts('https://pad.example'),
      openTab: async () => { throw new Error('no tab'); },
      rule: async () => true,
    },
    direct: { way: 'direct', fits: () => true, play: async () => { throw new Error('refused'); } },
    situation: async () => ({ browser: 'chromium', loopback }),
  });
  const element = document.querySelector('video');
  void card.play({ element, id: 'a'.repeat(40), start: true }, new AbortController().signal);
`;

const FRAME_SCRIPT = `
  const frame = document.querySelector('iframe');
  const open = () => {
    const { port1, port2 } = new MessageChannel();
    const opening = { ticket: 'ticket', kind: location.hash === '#sound' ? 'audio' : 'video', controls: true, muted: true, currentTime: 4 };
    frame.contentWindow.postMessage(opening, '*', [port2]);
    port1.start();
  };
  const inside = frame.contentDocument;
  if (inside.URL !== 'about:blank' && inside.readyState === 'complete') open();
  else frame.addEventListener('load', open);
`;

/** By path, what a site would serve beside the built pages, where there are states that want it. */
export async function besideOf(states: readonly State[]): Promise<ReadonlyMap<string, string | Buffer>> {
  if (!states.some(({ page }) => ['card', 'frame', 'tab'].includes(page))) return new Map();
  const folder = await mkdtemp(join(tmpdir(), 'lsd-player-'));
  const film = await makeMedia('WebM', `${folder}/film`);
  const sound = await makeMedia('MP3', `${folder}/sound`);
  const media = [await readFile(film.path), await readFile(sound.path)] as const;
  await rm(folder, { recursive: true });
  return new Map<string, string | Buffer>([
    ['card.html', CARD],
    ['card.js', await bundle(CARD_SCRIPT)],
    ['frame.html', FRAME],
    ['frame.js', FRAME_SCRIPT],
    ['film.webm', media[0]],
    ['sound.mp3', media[1]],
  ]);
}

/** `script` imports as this file does. */
async function bundle(script: string): Promise<string> {
  const stdin = { contents: script, resolveDir: import.meta.dirname };
  const { outputFiles } = await build({ stdin, bundle: true, format: 'esm', write: false });
  return outputFiles[0]?.text ?? '';
}
