/**
 * Runs the benches one after the other, each in a process of its own beside its peers, and writes docs/performance.md.
 * `all.ts quick`: a look at most of them in under two minutes, which writes nothing; `all.ts get scan`: only these, and
 * only their sections are written anew; `all.ts film --full`: the long form of one that has it.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deleteNamespaces, endLeftovers, type Mark, newMark } from '../bin/leftovers.ts';
import { type Outcome, readOutcomes, writeDocument } from './document.ts';
import { notesOf, type Question, tableOf } from './report.ts';

/** In the order of the document. Each is a file beside this one and answers one question. */
const BENCHES = [
  'scan',
  'idle',
  'library',
  'sync',
  'transfer',
  'seek',
  'swarm',
  'film',
  'get',
  'first-frame',
  'film-memory',
  'playback',
  'round-trip',
  'popup',
  'status-page',
  'gateway-data',
  'gateway-first-byte',
  'gateway-readers',
  'lbry',
];

/** Of which a look of seconds says nothing, or what another one says. */
const NEVER_QUICK = ['film-memory', 'playback', 'round-trip', 'gateway-data', 'gateway-first-byte', 'gateway-readers'];

/** Of which there is a longer form, by `--full`. */
const LONGER = ['film'];

/** A bench that takes longer has failed. */
const PATIENCE_MS = { usual: 10 * 60_000, quick: 60_000, longer: 40 * 60_000 };
/** That all that is looked at quickly takes at most. */
const QUICK_SECONDS = 120;

const given = process.argv.slice(2);
const quick = given.includes('quick');
const longer = given.includes('--full');
const named = given.filter(name => name !== 'quick' && name !== '--full').map(name => name.replace(/\.ts$/, ''));
const unknown = named.filter(name => !BENCHES.includes(name));
if (unknown.length > 0) {
  console.error(`There is no bench ${unknown.join(', ')}; there are ${BENCHES.join(', ')}.`);
  process.exit(2);
}
if (longer && (quick || named.length === 0 || named.some(name => !LONGER.includes(name)))) {
  console.error(`--full is of these alone, by name: ${LONGER.join(', ')}.`);
  process.exit(2);
}

const begun = performance.now();
const outcomes = new Map<string, Outcome>();
const all = quick ? BENCHES.filter(name => !NEVER_QUICK.includes(name)) : BENCHES;
for (const name of named.length > 0 ? named : all) {
  console.log(`\n## bench/${name}.ts`);
  const started = performance.now();
  const answer = await measured(name);
  const seconds = Math.round((performance.now() - started) / 1000);
  const measuredAt = new Date().toISOString().slice(0, 10);
  outcomes.set(name, { measuredAt, seconds, machine: machine(), ...(longer && { longer }), ...answer });
  if ('failure' in answer) console.log(`failed: ${answer.failure}`);
  else
    console.log(`${answer.question.title}\n\n${tableOf(answer.question)}\n\n${notesOf(answer.question)}(${seconds} s)`);
}
if (quick) console.log(`\n${saidOfQuick(Math.round((performance.now() - begun) / 1000))}`);
else {
  const before = named.length > 0 ? await readOutcomes() : new Map<string, Outcome>();
  const all = new Map([...before, ...outcomes]);
  await writeDocument(BENCHES.flatMap(name => (all.has(name) ? [[name, all.get(name)!] as const] : [])));
}
process.exit([...outcomes.values()].some(outcome => 'failure' in outcome) ? 1 : 0);

/** Whatever becomes of it, nothing that it started is left when this resolves. */
async function measured(name: string): Promise<{ question: Question } | { failure: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  const mark = newMark();
  try {
    const file = join(folder, 'question.json');
    const failure = await run(name, file, mark);
    return failure ? { failure } : { question: JSON.parse(await readFile(file, 'utf8')) };
  } finally {
    await endLeftovers(mark);
    deleteNamespaces();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Why it failed; undefined where it did not. */
async function run(name: string, json: string, mark: Mark): Promise<string | undefined> {
  const script = fileURLToPath(new URL(`./${name}.ts`, import.meta.url));
  const form = quick ? 'quick' : longer ? 'longer' : 'usual';
  const options = { quick: ['--quick'], longer: ['--full'], usual: [] }[form];
  const child = spawn(process.execPath, [script, '--json', json, ...options], {
    // What benches print is for people who run them alone.
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...mark },
    timeout: PATIENCE_MS[form],
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.on('data', bytes => {
    said = (said + bytes).slice(-4000);
  });
  const [code, signal] = await once(child, 'exit');
  if (code === 0) return undefined;
  if (signal === 'SIGKILL') return 'it took too long';
  return /^.*error.*$/im.exec(said)?.[0] ?? `it ended with ${code ?? signal}`;
}

function saidOfQuick(seconds: number): string {
  const said = `The quick look took ${seconds} s in all.`;
  return seconds <= QUICK_SECONDS ? said : `${said} It is to take at most ${QUICK_SECONDS} s: this was too long.`;
}

function machine(): string {
  return `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
}
