/** A torrent's files are moved, and the daemon is killed with -9 at any moment of that: they are all here or all there, once. */

import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, expect, it } from 'vitest';
import { connectPeer } from '../support/asking-peer.ts';
import { manyFiles } from '../support/many-files.ts';
import { within } from '../support/swarm.ts';
import { type HomeProcess, LBRY_WITHIN, startHome } from '../world/home.ts';
import { until } from '../world/until.ts';

const KILLS = 6;
/** Ms; each step says what it waits for, before the test as a whole has no time left. */
const STEP_MS = 45_000;
/** A move writes each of the files to the disk, and waits for that: a busy one takes its time. */
const ALL_MS = 300_000;
const PIECE = 16 * 1024;
const sizes = [...Array.from({ length: 120 }, (_, at) => at * 60), 300_000, 0];
const torrent = manyFiles(
  sizes.map((size, at) => ({ path: at % 3 === 0 ? `${at}.mp4` : `deep ${at % 7}/${at}.bin`, size })),
  { name: 'Many' },
);
const hash = { bt_infohash: torrent.infoHash };

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each[Symbol.asyncDispose]();
});

// biome-ignore lint/suspicious/noExplicitAny: each step looks at other fields of it
type Any = any;

async function call(home: HomeProcess, method: string, params: object = {}): Promise<Any> {
  const answer = await fetch(`http://127.0.0.1:${home.ready.lbry?.rpc}/`, {
    method: 'POST',
    body: JSON.stringify({ method, params }),
    signal: AbortSignal.timeout(STEP_MS),
  });
  const { result, error }: Any = await answer.json();
  if (error) throw new Error(error.message);
  return result;
}

async function folder(parent: string): Promise<string> {
  const made = await realpath(await mkdtemp(join(parent, 'lsd-move-')));
  open.push({ [Symbol.asyncDispose]: () => rm(made, { recursive: true, force: true }) });
  return made;
}

/** All files below these, and all folders that hold nothing. */
async function everything(folders: string[]): Promise<string[]> {
  const found: string[] = [];
  for (const each of folders) {
    const entries = await readdir(each, { withFileTypes: true });
    if (entries.length === 0) found.push(`${each}/`);
    const inner = entries.filter(entry => entry.isDirectory()).map(({ name }) => join(each, name));
    found.push(...entries.filter(entry => !entry.isDirectory()).map(({ name }) => join(each, name)));
    found.push(...(await everything(inner)));
  }
  return found.sort();
}

it('a move that is cut off leaves every file whole in one place, and nothing of another is touched', {
  timeout: ALL_MS,
}, async () => {
  const disk = await folder(tmpdir());
  // Another file system, where it can be: files have to be copied there.
  const other = await folder(existsSync('/dev/shm') ? '/dev/shm' : tmpdir());
  const roots = [join(disk, 'files'), other];
  const inbox = await folder(disk);
  await Promise.all(roots.map(root => mkdir(root, { recursive: true })));
  await torrent.write(roots[0]!);
  await rm(join(roots[0]!, `${torrent.infoHash}.torrent`));
  await writeFile(join(inbox, 'many.torrent'), torrent.metainfo);
  const settings = { ...LBRY_WITHIN, lbryDownloadDir: roots[0], lbryRoot: [other, inbox] };
  const home = await startHome(['--lbry'], undefined, settings);
  open.push(home);

  await call(home, 'publish', { name: 'many', torrent_path: join(inbox, 'many.torrent') });
  await call(home, 'get', { uri: 'many' });
  const strangers = new Map<string, string>();
  const names = ['One', 'Two', 'Three'];
  for (const path of roots.flatMap(root => [join(root, 'Two', '0.mp4'), join(root, 'Three')])) {
    strangers.set(path, `not to be touched: ${path}`);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, strangers.get(path)!);
  }
  const top = async () => {
    const { download_path } = await until(
      'it is whole',
      async () => {
        const file = await call(home, 'file_get', hash);
        return file?.completed && file;
      },
      STEP_MS,
    );
    const root = roots.find(each => download_path.startsWith(`${each}/`)) ?? '';
    return join(root, download_path.slice(root.length + 1).split('/')[0]);
  };

  async function check(moment: string): Promise<void> {
    const at = await top();
    const own = torrent.files.map(({ path }) => join(at, path));
    const found = await until(
      'nothing is left over',
      async () => {
        const all = await everything(roots);
        return all.length === own.length + strangers.size && all;
      },
      STEP_MS,
    ).catch(() => everything(roots));
    expect(found, moment).toEqual([...own, ...strangers.keys()].sort());
    for (const [index, { bytes }] of torrent.files.entries()) {
      expect((await readFile(own[index]!)).equals(bytes), `${moment}: ${own[index]}`).toBe(true);
    }
    for (const [path, text] of strangers) expect(await readFile(path, 'utf8')).toBe(text);
    const asking = connectPeer({ port: home.ready.lbry?.bt ?? 0, infoHash: torrent.infoHash });
    const peer = await within(`${moment}: a peer to be let in`, asking, STEP_MS);
    expect(
      (await within(`${moment}: the answer`, peer.request(3, 0, PIECE), STEP_MS)).equals(
        torrent.bytes.subarray(3 * PIECE, 4 * PIECE),
      ),
    ).toBe(true);
    peer.close();
  }

  const move = (at: number) =>
    call(home, 'file_save', {
      ...hash,
      file_name: names[at % 3],
      download_directory: at % 4 < 2 ? other : roots[0],
    });
  /** Ms that a move takes: the kill falls into it. */
  let took = Infinity;
  const timed = async (at: number) => {
    const began = performance.now();
    await move(at);
    took = Math.min(took, performance.now() - began);
  };
  await top();
  await timed(0);
  await check('not killed');
  let cut = 0;
  for (let kill = 1; kill <= KILLS || (cut === 0 && kill <= 5 * KILLS); kill++) {
    const moment = Math.random() * took;
    const moved = timed(kill).then(
      () => 'moved',
      () => 'cut',
    );
    await delay(moment);
    await home.kill();
    if ((await within('a move to end with the daemon', moved, STEP_MS)) === 'cut') cut++;
    await home.start();
    await check(`move ${kill}, killed after ${moment} of ${took} ms`);
  }
  expect(cut).toBeGreaterThan(0);
  expect(home.log.filter(line => JSON.parse(line).level >= 50)).toEqual([]);
});
