/** What the benches of the swarm stand on: a big file, homes of ours with their engine processes, libtorrent beside them. */

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, open, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { StartEngine } from '../../host/bittorrent/engine/link.ts';
import { startEngineProcess } from '../../host/bittorrent/engine/process.ts';
import { bareTorrent } from '../../host/bittorrent/metainfo.ts';
import type { TorrentsOptions } from '../../host/bittorrent/torrents.ts';
import { canonicalInfo, pieceLengthOf } from '../../host/core/canonical.ts';
import type { DownloadWish } from '../../host/core/ports.ts';
import { mountGet } from '../../host/gateways/get.ts';
import { createHttpServer } from '../../host/http/server.ts';
import { createHasher } from '../../host/library/hasher.ts';
import { stampOf } from '../../host/platform/files.ts';
import { type Id, type InfoHash, parseInfoHash } from '../../shared/id.ts';
import { type Home, meeting, openHome, someBytes, testLog, until } from '../../test/support/swarm.ts';
import { processorSeconds } from '../at-rest.ts';

const MIB = 1_048_576;
const LIBTORRENT = fileURLToPath(new URL('libtorrent_peer.py', import.meta.url));

/** A file, and the folder that holds it under its id beside its torrent: what libtorrent seeds from. */
export interface BigFile {
  folder: string;
  path: string;
  size: number;
  id: Id;
  infoHash: InfoHash;
  info: Uint8Array;
  pieceLength: number;
  torrent: string;
}

export async function temporaryFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function randomFile(stack: AsyncDisposableStack, size: number): Promise<BigFile> {
  const path = join(await temporaryFolder(stack), 'file');
  const block = randomBytes(16 * MIB);
  const file = await open(path, 'w');
  for (let at = 0; at < size; at += block.length) {
    // No two pieces are alike.
    block.writeBigUInt64LE(BigInt(at));
    await file.write(block, 0, Math.min(block.length, size - at));
  }
  await file.close();
  return describe(stack, path);
}

/** A file that takes no room on the disk, but for some bytes of each piece: no two pieces are alike. */
export async function sparseFile(stack: AsyncDisposableStack, size: number): Promise<BigFile> {
  const path = join(await temporaryFolder(stack), 'file');
  const file = await open(path, 'w');
  await file.truncate(size);
  for (let at = 0; at < size; at += 256 * 1024) await file.write(`piece at ${at}`, at);
  await file.close();
  return describe(stack, path);
}

/** The file's id and torrent, in a folder of their own. */
export async function describe(stack: AsyncDisposableStack, path: string): Promise<BigFile> {
  const folder = await temporaryFolder(stack);
  const hasher = createHasher({ log: testLog });
  const { id, pieces } = await hasher.hashFile(path, new AbortController().signal);
  await hasher.close();
  const { size } = await stat(path);
  const info = canonicalInfo(id, size, pieces);
  const infoHash = parseInfoHash(createHash('sha1').update(info).digest('hex'))!;
  const torrent = join(folder, 'it.torrent');
  await writeFile(torrent, bareTorrent(info));
  await symlink(path, join(folder, id));
  return { folder, path, size, id, infoHash, info, pieceLength: pieceLengthOf(size), torrent };
}

/** Small files in one folder. */
export async function smallFiles(stack: AsyncDisposableStack, count: number, size: number): Promise<BigFile[]> {
  const folder = await temporaryFolder(stack);
  const files: BigFile[] = [];
  for (let n = 0; n < count; n++) {
    const { bytes, id, infoHash, info } = someBytes(size);
    const [path, torrent] = [join(folder, id), join(folder, `${id}.torrent`)];
    await writeFile(path, bytes);
    await writeFile(torrent, bareTorrent(info));
    files.push({ folder, path, size, id, infoHash, info, pieceLength: pieceLengthOf(size), torrent });
  }
  return files;
}

export interface BenchHome extends Home {
  /** pieces that the engine told to be verified */
  verified: ReadonlySet<number>;
  /** bytes that the engine's process has had resident at most */
  peakMemory(): Promise<number>;
  /** seconds of CPU that the engine's process has used */
  cpuSeconds(): Promise<number>;
  /** Resolves when its engine runs, as it does while anything is awake: what is measured next does not wait for its start. */
  wake(): Promise<void>;
}

/** A home whose engine is a process, as the daemon's is. NODE_OPTIONS="--cpu-prof" profiles it. */
export async function benchHome(
  stack: AsyncDisposableStack,
  options: Partial<TorrentsOptions> = {},
  startEngine: StartEngine = startEngineProcess,
): Promise<BenchHome> {
  let pid: number | undefined;
  const verified = new Set<number>();
  const start: StartEngine = given => {
    const engine = startEngine(given);
    pid = engine.pid;
    const listen: typeof engine.listen = (onMessage, onExit) =>
      engine.listen(message => {
        if (message.type === 'verified') for (const piece of message.pieces) verified.add(piece);
        onMessage(message);
      }, onExit);
    return { ...engine, listen };
  };
  const home = await openHome(options, { startEngine: start });
  stack.defer(() => home.close());
  return {
    ...home,
    verified,
    async peakMemory() {
      const status = await readFile(`/proc/${pid}/status`, 'latin1');
      return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
    },
    cpuSeconds: () => processorSeconds(pid ?? 0),
    async wake() {
      const [nothing] = await smallFiles(stack, 1, 16 * 1024);
      home.torrents.download(wishOf(nothing!, []));
      await until('the engine to start', () => pid);
      // It answers that the torrent is gone.
      await home.torrents.cancel(nothing!.id);
    },
  };
}

/** The home holds the files and is asked for them. */
export async function serve(home: Home, ...files: BigFile[]): Promise<void> {
  const folder = join(home.path, 'films');
  await mkdir(folder, { recursive: true });
  home.catalogue.addFolder(folder, { all: true, everyone: false, addedAt: 0 });
  for (const file of files) {
    const stamp = stampOf(await stat(file.path, { bigint: true }));
    home.catalogue.recordFile(
      { path: file.path, stamp, id: file.id, extension: 'mp4', media: true, verifiedAt: Date.now() },
      file,
    );
  }
  const place = meeting(null);
  home.torrents.setRequested(place.by, place, new Map(files.map(({ id }) => [id, { peers: [] }])));
}

export function wishOf(file: BigFile, peers: string[]): DownloadWish {
  return {
    id: file.id,
    infoHash: file.infoHash,
    size: file.size,
    extension: 'mp4',
    sha256s: [],
    torrent: () => bareTorrent(file.info),
    meetings: [meeting(null, { peers })],
  };
}

export interface Order {
  mode: 'seed' | 'fetch' | 'seek';
  peers?: string[];
  listen?: string;
  /** so many peers in one process */
  sessions?: number;
  /** more torrents, whose files lie in the same folder */
  others?: string[];
  sequential?: boolean;
  /** bytes a second */
  uploadLimit?: number;
  /** seeks: seconds before the first and between two, pieces that get a deadline, the seed of the positions */
  before?: number;
  between?: number;
  seeks?: number;
  ahead?: number;
  seed?: number;
  /** pieces that are jumped to, in the place of any */
  positions?: number[];
  /** pieces before this one are fetched only where they are jumped to */
  skip?: number;
}

type Said =
  | { event: 'listening'; port: number }
  | { event: 'complete'; seconds: number; memory: number }
  | { event: 'seek'; seconds: number }
  | { event: 'memory'; memory: number }
  | { event: 'done' };

/** `/get` of the home's downloads, for any program. */
export async function serveGet(stack: AsyncDisposableStack, home: Home): Promise<number> {
  const server = createHttpServer({ log: testLog });
  mountGet(server, {
    open: id => home.torrents.open(id),
    sites: { granted: () => false, mayRead: () => false },
    capabilities: { check: () => undefined },
    readers: { origin: () => undefined },
    blocklist: { has: () => false },
    openToPrograms: () => true,
  });
  const { port } = await server.listen({ port: 0 });
  stack.defer(() => server.close());
  return port;
}

export interface Libtorrent {
  port: number;
  /** Resolves with all that it said from the start, once it has done what it was told. */
  done(): Promise<Said[]>;
  /** bytes resident now, without the mapped file */
  memory(): Promise<number>;
  /** seconds of CPU that the process has used */
  cpuSeconds(): Promise<number>;
}

/** libtorrent with the file (seed), or with an empty folder (fetch, seek), in a process of its own. */
export async function libtorrent(
  stack: AsyncDisposableStack,
  file: BigFile,
  order: Order,
  prefix: string[] = [],
): Promise<Libtorrent> {
  const folder = order.mode === 'seed' ? file.folder : await temporaryFolder(stack);
  const [command = '', ...args] = [...prefix, '/usr/bin/python3', LIBTORRENT];
  const child = spawn(command, [...args, JSON.stringify({ ...order, folder, torrent: file.torrent })], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  stack.defer(() => end(child));
  const said: Said[] = [];
  const listeners = new Set<() => void>();
  createInterface({ input: child.stdout }).on('line', line => {
    said.push(JSON.parse(line));
    for (const listener of [...listeners]) listener();
  });
  child.once('exit', () => {
    for (const listener of [...listeners]) listener();
  });
  async function heard<E extends Said['event']>(event: E): Promise<Extract<Said, { event: E }>> {
    for (;;) {
      const found = said.findLast((each): each is Extract<Said, { event: E }> => each.event === event);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`libtorrent ended with ${child.exitCode}`);
      await new Promise<void>(resolve => {
        const listener = () => {
          listeners.delete(listener);
          resolve();
        };
        listeners.add(listener);
      });
    }
  }
  return {
    port: (await heard('listening')).port,
    async done() {
      await heard('done');
      return said;
    },
    async memory() {
      child.stdin.write('memory\n');
      return (await heard('memory')).memory;
    },
    cpuSeconds: () => processorSeconds(child.pid ?? 0),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
