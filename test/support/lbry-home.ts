/** A home of LBRY alone, in this process: its database, its folders, its ports. Closed and opened again it is the same. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as v from 'valibot';
import { createDownloadQueue } from '../../host/core/download-queue.ts';
import { createEvents } from '../../host/core/events.ts';
import type { LbryNetwork } from '../../host/core/lbry.ts';
import { type NetworkOpening, openLbryNetwork } from '../../host/lbry/open.ts';
import { createOwnAddress } from '../../host/lbry/own-address.ts';
import { type Config, configSchema } from '../../host/platform/config.ts';
import { createDiskRoom } from '../../host/platform/disk-room.ts';
import { createTimers } from '../../host/platform/timers.ts';
import { createAddressLists } from '../../host/store/blocked-addresses.ts';
import { openDatabase } from '../../host/store/database.ts';
import { createLbryStore } from '../../host/store/lbry.ts';
import { faultLog } from '../host/http/client.ts';

export interface LbryHome extends AsyncDisposable {
  readonly folder: string;
  open(options?: Partial<Config>, deps?: Partial<NetworkOpening>): Promise<OpenLbry>;
}

export interface OpenLbry extends AsyncDisposable {
  network: LbryNetwork;
}

/** In a new folder that goes with it, or in one that is there. */
export async function createLbryHome(at?: string): Promise<LbryHome> {
  const folder = at ?? (await mkdtemp(join(tmpdir(), 'lbry-')));
  return {
    folder,
    async open(options = {}, { timers = createTimers(throwing), ...deps } = {}) {
      await using stack = new AsyncDisposableStack();
      const database = openDatabase(join(folder, 'catalogue.db'));
      stack.defer(() => database.close());
      const events = createEvents(throwing);
      const config = v.parse(configSchema, {
        ...{ lbryPeer: 0, lbryDht: 0, lbryAddress: '127.0.0.1', lbryBootstrap: [], lbryLan: true },
        ...options,
      });
      const log = faultLog();
      const network = await openLbryNetwork({
        config,
        local: stack.use(createOwnAddress(config, log)),
        log,
        store: createLbryStore(database),
        addresses: createAddressLists(database, events),
        events,
        folder: join(folder, 'lbry'),
        downloads: join(folder, 'files'),
        queue: createDownloadQueue({ clock: { now: Date.now }, after: timers.after }),
        room: createDiskRoom(),
        timers,
        now: Date.now,
        stack,
        ...deps,
      });
      const all = stack.move();
      return { network, [Symbol.asyncDispose]: () => all.disposeAsync() };
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}

function throwing(thrown: unknown): never {
  throw thrown;
}

/** Of a network whose others enter by this node. */
export function entryOf({ dht }: LbryNetwork): string {
  return `127.0.0.1:${dht?.port}`;
}

/** All bytes of it. */
export async function allOf(content: {
  size: number;
  read(range: { start: number; end: number }, signal: AbortSignal): AsyncIterable<Uint8Array>;
}): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.read({ start: 0, end: content.size }, new AbortController().signal))
    chunks.push(chunk);
  return Buffer.concat(chunks);
}
