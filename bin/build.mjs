/**
 * Builds the unpacked extension into dist/chromium and dist/firefox: one source, one manifest.
 *
 * esbuild alone: content scripts and background are one classic script each, pages are HTML that names its script, and all
 * of it takes a tenth of a second. vite-plugin-web-extension was tried: its inner builds ignore the outer build's root and
 * output folder, and it writes the pages under another path than the manifest's.
 */

import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const source = fileURLToPath(new URL('../extension/', import.meta.url));
const dist = fileURLToPath(new URL('../dist/', import.meta.url));

/** Keys that only the other browser knows; each linter complains about them. */
const FOREIGN_KEYS = { chromium: ['browser_specific_settings'], firefox: ['key', 'minimum_chrome_version'] };
const SCRIPTS = ['background/main.ts', 'content/main.ts', 'page/main.ts'];

const names = await readdir(source, { recursive: true });
/** Every page is an index.html beside its main.tsx. */
const pages = names.filter(name => name.endsWith('/index.html'));

const common = new Map([...(await bundles()), ...(await pageFiles()), ...(await assets())]);
for (const browser of Object.keys(FOREIGN_KEYS)) {
  await writeTree(join(dist, browser), new Map([...common, ['manifest.json', await manifestFor(browser)]]));
}

async function bundles() {
  const options = {
    scripts: { format: 'iife' },
    pages: { format: 'esm', splitting: true, chunkNames: 'ui/[name]-[hash]' },
  };
  return [
    ...(await bundle(SCRIPTS, options.scripts)),
    ...(await bundle(
      pages.map(page => join(dirname(page), 'main.tsx')),
      options.pages,
    )),
  ];
}

/** Output files, by path within the extension. */
async function bundle(entryPoints, options) {
  const { outputFiles } = await build({
    absWorkingDir: source,
    entryPoints,
    outdir: '.',
    outbase: '.',
    bundle: true,
    write: false,
    target: ['chrome121', 'firefox140'],
    jsx: 'automatic',
    jsxImportSource: 'preact',
    charset: 'utf8',
    legalComments: 'inline',
    logLevel: 'warning',
    ...options,
  });
  return outputFiles.map(({ path, contents }) => [path.slice(source.length), Buffer.from(contents)]);
}

function pageFiles() {
  return Promise.all(
    pages.map(async page => {
      const html = await readFile(join(source, page), 'utf8');
      return [page, Buffer.from(html.replaceAll('.tsx"', '.js"'))];
    }),
  );
}

function assets() {
  const files = names.filter(name => /\.(css|svg|png)$/.test(name));
  return Promise.all(files.map(async name => [name, await readFile(join(source, name))]));
}

async function manifestFor(browser) {
  const manifest = JSON.parse(await readFile(join(source, 'manifest.json'), 'utf8'));
  for (const key of FOREIGN_KEYS[browser]) delete manifest[key];
  return Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`);
}

/** Makes the folder hold these files and no others. What is the same stays untouched: a browser may be reading it. */
async function writeTree(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const [name, contents] of files) await writeIfOther(join(folder, name), contents);
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !files.has(path.slice(folder.length + 1))) await rm(path, { force: true });
  }
}

async function writeIfOther(path, contents) {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(contents)) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dist, `${process.pid}.new`);
  await writeFile(temporary, contents);
  await rename(temporary, path);
}
