/**
 * Builds the unpacked extension into dist/chromium and dist/firefox: one source, one manifest, one run of
 * extension/vite.config.ts for each browser. Sources that are as they were at the last build are not built again
 * (`--force` builds them all the same).
 */

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { ROOT } from './runtime.mjs';

const BROWSERS = ['chromium', 'firefox'];
const dist = join(ROOT, 'dist');
/** Which sources the folders in dist/ were built from. */
const stamp = join(dist, 'built-from');

// Whoever calls this: a test runner has another NODE_ENV, and the bundles would be others.
process.env.NODE_ENV = 'production';

const sources = await digest(['extension', 'shared', 'bin/build.mjs', 'package-lock.json']);
if (process.argv.includes('--force') || !(await isBuilt())) {
  for (const browser of BROWSERS) await buildFor(browser);
  await writeIfOther(stamp, sources);
}

async function isBuilt() {
  const built = await readFile(stamp, 'utf8').catch(() => undefined);
  return built === sources && BROWSERS.every(browser => existsSync(join(dist, browser, 'manifest.json')));
}

/** SHA-256 of these files, and of all files in these folders. */
async function digest(paths) {
  const hash = createHash('sha256');
  for (const path of (await Promise.all(paths.map(filesIn))).flat().sort()) {
    hash.update(`${path}\0`).update(await readFile(join(ROOT, path)));
  }
  return hash.digest('hex');
}

async function filesIn(path) {
  const entries = await readdir(join(ROOT, path), { recursive: true, withFileTypes: true }).catch(() => undefined);
  if (!entries) return [path];
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(ROOT.length + 1));
}

/** Built elsewhere and moved: whoever reads dist/ meanwhile finds whole files. */
async function buildFor(browser) {
  const out = await mkdtemp(join(tmpdir(), 'lsd-extension-'));
  process.env.LSD_EXTENSION_OUT = out;
  try {
    const { build } = await import('vite');
    await build({ configFile: join(ROOT, 'extension/vite.config.ts'), mode: browser });
    await moveTree(out, join(dist, browser));
  } finally {
    await rm(out, { recursive: true, force: true });
  }
}

/** Makes `to` hold the files of `from` and no others. What is the same stays untouched: a browser may be reading it. */
async function moveTree(from, to) {
  await mkdir(to, { recursive: true });
  const names = await fileNames(from);
  for (const name of names) await writeIfOther(join(to, name), await readFile(join(from, name)));
  for (const name of await fileNames(to)) if (!names.includes(name)) await rm(join(to, name), { force: true });
}

async function fileNames(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1));
}

async function writeIfOther(path, contents) {
  const present = await readFile(path).catch(() => undefined);
  if (present?.equals(Buffer.from(contents))) return;
  await mkdir(dirname(path), { recursive: true });
  const temporary = join(dist, `${process.pid}.new`);
  await writeFile(temporary, contents);
  await rename(temporary, path);
}
