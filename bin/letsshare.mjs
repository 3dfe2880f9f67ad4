#!/usr/bin/env node
/** Starts the program in the pinned runtime, whatever Node the machine has. */

import { spawn } from 'node:child_process';
import { realpathSync } from 'node:fs';
import module from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ROOT, runtimePath } from './runtime.mjs';

const runtime = runtimePath();
if (!runtime) {
  console.error(
    `letsshare: its runtime for ${process.platform}-${process.arch} is not installed. Run "npm ci" in ${ROOT} and try again.`,
  );
  process.exit(1);
}
// Whoever was started by this very program goes on, whatever its path looks like: links must not make it start itself for ever.
const isStarted = process.env.LSD_LAUNCHER === String(process.ppid);
if (isStarted || process.execPath === realpathSync(runtime)) {
  rememberCompiled();
  await import('../host/cli/letsshare.ts');
} else {
  // The channel carries nothing: by its end the program sees that this process was killed, and ends too.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(runtime, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], {
    stdio,
    env: { ...process.env, LSD_LAUNCHER: String(process.pid) },
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', error => {
    console.error(`letsshare: ${runtime} does not start (${error.message}). Run "npm ci" in ${ROOT} and try again.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}

/** Node keeps what it compiled, beside the packages: the next start takes half the time. Where that can't be written, it does without. */
function rememberCompiled() {
  const folder = join(ROOT, 'node_modules', '.cache', 'node-compile-cache');
  module.enableCompileCache(folder);
  process.env.NODE_COMPILE_CACHE ??= folder; // for the engine's process
}
