/**
 * Builds the unpacked extension into dist/chromium and dist/firefox: one source, one manifest.
 *
 * esbuild alone: content scripts and background are one classic script each, pages are HTML that names its script, and all
 * of it takes a tenth of a second. vite-plugin-web-extension was tried: its inner builds ignore the outer build's root and
 * output folder, and it writes the pages under another path than the manifest's.
 */

import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../extension/', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** Keys that only one browser knows; the other's linter complains about them. */
const FOREIGN_KEYS = { chromium: ['browser_specific_settings'], firefox: ['key', 'minimum_chrome_version'] };

const entries = await readdir(source, { recursive: true });
const pages = entries.filter(name => name.endsWith('/index.html'));
const assets = entries.filter(name => /\.(css|svg|png)$/.test(name));
const scripts = ['background/main.ts', 'content/main.ts', 'page/main.ts'];

for (const browser of Object.keys(FOREIGN_KEYS)) await buildFor(browser, `${dist}${browser}/`);

async function buildFor(browser, out) {
  await rm(out, { recursive: true, force: true });
  await bundle(out, scripts, { format: 'iife' });
  await bundle(out, pages.map(scriptOf), { format: 'esm', splitting: true, chunkNames: 'ui/[name]-[hash]' });
  for (const page of pages)
    await write(out + page, (await readFile(source + page, 'utf8')).replaceAll('.tsx"', '.js"'));
  for (const asset of assets) await copy(source + asset, out + asset);
  await write(`${out}manifest.json`, `${JSON.stringify(await manifestFor(browser), null, 2)}\n`);
}

async function bundle(out, names, options) {
  await build({
    absWorkingDir: source,
    entryPoints: names,
    outdir: relative(source, out),
    outbase: '.',
    bundle: true,
    target: ['chrome121', 'firefox140'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
    ...options,
  });
}

/** Every page is an index.html beside its main.tsx. */
function scriptOf(page) {
  return `${dirname(page)}/main.tsx`;
}

async function manifestFor(browser) {
  const manifest = JSON.parse(await readFile(`${source}manifest.json`, 'utf8'));
  for (const key of FOREIGN_KEYS[browser]) delete manifest[key];
  return manifest;
}

async function write(path, text) {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text);
}

async function copy(from, to) {
  await mkdir(dirname(to), { recursive: true });
  await cp(from, to);
}
