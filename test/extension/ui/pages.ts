/** The extension's pages as they are built, served from loopback under a policy as strict as the extension's own. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { buildExtension } from '../../support/browsers.ts';

const BUILT = fileURLToPath(new URL('../../../dist/chromium/', import.meta.url));

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  svg: 'image/svg+xml',
  js: 'text/javascript',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
};

/** What Manifest V3 gives extension pages, and nothing from anywhere else, so that a request elsewhere is seen to fail. */
const POLICY = "default-src 'none'; script-src 'self'; img-src 'self'; style-src 'self'";
/** The player alone loads films. */
const PLAYER_POLICY = `media-src 'self'; connect-src 'self'; ${POLICY}`;

/** Where pages are that are no `index.html` of a folder of their name. */
const PLACES: Readonly<Record<string, string>> = {
  tab: 'player/tab.html',
  card: 'card.html',
  frame: 'frame.html',
};

/** `beside`: by path, what a site would serve. */
export async function servePages(beside: ReadonlyMap<string, string | Buffer> = new Map()) {
  buildExtension();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname.slice(1);
    const given = beside.get(path);
    const body = given ?? (await builtFile(path).catch(() => null));
    if (body === null) return void response.writeHead(404, { 'content-type': TYPES.html }).end('<!doctype html>');
    const type = TYPES[path.split('.').pop() ?? ''] ?? 'application/octet-stream';
    const policy = (path.startsWith('player/') ? PLAYER_POLICY : POLICY) + ownStyles(String(body));
    response.writeHead(200, {
      'content-type': type,
      // Frames of one page share what they load.
      'cache-control': 'max-age=600',
      ...(given === undefined && { 'content-security-policy': policy }),
    });
    response.end(body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (page: string, query = '') => `http://127.0.0.1:${port}/${PLACES[page] ?? `${page}/index.html`}${query}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

/** The styles that a page was built with, and no others. */
function ownStyles(page: string): string {
  const styles = [...page.matchAll(/<style>(.*?)<\/style>/gs)].map(([, style]) => style!);
  return styles.map(style => ` 'sha256-${createHash('sha256').update(style).digest('base64')}'`).join('');
}

export function builtFile(path: string): Promise<Buffer> {
  return readFile(BUILT + path);
}
