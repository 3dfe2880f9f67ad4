/**
 * Runs the tests, and ends whatever they left. A process that outlives its test (one that timed out, say) holds this
 * command's output open, and whoever reads that would wait for it for ever.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { endLeftovers, newMark } from './leftovers.ts';

/** A run that takes longer has hung; a quiet machine of two cores takes a quarter of it. */
const PATIENCE_MS = 60 * 60_000;

const mark = newMark();
const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const run = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  env: { ...process.env, ...mark },
  timeout: PATIENCE_MS,
  killSignal: 'SIGKILL',
});
// The terminal's Ctrl-C reaches the tests too; what is theirs to end they end first.
process.on('SIGINT', () => {});
const [code, signal] = await once(run, 'exit');
const left = await endLeftovers(mark);
for (const command of left) console.error(`setup: a test left this process, which was ended: ${command}`);
if (signal === 'SIGKILL') console.error('setup: the tests did not end within an hour.');
process.exitCode = code ?? 1;
