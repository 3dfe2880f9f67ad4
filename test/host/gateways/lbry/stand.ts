/** LBRY as the daemon puts it together, over a torrents room of its own, on loopback, with a tracker and libtorrent seeders. */

import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDownloadQueue } from '../../../../host/core/download-queue.ts';
import { createEvents } from '../../../../host/core/events.ts';
import { createFanOut, type FanOut } from '../../../../host/daemon/control/fan-out.ts';
import { type LbryPorts, startLbry } from '../../../../host/lbry-service.ts';
import { createHasher } from '../../../../host/library/hasher.ts';
import { type Config, loadConfig } from '../../../../host/platform/config.ts';
import { createDiskRoom } from '../../../../host/platform/disk-room.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { createAddressLists } from '../../../../host/store/blocked-addresses.ts';
import { openDatabase } from '../../../../host/store/database.ts';
import { createLbryStore } from '../../../../host/store/lbry.ts';
import { createClaimStore } from '../../../../host/store/lbry-claims.ts';
import { createFileStore } from '../../../../host/store/lbry-files.ts';
import { createSettings } from '../../../../host/store/settings.ts';
import type { ManyFiles } from '../../../support/many-files.ts';
import { openHome, openTracker, PATIENCE_MS, type TestTracker } from '../../../support/swarm.ts';
import { faultLog } from '../../http/client.ts';
import { startSeeder } from '../gateway-stand.ts';

// biome-ignore lint/suspicious/noExplicitAny: each test looks at other fields of it
type Any = any;

export interface Stand {
  readonly ports: LbryPorts;
  readonly tracker: TestTracker;
  readonly log: ReturnType<typeof faultLog>;
  /** what the person sets */
  readonly movers: FanOut;
  /** where all of it lies: `files`, where downloads go; `other`, a root */
  readonly dir: string;
  /** what was shown in the file manager */
  readonly revealed: string[];
  /** The result of a call; what it answers besides is thrown. */
  call(method: string, params?: unknown): Promise<Any>;
  /** The whole answer. */
  post(
    body: unknown,
    headers?: Record<string, string>,
    path?: string,
  ): Promise<{ status: number; headers: Headers; body: Any }>;
  /** Asks until the result is as it should be. */
  wait(method: string, params: unknown, isIt: (result: Any) => boolean): Promise<Any>;
  seed(torrent: ManyFiles): Promise<void>;
  magnet(torrent: Pick<ManyFiles, 'infoHash'>): string;
  restart(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

function throwing(thrown: unknown): never {
  throw thrown;
}

export async function stand(options: Partial<Config> = {}): Promise<Stand> {
  const dir = await mkdtemp(join(tmpdir(), 'lsd-lbry-'));
  await mkdir(join(dir, 'other'));
  const tracker = await openTracker();
  const log = faultLog();
  const closing: (() => Promise<void>)[] = [];
  const revealed: string[] = [];
  const config = loadConfig(join(dir, 'config.json'), {
    ...{ lbry: true, lbryRpc: 0, lbryMedia: 0, lbryLan: true },
    ...{ lbryPeer: 0, lbryDht: 0, lbryAddress: '127.0.0.1', lbryBootstrap: [] },
    lbryDownloadDir: join(dir, 'files'),
    lbryRoot: [join(dir, 'other')],
    ...options,
  });

  async function open() {
    const stack = new AsyncDisposableStack();
    const database = openDatabase(join(dir, 'lbry.db'));
    stack.defer(() => database.close());
    const events = createEvents(throwing);
    const timers = createTimers(throwing);
    const clock = { now: () => Date.now() };
    const queue = createDownloadQueue({ clock, after: timers.after });
    const room = createDiskRoom();
    const home = await openHome({ userTrackers: [tracker.http] }, { path: join(dir, 'home'), queue, room });
    stack.defer(() => home.close());
    const ground = { home: { path: join(dir, 'home') }, config, log, clock, timers, events, stack };
    const stores = {
      settings: createSettings(database),
      addresses: createAddressLists(database, events),
      lbry: createLbryStore(database),
      lbryClaims: createClaimStore(database),
      lbryFiles: createFileStore(database),
    };
    const { torrents } = home;
    const hasher = createHasher({ workers: 1, log });
    stack.defer(() => hasher.close());
    const movers = createFanOut(torrents, timers);
    return {
      ports: await startLbry(
        ground,
        {
          torrents,
          movers,
          queue,
          room,
          hasher,
          hashTable: { current: null },
          reveal: async path => void revealed.push(path),
        },
        stores,
        () => {},
      ),
      movers,
      stack,
    };
  }

  let running = await open();

  async function post(body: unknown, headers: Record<string, string> = {}, path = '/') {
    const answer = await fetch(`http://127.0.0.1:${running.ports.rpc}${path}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    const text = await answer.text();
    const isJson = answer.headers.get('content-type') === 'application/json';
    return { status: answer.status, headers: answer.headers, body: isJson ? JSON.parse(text) : text };
  }

  async function call(method: string, params?: unknown) {
    const { body } = await post({ method, ...(params !== undefined && { params }) });
    if ('result' in body) return body.result;
    throw Object.assign(new Error(body.error.message), { code: body.error.code });
  }

  return {
    get ports() {
      return running.ports;
    },
    get movers() {
      return running.movers;
    },
    tracker,
    log,
    dir,
    revealed,
    call,
    post,
    async wait(method, params, isIt) {
      const deadline = Date.now() + PATIENCE_MS;
      for (;;) {
        const result = await call(method, params);
        if (isIt(result)) return result;
        if (Date.now() > deadline) throw new Error(`${method} is still ${JSON.stringify(result)}`);
        await new Promise(resolve => setTimeout(resolve, 50));
      }
    },
    async seed(torrent) {
      const peer = await startSeeder({ folder: dir, tracker }, torrent);
      closing.push(() => peer.close());
    },
    magnet: ({ infoHash }) => `magnet:?xt=urn:btih:${infoHash}&tr=${encodeURIComponent(tracker.http)}`,
    async restart() {
      await running.stack.disposeAsync();
      running = await open();
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(closing.map(close => close()));
      await running.stack.disposeAsync();
      await tracker.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
