#!/usr/bin/env node
/**
 * The one command behind `npm start` and `npm test`: installs what is missing, then goes on in the pinned runtime.
 * npm's own pre and post scripts do not run where install scripts are off, so this is where it happens.
 */

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { installDebian } from './debian.mjs';
import { ROOT, runtimePath } from './runtime.mjs';

const [task = '', ...rest] = process.argv.slice(2);

/** What each task needs from Debian, and what it runs, in order. */
const TASKS = {
  start: { debian: ['browser', 'film'], steps: [['bin/build.mjs'], ['bin/demo.ts', ...rest]] },
  build: { debian: [], steps: [['bin/build.mjs', ...rest]] },
  check: { debian: [], steps: checks() },
  test: {
    debian: ['browser', 'film', 'peers', 'faults'],
    steps: [...checks(), ['bin/build.mjs'], ['bin/tests.ts', ...rest]],
  },
  bench: { debian: ['browser', 'film', 'peers'], steps: [['bin/build.mjs'], ['bench/all.ts', ...rest]] },
  screenshots: { debian: ['browser', 'film'], steps: [['bin/build.mjs'], ['bin/screenshots.ts', ...rest]] },
  soak: { debian: ['faults'], steps: [['bench/soak.ts', ...rest]] },
};

function checks() {
  return [
    ['node_modules/typescript/bin/tsc', '-b'],
    ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
    ['node_modules/knip/bin/knip.js', '--include', 'files,dependencies'],
  ];
}

function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: ROOT, stdio: 'inherit', ...options });
  if (result.error) throw new Error(`${command} does not start: ${result.error.message}`);
  return result.status ?? 1;
}

/** The packages of the lockfile, unless they are there already. */
function installPackages() {
  const installed = join(ROOT, 'node_modules', '.package-lock.json');
  if (existsSync(installed) && sameVersions(installed)) return;
  console.log('setup: npm ci');
  const status = run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error('"npm ci" failed; what it printed above says why.');
}

/** npm leaves a copy of the lockfile in node_modules; each package that it names has the version that ours wants. */
function sameVersions(installed) {
  const packagesOf = file => JSON.parse(readFileSync(file, 'utf8')).packages;
  const wanted = packagesOf(join(ROOT, 'package-lock.json'));
  const present = packagesOf(installed);
  return Object.entries(wanted).every(([name, { version, optional }]) =>
    name === '' || optional ? true : present[name]?.version === version,
  );
}

function main() {
  const plan = TASKS[task];
  if (!plan) {
    console.error(`setup: say one of ${Object.keys(TASKS).join(', ')}.`);
    return 2;
  }
  installPackages();
  installDebian(plan.debian);
  const runtime = runtimePath();
  if (!runtime) throw new Error(`there is no runtime for ${process.platform}-${process.arch}.`);
  for (const [script, ...args] of plan.steps) {
    console.log(`setup: ${[script, ...args].join(' ')}`);
    const status = run(runtime, [script, ...args]);
    if (status !== 0) return status;
  }
  return 0;
}

try {
  process.exitCode = main();
} catch (error) {
  console.error(`setup: ${error.message}`);
  process.exitCode = 1;
}
