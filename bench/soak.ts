/**
 * A long trial, for `npm run soak`: a home under load for ten minutes, some that are killed two hundred times, and one that
 * twenty thousand strangers probe. Writes docs/soak.md; ends with 1 when a promise did not hold.
 * `soak.ts quick` is a look at all of it in about a minute, which writes nothing.
 */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { cpus, tmpdir, totalmem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { createRandom } from '../test/support/random.ts';
import { someBytes } from '../test/support/swarm.ts';
import { openCrowd, targetsOf } from '../test/world/crowd.ts';
import { type HomeProcess, startHome } from '../test/world/home.ts';
import { readRanges } from '../test/world/load.ts';
import { growthOf, openHandles, residentBytesOfAll, riseOf, watchMemory } from '../test/world/memory.ts';
import { openMortal, type Tally } from '../test/world/mortal.ts';
import { probe, probeGet, rocArea } from '../test/world/probing.ts';
import { canWatchOpens } from '../test/world/untouched.ts';
import { svgOf } from './plot.ts';
import { median, quantile } from './rounds.ts';

const quick = process.argv.includes('quick');
const AMOUNTS = quick
  ? { seconds: 30, settled: 6, peers: 100, readers: 100, kills: 4, probes: 500, alone: 100 }
  : { seconds: 600, settled: 120, peers: 500, readers: 1000, kills: 200, probes: 10_000, alone: 2000 };
const SEED = Number(process.env.LSD_SEED ?? Date.now() % 1_000_000);
const MiB = 2 ** 20;

interface Section {
  title: string;
  /** what was to hold, and whether it did */
  verdicts: [promise: string, held: boolean][];
  figures: [name: string, value: string | number][];
  svg?: string;
}

// ---------------------------------------------------------------- load

async function load(): Promise<Section> {
  await using stack = new AsyncDisposableStack();
  const files = Array.from({ length: 20 }, () => someBytes(4_000_000));
  const { home } = await homeWith(
    stack,
    files.map(file => file.bytes),
    true,
  );
  const { pid } = await home.call('daemon.status', {});
  // The engine runs from its first peer on, and has handles of its own.
  await (await openCrowd(home.ready.peer, files.slice(0, 1), 1, 100)).leave();
  const handles = await openHandles(pid);
  const idle = await residentBytesOfAll(pid);
  const crowd = stack.use(await openCrowd(home.ready.peer, files, AMOUNTS.peers, 1000));
  const order = { port: home.ready.http, targets: await targetsOf(home, files), readers: AMOUNTS.readers };
  const reading = readRanges({ ...order, rangeBytes: 65_536, forMs: AMOUNTS.seconds * 1000 });
  const watch = watchMemory(pid, 2000);
  await delay(AMOUNTS.seconds * 1000);
  const memory = await watch.end();
  const present = crowd.present();
  const [peers, read] = await Promise.all([crowd.leave(), reading]);
  const lost = peers.unanswered + read.later + read.broken + read.unanswered;
  await delay(15_000);
  const [afterHandles, afterMemory] = [await openHandles(pid), await residentBytesOfAll(pid)];
  const stopped = await home.cli(['stop']);

  const settled = memory.filter(({ seconds }) => seconds >= AMOUNTS.settled).map(({ bytes }) => bytes);
  const growth = growthOf(memory, AMOUNTS.settled);
  const rise = riseOf(memory, AMOUNTS.settled);
  return {
    title: `${AMOUNTS.peers} peers and ${AMOUNTS.readers} readers at once, for ${AMOUNTS.seconds} s`,
    verdicts: [
      ['Every request is answered, with the right bytes', lost + peers.wrong + read.wrong.length === 0],
      ['No peer is hung up on', present === AMOUNTS.peers],
      [
        `Memory is flat after ${AMOUNTS.settled} s: the second half of the rest takes at most 10 % more than the first`,
        growth <= 0.1,
      ],
      [
        `The line through those ${AMOUNTS.seconds - AMOUNTS.settled} s (least squares) rises by at most 10 % in all`,
        rise <= 0.1,
      ],
      ['Their handles are closed when they leave', afterHandles <= handles + 20],
      ['It stops when it is asked to', stopped.code === 0],
    ],
    figures: [
      ['blocks of 16 KiB to peers', peers.blocks],
      ['ranges of 64 KiB to readers', read.answered],
      ['ms a range: median, 99 %', `${read.p50.toFixed(1)}, ${read.p99.toFixed(1)}`],
      ['unanswered', lost],
      ['memory before, MiB (daemon and engine)', Math.round(idle / MiB)],
      ['memory under load, median, MiB', Math.round(median(settled) / MiB)],
      ['memory under load, most, MiB', Math.round(Math.max(...memory.map(({ bytes }) => bytes)) / MiB)],
      ['memory 15 s after the load, MiB', Math.round(afterMemory / MiB)],
      ['growth of the second half over the first', percent(growth)],
      ['rise along the line through all of it', percent(rise)],
      ['handles before, and 15 s after', `${handles}, ${afterHandles}`],
    ],
    svg: svgOf({
      kind: 'lines',
      name: 'memory',
      title: 'Memory of the daemon and its engine under load',
      xLabel: 'seconds',
      yLabel: 'MiB resident',
      series: [
        { name: 'daemon and engine', points: memory.map(({ seconds, bytes }) => [Math.round(seconds), bytes / MiB]) },
      ],
    }),
  };
}

/** A home that shares these files: with everyone, or with nobody. */
async function homeWith(
  stack: AsyncDisposableStack,
  contents: Buffer[],
  everyone: boolean,
): Promise<{ home: HomeProcess }> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-soak-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  for (const [at, bytes] of contents.entries()) await writeFile(join(folder, `${at}.mkv`), bytes);
  const home = stack.use(await startHome(['--grace-seconds', '2', '--log-level', 'warn']));
  await home.call('folder.add', { path: folder, everyone });
  await home.call('folder.wait', { path: folder });
  return { home };
}

// ---------------------------------------------------------------- kills

/** homes that are killed side by side: most of a life is waiting */
const LANES = quick ? 1 : 3;

async function kills(): Promise<Section> {
  await using stack = new AsyncDisposableStack();
  const begun = performance.now();
  const mortals = await Promise.all(
    Array.from({ length: LANES }, async (_, lane) => stack.use(await openMortal(createRandom(SEED + lane)))),
  );
  const sum = (count: (tally: Tally) => number) => mortals.reduce((all, { tally }) => all + count(tally), 0);
  const killed = () => sum(tally => tally.kills);
  await Promise.all(
    mortals.map(async mortal => {
      while (killed() < AMOUNTS.kills) await mortal.killOnce();
      await mortal.finish();
    }),
  );
  const seconds = (performance.now() - begun) / 1000;
  const wrong = mortals.flatMap(({ tally }) => tally.wrong);
  for (const what of wrong.slice(0, 20)) console.error(`wrong: ${what}`);
  return {
    title: `${LANES} homes, killed ${killed()} times while they scan, sync, download, serve and are read (seed ${SEED})`,
    verdicts: [
      ['They came back each time, by being started alone', true],
      [
        'Nothing that it acknowledged is lost; the database is sound; no wrong byte; the files are as they were',
        wrong.length === 0,
      ],
      ['Nobody opened one of the files for writing (inotify)', canWatchOpens && wrong.length === 0],
    ],
    figures: [
      ['kills before it was ready', sum(tally => tally.killsWhileStarting)],
      ['requests and blocks acknowledged, and there afterwards', sum(tally => tally.acknowledged)],
      ['syncs', sum(tally => tally.syncs)],
      ['files downloaded across the kills', sum(tally => tally.downloads)],
      ['HTTP ranges compared', sum(tally => tally.ranges)],
      ["peers' blocks compared", sum(tally => tally.blocks)],
      ['seconds a life, with start and checks', ((seconds * LANES) / killed()).toFixed(1)],
    ],
  };
}

// ---------------------------------------------------------------- probes

async function probes(): Promise<Section> {
  await using stack = new AsyncDisposableStack();
  const held = Array.from({ length: AMOUNTS.probes }, () => someBytes(100));
  const { home } = await homeWith(
    stack,
    held.map(file => file.bytes),
    false,
  );
  const origin = 'http://localhost:1';
  await home.call('site.grant', { origin, lan: true });
  const section: Section = {
    title: `${AMOUNTS.probes} held and as many unknown info hashes named to the peer port in the clear, as many encrypted, and ids to /get; then ${AMOUNTS.alone} of each kind one at a time`,
    verdicts: [],
    figures: [],
  };
  const named = (names: string[]) => ({ held: names, unknown: names.map(() => randomBytes(20).toString('hex')) });
  const few = (names: string[]) => named(names.slice(0, AMOUNTS.alone));
  const hashes = held.map(({ infoHash }) => infoHash);
  const ids = held.map(({ id }) => id);
  const ways = {
    'in the clear': () => probe(home.ready.peer, 'plain', named(hashes), 4),
    'in the clear, one at a time': () => probe(home.ready.peer, 'plain', few(hashes), 1),
    encrypted: () => probe(home.ready.peer, 'encrypted', named(hashes), 4),
    'encrypted, one at a time': () => probe(home.ready.peer, 'encrypted', few(hashes), 1),
    '/get, a program': () => probeGet(home.ready.http, named(ids), 32, undefined),
    '/get, a page with a grant': () => probeGet(home.ready.http, named(ids), 32, origin),
    '/get, a page with a grant, one at a time': () => probeGet(home.ready.http, few(ids), 1, origin),
  };
  for (const [way, go] of Object.entries(ways)) {
    const seen = await go();
    const area = rocArea(seen.held, seen.unknown);
    section.verdicts.push([`Nothing is served (${way})`, seen.served === 0]);
    section.verdicts.push([
      `Time does not tell held from unknown (${way}): area under the ROC curve at most 0.55`,
      area <= 0.55,
    ]);
    section.figures.push([`area under the ROC curve, ${way}`, area.toFixed(4)]);
    section.figures.push([`ms to the end, ${way}: held (median, 95 %)`, timesOf(seen.held)]);
    section.figures.push([`ms to the end, ${way}: unknown (median, 95 %)`, timesOf(seen.unknown)]);
  }
  return section;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(1)} %`;
}

function timesOf(times: number[]): string {
  return `${median(times).toFixed(2)}, ${quantile(times, 0.95).toFixed(2)}`;
}

// ---------------------------------------------------------------- the report

function textOf({ title, verdicts, figures, svg }: Section): string {
  const held = verdicts.map(([promise, good]) => `- ${good ? 'held' : '**did not hold**'}: ${promise}`);
  const rows = figures.map(([name, value]) => `| ${name} | ${value} |`);
  const plot = svg ? ['', '![Memory under load](soak-memory.svg)'] : [];
  return [`## ${title}`, '', ...held, '', '| | |', '|---|---|', ...rows, ...plot, ''].join('\n');
}

/** What was measured; `+` where files were changed since. */
function commit(): string {
  const git = (...words: string[]) =>
    execFileSync('git', words, {
      cwd: import.meta.dirname,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  try {
    return `${git('rev-parse', '--short', 'HEAD')}${git('status', '--porcelain', '-uno') === '' ? '' : '+'}`;
  } catch {
    return 'unknown (no git here)';
  }
}

/** A part that did not come to its end is told as that; the others go on. */
function unfinished(name: string, thrown: unknown): Section {
  const why = thrown instanceof Error ? thrown.message : String(thrown);
  return { title: name, verdicts: [[`It came to its end (${why})`, false]], figures: [] };
}

console.error(`soak: commit ${commit()}`);
const sections: Section[] = [];
for (const [name, part] of Object.entries({ load, kills, probes })) {
  console.error(`soak: ${name}`);
  const section = await part().catch((thrown: unknown) => unfinished(name, thrown));
  console.log(textOf(section));
  sections.push(section);
}
if (!quick) {
  const machine = `${cpus().length} cores (${cpus()[0]?.model}), ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`;
  const date = new Date().toISOString().slice(0, 10);
  const head = `# Soak\n\nWritten by \`npm run soak\` on ${date}, commit ${commit()}: ${machine}. What each part does stands in bench/soak.ts and test/world.\n`;
  const docs = (name: string) => new URL(`../docs/${name}`, import.meta.url);
  await writeFile(docs('soak.md'), [head, ...sections.map(textOf)].join('\n'));
  for (const { svg } of sections) if (svg) await writeFile(docs('soak-memory.svg'), svg);
}
process.exit(sections.every(({ verdicts }) => verdicts.every(([, held]) => held)) ? 0 : 1);
