/**
 * Runs the tests, and ends whatever they left. A process that outlives its test (one that timed out, say) holds this
 * command's output open, and whoever reads that would wait for it for ever; so would a runner that waits for such a one.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { endLeftovers, newMark } from './leftovers.ts';

/** A run that takes longer has hung; a quiet machine of two cores takes a quarter of it. */
const PATIENCE_MS = 60 * 60_000;
/** from the last test to the end of the runner */
const GRACE_MS = 30_000;
/** The whole suite is meant to take no longer, on a quiet machine of two cores: it is run often. */
const MEANT_MS = 15 * 60_000;

const begun = performance.now();
const mark = newMark();
const root = fileURLToPath(new URL('..', import.meta.url));
const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const run = spawn(process.execPath, [vitest, 'run', ...process.argv.slice(2)], {
  cwd: root,
  stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  env: { ...process.env, ...mark },
});
// The terminal's Ctrl-C reaches the tests too; what is theirs to end they end first.
process.on('SIGINT', () => {});

const exit = once(run, 'exit').then(([code]) => ({ passed: code === 0, says: '' }));
const summary = once(run, 'message').then(async ([reason]) => {
  await delay(GRACE_MS, undefined, { ref: false });
  return { passed: reason === 'passed', says: 'The tests are over, but their runner did not end, so it was ended.' };
});
const late = delay(PATIENCE_MS, { passed: false, says: 'The tests did not end within an hour.' }, { ref: false });
const { passed, says } = await Promise.race([exit, summary, late]);
if (says !== '') console.error(`setup: ${says}`);
for (const command of await endLeftovers(mark)) console.error(`setup: this was left, and was ended: ${command}`);
console.error(`setup: ${timeTaken(performance.now() - begun)}`);
process.exit(passed ? 0 : 1);

/** Machines differ: too long is no failure. */
function timeTaken(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const taken = `The tests took ${Math.floor(seconds / 60)} min ${seconds % 60} s.`;
  if (ms <= MEANT_MS) return taken;
  return `${taken} They are meant to take at most ${MEANT_MS / 60_000} min: was the machine busy, or has a test become slow?`;
}
