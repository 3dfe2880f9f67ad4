/** What is built: both browsers' rules for extensions hold, and building twice changes nothing. */

import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { BROWSERS, buildExtension, RUNTIME } from '../support/browsers.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
beforeAll(() => buildExtension());

describe.each(BROWSERS)('for %s', name => {
  const dist = join(root, 'dist', name);
  const manifest = async () => JSON.parse(await readFile(join(dist, 'manifest.json'), 'utf8'));

  it('every file that the manifest names is there', async () => {
    const { background, action, options_ui, icons } = await manifest();
    const named = [...background.scripts, background.service_worker, action.default_popup, options_ui.page];
    for (const file of [...named, ...Object.values<string>(icons ?? {})]) {
      expect((await stat(join(dist, file))).isFile(), file).toBe(true);
    }
  });

  it('a script that runs in sites or in the background is one function, and leaves no name in its world', async () => {
    const { background } = await manifest();
    const streaming = name === 'firefox' ? ['stream/main.js'] : [];
    for (const file of [background.service_worker, 'content/main.js', 'page/main.js', ...streaming]) {
      const text = await readFile(join(dist, file), 'utf8');
      expect(text, file).toMatch(/^\(\s*function\s*\(\)\s*\{[\s\S]*\}\s*\)\(\);\s*$/);
      expect(text, file).not.toMatch(/^\s*(import|export)\b/m);
    }
  });

  it('exposes to pages the player frame at most, under an address that changes, and is not in private windows', async () => {
    expect(await manifest()).toMatchObject({ incognito: 'not_allowed' });
    const frame = { resources: ['player/index.html'], matches: ['https://*/*', 'http://*/*'], use_dynamic_url: true };
    expect((await manifest()).web_accessible_resources).toEqual(name === 'chromium' ? [frame] : undefined);
    expect(await manifest()).not.toHaveProperty('externally_connectable');
  });

  it('stays as it is when it is built again', async () => {
    const times = async () => {
      const names = (await readdir(dist, { recursive: true })).sort();
      return Promise.all(names.map(async file => [file, (await stat(join(dist, file))).mtimeMs]));
    };
    const before = await times();
    buildExtension('--force');
    expect(await times()).toEqual(before);
  });
});

it('leaves `chrome` to content scripts: background and pages use the `browser` of web-extension.ts', async () => {
  const sources = join(root, 'extension');
  const files = (await readdir(sources, { recursive: true })).filter(file => /\.tsx?$/.test(file));
  const users = [];
  for (const file of files) {
    const code = (await readFile(join(sources, file), 'utf8')).replace(/\/\*[\s\S]*?\*\//g, '');
    if (/\bchrome\??\./.test(code)) users.push(file.split('/')[0]);
  }
  expect(new Set(users)).toEqual(new Set(['content', 'stream']));
});

it('passes the linter of addons.mozilla.org without errors', () => {
  const linter = join(root, 'node_modules/web-ext/bin/web-ext.js');
  const options = [
    '--self-hosted',
    '--no-config-discovery',
    '--output=json',
    '--source-dir',
    join(root, 'dist/firefox'),
  ];
  const { errors, summary } = JSON.parse(execFileSync(RUNTIME, [linter, 'lint', ...options], { encoding: 'utf8' }));
  expect(errors).toEqual([]);
  expect(summary.errors).toBe(0);
});
