#!/usr/bin/env node
/** Starts the program in the pinned runtime, whatever Node the machine has. */

import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { ROOT, runtimePath } from './runtime.mjs';

const runtime = runtimePath();
if (!runtime) {
  console.error(
    `letsshare: its runtime for ${process.platform}-${process.arch} is not installed. Run "npm ci" in ${ROOT} and try again.`,
  );
  process.exit(1);
}
const program = join(ROOT, 'host/cli/letsshare.ts');

if (process.execPath === runtime) {
  await import(program);
} else {
  // The channel carries nothing: by its end the program sees that this process was killed, and ends too.
  const stdio = ['inherit', 'inherit', 'inherit', 'ipc'];
  const child = spawn(runtime, [program, ...process.argv.slice(2)], { stdio });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('error', error => {
    console.error(`letsshare: ${runtime} does not start (${error.message}). Run "npm ci" in ${ROOT} and try again.`);
    process.exit(1);
  });
  child.on('exit', (code, signal) => process.exit(signal ? 1 : (code ?? 1)));
}
