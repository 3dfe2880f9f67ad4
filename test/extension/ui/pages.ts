/** The extension's pages as a browser gets them: built, served from loopback under the extension's own policy. */

import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const EXTENSION = fileURLToPath(new URL('../../../extension/', import.meta.url));
export const PAGES = ['popup', 'prompt', 'options'] as const;

const TYPES: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css',
  svg: 'image/svg+xml',
  js: 'text/javascript',
};

/** The script of each page, as one minified module. */
export async function buildScripts(): Promise<Map<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: PAGES.map(page => `${EXTENSION}${page}/main.tsx`),
    outdir: EXTENSION,
    outbase: EXTENSION,
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    jsx: 'automatic',
    jsxImportSource: 'preact',
    logLevel: 'error',
  });
  return new Map(outputFiles.map(file => [file.path.slice(EXTENSION.length), file.contents]));
}

/** What Manifest V3 gives extension pages, without its leave for local addresses, so that a request elsewhere is seen to fail. */
const POLICY = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'";

export async function servePages() {
  const scripts = await buildScripts();
  const server = createServer(async (request, response) => {
    const path = new URL(request.url ?? '/', 'http://page').pathname.slice(1);
    const body = scripts.get(path) ?? (await readFile(EXTENSION + path).catch(() => null));
    if (body === null) return void response.writeHead(404).end();
    const type = TYPES[path.split('.').pop() ?? ''] ?? 'application/octet-stream';
    response.writeHead(200, { 'content-type': type, 'content-security-policy': POLICY });
    response.end(path.endsWith('.html') ? Buffer.from(body).toString().replace('./main.tsx', './main.js') : body);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: (page: string, query = '') => `http://127.0.0.1:${port}/${page}/index.html${query}`,
    scripts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}
