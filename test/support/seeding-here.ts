/** A file that is seeded in this process, over real connections, so that a test can turn the rounds of the engine by hand. */

import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AwakeDeps, createAwake } from '../../host/bittorrent/engine/awake.ts';
import { openSwarmClient } from '../../host/bittorrent/engine/swarm-client.ts';
import { createPieceBuffers } from '../../host/bittorrent/fetching/piece-buffers.ts';
import { createAnnounceSchedule } from '../../host/bittorrent/meeting/announce-schedule.ts';
import { createMeter, type Meter } from '../../host/bittorrent/peers/meter.ts';
import { createSlots, type Slots } from '../../host/bittorrent/peers/slots.ts';
import { welcome } from '../../host/bittorrent/reach/incoming.ts';
import { stampOf } from '../../host/platform/files.ts';
import { createNet } from '../../host/platform/net.ts';
import type { Described } from './swarm.ts';

export interface SeedingHere extends AsyncDisposable {
  port: number;
  /** bytes that were read for peers, and not taken */
  untaken(): number;
  slots: Slots;
  meter: Meter;
  /** One round of the slots, and one of the library's. */
  round(): void;
}

interface Reading {
  _readableState: { buffered: number };
}

const now = () => performance.now();

function after(ms: number, work: () => void) {
  const timer = setTimeout(work, ms);
  return () => clearTimeout(timer);
}

export async function seedHere(file: Described): Promise<SeedingHere> {
  const stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lsd-seeding-'));
  stack.defer(() => rm(folder, { recursive: true }));
  const path = join(folder, 'film.mp4');
  await writeFile(path, file.bytes, { mode: 0o444 });
  const stamp = stampOf(await stat(path, { bigint: true }));

  let round = () => {};
  const slots = createSlots((_, work) => {
    round = work;
    return () => {};
  });
  const meter = stack.adopt(createMeter({ now, after }), each => each.close());
  const schedule = stack.adopt(createAnnounceSchedule({ now, after }), each => each.close());
  const net = stack.adopt(createNet({ resolve: new Map() }), each => each.close());
  const open = new Set<Socket>();
  let letIn = (socket: Socket): void => void socket.destroy();
  const server = createServer(socket => {
    open.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => open.delete(socket));
    letIn(socket);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  stack.defer(() => {
    server.close();
    for (const socket of open) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const swarm = await openSwarmClient({ port, version: '0.1.0', onTrouble: error => console.error(error) });
  stack.defer(() => swarm.close());
  meter.attach(swarm.client);
  const deps: AwakeDeps = {
    swarm,
    net,
    lan: null,
    meter,
    slots,
    silence: { follow() {} },
    schedule,
    buffers: createPieceBuffers(),
    options: { stun: [], bindAddress: null, userAgent: '' },
    send() {},
    onGone() {},
  };
  const places = { trackers: [], webseeds: [], peers: [], stun: [], reach: 'site' as const, by: [], lan: true };
  const content = { kind: 'seed' as const, info: file.info, fileIndex: 0, path, stamp };
  const awake = createAwake(deps, { client: 'main', infoHash: file.infoHash, places, content });
  const torrent = await awake.ready();
  if (!torrent) throw new Error('it cannot be seeded');
  letIn = socket => {
    welcome(torrent, socket, { head: new Uint8Array(0), secret: null });
  };

  return {
    port,
    untaken: () => torrent.wires.reduce((sum: number, wire: Reading) => sum + wire._readableState.buffered, 0),
    slots,
    meter,
    round() {
      round();
      const { _rechoke } = torrent as unknown as { _rechoke(): void };
      _rechoke.call(torrent);
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
