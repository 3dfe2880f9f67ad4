/** What does a big library cost while nobody asks for it? First scan, start to ready, memory: by files held. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHome, locateHome } from '../host/platform/home.ts';
import { createCatalogue } from '../host/store/catalogue.ts';
import { openDatabase } from '../host/store/database.ts';
import { hasLibtorrent } from '../test/support/peers.ts';
import { type HomeProcess, QUIET, startHome } from '../test/world/home.ts';
import { residentBytesOfAll } from '../test/world/memory.ts';
import { rest } from './at-rest.ts';
import { type Question, type Row, runBench } from './report.ts';
import { seconds } from './rounds.ts';
import { startsToFirstByte } from './serving.ts';

const FILE_BYTES = 4096;
const FILES_A_FOLDER = 1000;
interface How {
  /** whose median counts */
  starts: number;
  /** s without work after which a home is at rest; in them memory is given back */
  restSeconds: number;
}
const HOW = { full: { starts: 3, restSeconds: 12 }, quick: { starts: 1, restSeconds: 0 } };
const LIBTORRENT = fileURLToPath(new URL('./library/libtorrent_library.py', import.meta.url));

interface Start {
  files: number;
  /** s from exec until it serves: of a home until the first byte of a file that it holds, of libtorrent until all are added */
  ready: number;
  /** MB */
  memory: number;
}
interface Sample extends Start {
  /** files a second of the first scan */
  scanRate: number;
  /** bytes that the daemon wrote in it, a file */
  written: number;
  /** s from the first byte until every known file was looked at again */
  again: number;
}

await runBench(import.meta, async ({ quick }) => {
  const sizes = quick ? [500] : [1000, 10_000, 100_000];
  const how = HOW[quick ? 'quick' : 'full'];
  const ours = await measureOurs(sizes, how);
  const rows: Start[] = [];
  for (const files of quick ? [2000] : [10_000, 100_000, 1_000_000]) {
    rows.push(await startSimulated(files, how));
  }
  const theirs: Start[] = [];
  for (const files of hasLibtorrent ? sizes : []) theirs.push(await startLibtorrent(files));
  return question(ours, rows, theirs, how);
});

/** One home whose library grows; at each size it is started anew. */
async function measureOurs(sizes: number[], { starts, restSeconds }: How): Promise<Sample[]> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-library-'));
  try {
    await using home = await startHome();
    const samples: Sample[] = [];
    let held = 0;
    for (const files of sizes) {
      const path = join(folder, `up to ${files}`);
      await fill(path, held, files);
      const { pid } = await home.call('daemon.status', {});
      const before = await writtenBy(pid);
      const scan = await seconds(() => scanned(home, path));
      const written = ((await writtenBy(pid)) - before) / (files - held);
      const ready = await startsToFirstByte(home, bytesOf(0), starts);
      const again = await seconds(() => settled(home));
      const memory = await memoryAtRest(home, restSeconds);
      samples.push({ files, scanRate: (files - held) / scan, written, ready, again, memory });
      held = files;
    }
    return samples;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** MB, of the daemon and all that it started */
async function memoryAtRest(home: HomeProcess, restSeconds: number): Promise<number> {
  const { pid } = await home.call('daemon.status', {});
  await rest(pid, restSeconds);
  return (await residentBytesOfAll(pid)) / 1e6;
}

/** A home that knows so many files of a disk that is away, and has one of its own to serve. */
async function startSimulated(files: number, { starts, restSeconds }: How): Promise<Start> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-library-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const [dir, path] = [join(folder, 'home'), join(folder, 'films')];
  await mkdir(dir);
  await fillSimulated(dir, files);
  await fill(path, 0, 1);
  const home = stack.use(await startHome([], dir));
  await scanned(home, path);
  const known = (await home.call('daemon.status', {})).files;
  if (known !== files + 1) throw new Error(`${known} of ${files} simulated files and another are known`);
  const ready = await startsToFirstByte(home, bytesOf(0), starts);
  return { files, ready, memory: await memoryAtRest(home, restSeconds) };
}

async function fillSimulated(folder: string, files: number): Promise<void> {
  const home = locateHome(folder);
  createHome(home);
  await writeFile(home.config, JSON.stringify(QUIET));
  const database = openDatabase(home.database);
  createCatalogue(database).addFolder('/away', { all: true, everyone: false, addedAt: 0 });
  database.exec('PRAGMA synchronous = OFF; PRAGMA cache_size = -1000000');
  const numbers = `WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${files})`;
  const digest = 'lower(hex(randomblob(20)))';
  database.exec(
    `${numbers} INSERT INTO torrent (info_hash, id, req2, file_index, canonical, info)
       SELECT ${digest}, ${digest}, ${digest}, 0, 1, randomblob(120) FROM number;
     INSERT INTO file (path, id, extension, media, inode, size, mtime_ns, ctime_ns, verified_at)
       SELECT format('/away/films/%07d.mkv', rowid), id, 'mkv', 1, '1:' || rowid, 1000000000, '0', '0', rowid FROM torrent`,
  );
  database.close();
}

async function fill(path: string, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += FILES_A_FOLDER) {
    const folder = join(path, String(at));
    await mkdir(folder, { recursive: true });
    const some = Array.from({ length: Math.min(FILES_A_FOLDER, to - at) }, (_, n) => at + n);
    await Promise.all(some.map(n => writeFile(join(folder, `${n}.mp4`), bytesOf(n))));
  }
}

function bytesOf(n: number): Buffer {
  return Buffer.alloc(FILE_BYTES, `file ${n} `);
}

async function scanned(home: HomeProcess, path: string): Promise<void> {
  const folder = await home.call('folder.add', { path, sites: [] });
  await home.call('folder.wait', { path: folder.path });
}

/** Until every folder is as it is on the disk. */
async function settled(home: HomeProcess): Promise<void> {
  for (const { path } of await home.call('folder.list', {})) await home.call('folder.wait', { path });
}

/** bytes that the process gave to the disk since it began (proc(5)) */
async function writtenBy(pid: number): Promise<number> {
  return Number(/^write_bytes: (\d+)$/m.exec(await readFile(`/proc/${pid}/io`, 'latin1'))?.[1]);
}

async function startLibtorrent(files: number): Promise<Start> {
  const started = performance.now();
  const child = spawn('/usr/bin/python3', [LIBTORRENT, String(files)], { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(child.stdout, 'data');
    const ready = (performance.now() - started) / 1000;
    return { files, ready, memory: (await residentBytesOfAll(child.pid!)) / 1e6 };
  } finally {
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  }
}

function question(ours: Sample[], simulated: Start[], theirs: Start[], { starts }: How): Question {
  const [most, rowsOnly, its] = [ours.at(-1)!, simulated.at(-1)!, theirs.at(-1)];
  const many = rowsOnly.files.toLocaleString('en');
  const count = most.files.toLocaleString('en');
  const beside = (of: (start: Start) => number) => (its ? { peer: { name: 'libtorrent', value: of(its) } } : {});
  const rows: Row[] = [
    {
      what: `${count} files: start to the first byte of one`,
      ours: most.ready,
      unit: 's',
      goal: { atMost: 2 },
      ...beside(each => each.ready),
    },
    {
      what: `${count} files: memory`,
      ours: most.memory,
      unit: 'MB',
      goal: { atMost: 150 },
      ...beside(each => each.memory),
    },
    {
      what: `${many} simulated files: start to the first byte of another`,
      ours: rowsOnly.ready,
      unit: 's',
      goal: { atMost: 2 },
    },
    { what: `${many} simulated files: memory`, ours: rowsOnly.memory, unit: 'MB', goal: { atMost: 150 } },
    { what: `${count} files: all looked at again after the start`, ours: most.again, unit: 's' },
    { what: 'first scan of small files', ours: most.scanRate, unit: 'files/s' },
    { what: 'first scan of small files: written to the disk', ours: most.written / 1000, unit: 'kB a file' },
  ];
  const lines = (of: (start: Start) => number) => [
    { name: 'lets-share-data', points: ours.map(each => [each.files, of(each)] as const) },
    { name: 'simulated', points: simulated.map(each => [each.files, of(each)] as const) },
    ...(its
      ? [{ name: 'libtorrent, all torrents added', points: theirs.map(each => [each.files, of(each)] as const) }]
      : []),
  ];
  const axes = { kind: 'lines', log: true, xLabel: 'files held' } as const;
  return {
    title: 'Library: what does a big one cost while nobody asks for it?',
    goal: 'A file that nobody asks for is a row in the catalogue: start and memory hardly grow with the files.',
    rows,
    plots: [
      {
        ...axes,
        name: 'library-ready',
        title: 'From the start to the first byte of a held file',
        yLabel: 'seconds',
        series: lines(each => each.ready),
      },
      {
        ...axes,
        name: 'library-memory',
        title: 'Memory of all processes',
        yLabel: 'MB',
        series: lines(each => each.memory),
      },
    ],
    notes: [
      `Files of ${FILE_BYTES} bytes, hashed by a real daemon in its own home; memory is what its processes hold (RSS) at rest, when all was looked at.`,
      `From the start of the program to the first byte (206) of a held file from /get; median of ${starts}, each after the home came to rest and was ended by SIGTERM.`,
      'Simulated: rows in the catalogue of a disk that is away, so nothing is looked at; the file that is served is one more, which is there.',
      its
        ? 'libtorrent: a session with a torrent for each file, given complete, without reading or hashing anything; from its start until all are added.'
        : 'libtorrent is not installed: nothing to compare with.',
    ],
  };
}
