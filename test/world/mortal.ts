/**
 * A home that is killed (SIGKILL) at random moments while it does all it can at once: it scans, syncs, downloads, serves
 * peers, is read over HTTP and takes requests. What it acknowledged it must know afterwards; what it serves must be right;
 * what the person has it must leave alone.
 */

import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Id, parseId } from '../../shared/id.ts';
import { connectPeer } from '../support/asking-peer.ts';
import { type ServingPeer, servePeer } from '../support/serving-peer.ts';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { type Described, someBytes } from '../support/swarm.ts';
import { startHome } from './home.ts';
import { faultsInDatabase } from './unharmed.ts';
import { until } from './until.ts';
import { watchFiles } from './untouched.ts';

const ACCOUNT = { username: 'ann', password: 'correct horse battery' };
const FILE_BYTES = 3_000_000;
/** so slow that a download outlives several kills */
const SEED_BYTES_PER_SECOND = 2_000_000;
const BLOCK = 16_384;
/** so that the checks after each of many kills do not take longer and longer */
const [MOST_FILMS, MOST_REQUESTS] = [100, 40];

export interface Tally {
  kills: number;
  /** of these, the ones before the daemon said that it was ready */
  killsWhileStarting: number;
  /** requests, blocks and files that the site was told, and the home said were kept */
  acknowledged: number;
  downloads: number;
  /** HTTP ranges and peers' blocks whose bytes were compared */
  ranges: number;
  blocks: number;
  syncs: number;
  /** what was not as it must be; empty */
  wrong: string[];
}

export interface Mortal extends AsyncDisposable {
  readonly tally: Tally;
  /** Lets it work, kills it at a moment that `random` chooses, starts it again, and compares what it knows. */
  killOnce(): Promise<void>;
  /** Everything that was begun comes to its end; the whole tally. */
  finish(): Promise<Tally>;
}

export async function openMortal(random: () => number): Promise<Mortal> {
  const stack = new AsyncDisposableStack();
  const site = await openSiteDouble({ json: true });
  stack.defer(() => site.close());
  const folder = await mkdtemp(join(tmpdir(), 'lsd-mortal-films-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const files = stack.use(await watchFiles(folder));
  const home = stack.use(await startHome(['--poll-seconds', '1', '--log-level', 'warn']));
  const tally = newTally();
  const held = someBytes(FILE_BYTES);
  const blocked = new Set<string>();
  const requested = new Set<Id>();
  const withdrawn = new Set<Id>();
  const films = new Set<Id>();
  const downloads = new Map<Id, Described>();
  let current: { file: Described; peer: ServingPeer } | undefined;
  let url = '';
  let alive = true;

  async function addFilm({ id, bytes }: Described): Promise<void> {
    films.add(id);
    await files.add(`film ${films.size}.mkv`, bytes);
  }

  await addFilm(held);
  await home.call('site.grant', { origin: site.origin, lan: true, ...ACCOUNT });
  await home.call('folder.add', { path: folder, sites: [site.origin], everyone: true });
  await home.call('folder.wait', { path: folder });
  ({ url } = await home.call('item.url', { id: held.id }));
  const never = unheldId();
  describe(never, [], site);
  await home.call('request.add', { ids: [never] });
  requested.add(never);

  // ---------------------------------------------------------------- what goes on all the time

  /** One file after the other, each from a slow peer. */
  async function download(): Promise<void> {
    current ??= await offer();
    const { file, peer } = current;
    if (!downloads.has(file.id)) {
      await acknowledged(() => home.call('request.add', { ids: [file.id] }));
      requested.add(file.id);
      downloads.set(file.id, file);
    }
    const list = await home.call('download.list', {});
    if (!list.some(one => one.id === file.id)) return;
    tally.downloads++;
    current = undefined;
    await peer[Symbol.asyncDispose]();
  }

  async function offer(): Promise<{ file: Described; peer: ServingPeer }> {
    const file = someBytes(FILE_BYTES);
    const peer = await servePeer(file, { rate: SEED_BYTES_PER_SECOND });
    describe(file.id, [peer.at], site, file);
    return { file, peer };
  }

  /** What the home says that it did is counted, and must hold after any kill. */
  async function acknowledged(call: () => Promise<unknown>): Promise<void> {
    await call();
    tally.acknowledged++;
  }

  /** The oldest of those that nobody describes. */
  async function takeBack(): Promise<void> {
    const oldest = [...requested].find(id => !downloads.has(id) && id !== never);
    if (!oldest) return;
    requested.delete(oldest);
    await acknowledged(() => home.call('request.remove', { ids: [oldest] }));
    withdrawn.add(oldest);
  }

  const loops = [
    loop(async () => {
      if (films.size < MOST_FILMS) await addFilm(someBytes(100_000));
      await delay(400);
    }),
    loop(async () => {
      await home.call('site.sync', {});
      tally.syncs++;
      await delay(50);
    }),
    loop(async () => {
      const id = unheldId();
      describe(id, [], site);
      await acknowledged(() => home.call('request.add', { ids: [id] }));
      requested.add(id);
      if (requested.size > MOST_REQUESTS) await takeBack();
      const hash = unheldId();
      await acknowledged(() => home.call('item.block', { hash, blocked: true }));
      blocked.add(hash);
      await delay(200);
    }),
    loop(async () => {
      await download();
      await delay(50);
    }),
    loop(() => readRange(url, held)),
    loop(async () => {
      if (!current) return void (await delay(20));
      const { file } = current;
      await readRange((await home.call('item.url', { id: file.id })).url, file);
    }),
    loop(readBlocks),
  ];

  /** Runs it again and again; what fails because the home is dead is no failure. */
  async function loop(work: () => Promise<void>): Promise<void> {
    while (alive) await work().catch(() => delay(20));
  }

  async function readRange(at: string, file: Described): Promise<void> {
    const start = Math.floor(Math.random() * file.bytes.length);
    const last = Math.min(file.bytes.length - 1, start + Math.floor(Math.random() * 300_000));
    const gone = AbortSignal.timeout(5_000);
    const response = await fetch(at, { headers: { range: `bytes=${start}-${last}` }, signal: gone });
    if (response.status !== 206 || !response.body) {
      await response.body?.cancel();
      return void (await delay(20));
    }
    let offset = start;
    for await (const bytes of response.body) {
      compare('a range', bytes, file.bytes.subarray(offset, offset + bytes.length));
      offset += bytes.length;
    }
    tally.ranges++;
    await delay(20);
  }

  async function readBlocks(): Promise<void> {
    const peer = await connectPeer({ port: home.ready.peer, infoHash: held.infoHash });
    try {
      while (alive) {
        const at = Math.floor(Math.random() * Math.floor(FILE_BYTES / BLOCK)) * BLOCK;
        const bytes = await peer.request(Math.floor(at / 262_144), at % 262_144, BLOCK);
        compare('a block', bytes, held.bytes.subarray(at, at + BLOCK));
        tally.blocks++;
        await delay(5);
      }
    } finally {
      peer.close();
    }
  }

  function compare(what: string, bytes: Uint8Array, right: Uint8Array): void {
    if (!Buffer.from(bytes).equals(right)) tally.wrong.push(`${what} has other bytes`);
  }

  // ---------------------------------------------------------------- its deaths

  async function killOnce(): Promise<void> {
    const soon = random() < 0.2;
    // The engine takes a second to start.
    await delay(random() * 2000);
    await home.kill('SIGKILL');
    tally.kills++;
    await checkDatabase();
    if (soon) {
      const starting = home.start().then(
        () => {},
        () => {},
      );
      await delay(random() * 700);
      await home.kill('SIGKILL');
      await starting;
      tally.kills++;
      tally.killsWhileStarting++;
    }
    await home.start();
    await checkKnowledge();
  }

  async function checkDatabase(): Promise<void> {
    tally.wrong.push(...(await faultsInDatabase(home.dir)));
  }

  async function checkKnowledge(): Promise<void> {
    const [grant] = await home.call('site.list', {});
    if (grant?.origin !== site.origin || grant.username !== ACCOUNT.username) tally.wrong.push('the grant is lost');
    const [shared] = await home.call('folder.list', {});
    if (shared?.path !== folder || shared.sites[0] !== site.origin || !shared.everyone) {
      tally.wrong.push('the folder is lost');
    }
    for (const id of requested) {
      const { state } = await home.call('item.status', { id });
      if (state === 'unknown') tally.wrong.push(`the request of ${id} is lost`);
    }
    for (const id of withdrawn) {
      const { state } = await home.call('item.status', { id });
      if (state !== 'unknown') tally.wrong.push(`the request of ${id} is back`);
    }
    const list = new Set(await home.call('item.blocked', {}));
    for (const hash of blocked) if (!list.has(hash)) tally.wrong.push(`the block of ${hash} is lost`);
    const changes = await files.changes();
    tally.wrong.push(...changes);
    const stranger = site.of('signin').find(({ data }) => data.password !== ACCOUNT.password);
    if (stranger) tally.wrong.push('it signed in with another account');
  }

  async function finish(): Promise<Tally> {
    const before = tally.downloads;
    await until('the last download is here', () => tally.downloads > before, 120_000);
    alive = false;
    await Promise.all(loops);
    await home.call('folder.wait', { path: folder });
    await until('the site knows every film', async () => {
      await home.call('site.sync', {});
      return [...films].every(id => site.ids.has(id));
    });
    await checkDownloads();
    await checkKnowledge();
    await home.kill('SIGKILL');
    await checkDatabase();
    tally.wrong.push(...(await files.finish()));
    return tally;
  }

  async function checkDownloads(): Promise<void> {
    for (const { id, path } of await home.call('download.list', {})) {
      const file = downloads.get(id);
      if (!file) tally.wrong.push(`${basename(path)} was never asked for`);
      else compare(`the download ${id}`, await readFile(path), file.bytes);
    }
  }

  return {
    tally,
    killOnce,
    finish,
    async [Symbol.asyncDispose]() {
      alive = false;
      await current?.peer[Symbol.asyncDispose]();
      await stack.disposeAsync();
      await Promise.allSettled(loops);
    },
  };
}

function newTally(): Tally {
  return {
    kills: 0,
    killsWhileStarting: 0,
    acknowledged: 0,
    downloads: 0,
    ranges: 0,
    blocks: 0,
    syncs: 0,
    wrong: [],
  };
}

function unheldId(): Id {
  const id = parseId(Buffer.from(crypto.getRandomValues(new Uint8Array(20))).toString('hex'));
  if (!id) throw new Error('twenty bytes are an id');
  return id;
}

/** What the site says of an id (with the metainfo, for light peers send none); one that nobody has described yet has no info hash. */
function describe(id: Id, peers: string[], site: SiteDouble, file?: Described): void {
  site.described.set(id, {
    sha1: id,
    extension: 'mkv',
    ...(file && {
      info_hash: file.infoHash,
      size: file.bytes.length,
      peers,
      torrent: Buffer.from(file.metainfo).toString('base64'),
    }),
  });
}
