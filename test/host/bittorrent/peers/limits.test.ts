/** How many connections there may be: behind the door those that have said what they want, and before it those that are silent. */

import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ConnectionNumbers, createConnectionCap } from '../../../../host/bittorrent/peers/limits.ts';
import { openDoor } from '../../../../host/bittorrent/reach/door.ts';
import { until } from '../../../support/swarm.ts';
import { handshake } from '../../../support/wire.ts';

const KNOWN = 'ab'.repeat(20);

/** A door to one torrent, which keeps whom it lets in. */
async function openDoorOf(most: ConnectionNumbers) {
  const inside: Socket[] = [];
  const door = await openDoor({
    port: 0,
    address: '127.0.0.1',
    isBlocked: () => false,
    cap: createConnectionCap(most),
    misses: { turn: async () => {}, missed() {} },
    find: (_, hash) => (hash === KNOWN ? 'the torrent' : null),
    handOver(_, socket) {
      inside.push(socket);
      socket.write('welcome');
    },
  });
  onTestFinished(() => {
    door.close();
    for (const socket of inside) socket.destroy();
  });
  return { port: door.port, inside };
}

type State = 'connected' | 'welcome' | 'closed';

/** Resolves once it is connected, so that those after it come later. */
async function knock(port: number, first?: Buffer) {
  const socket = connect(port, '127.0.0.1');
  let state: State = 'connected';
  socket.on('error', () => {});
  socket.on('data', () => {
    state = 'welcome';
  });
  socket.on('close', () => {
    state = 'closed';
  });
  onTestFinished(() => void socket.destroy());
  await new Promise<void>(resolve => socket.once('connect', () => resolve()));
  if (first) socket.write(first);
  return { socket, state: () => state };
}

async function knockAll(port: number, count: number) {
  const all = [];
  for (let at = 0; at < count; at++) all.push(await knock(port));
  return all;
}

describe('silent connections', () => {
  it('that are too many close, the oldest first, and one that speaks is let in', async () => {
    const { port } = await openDoorOf({ open: 100, pending: 4 });
    const silent = await knockAll(port, 6);
    await until('the two oldest to close', () => silent[1]!.state() === 'closed');
    const speaking = await knock(port, handshake(KNOWN));
    await until('it to be let in', () => speaking.state() === 'welcome');
    expect(silent.map(({ state }) => state())).toEqual([
      'closed',
      'closed',
      'closed',
      'connected',
      'connected',
      'connected',
    ]);
  });

  it('do not count once they have said what they want', async () => {
    const { port } = await openDoorOf({ open: 100, pending: 2 });
    for (let at = 0; at < 8; at++) {
      const speaking = await knock(port, handshake(KNOWN));
      await until('it to be let in', () => speaking.state() === 'welcome');
    }
    const silent = await knockAll(port, 2);
    const speaking = await knock(port, handshake(KNOWN));
    await until('it to be let in', () => speaking.state() === 'welcome');
    expect(silent.map(({ state }) => state())).toEqual(['closed', 'connected']);
  });
});

describe('connections that were let in', () => {
  it('are no more than there may be: the next is closed, and comes in once one has left', async () => {
    const { port, inside } = await openDoorOf({ open: 3, pending: 3 });
    const first: Awaited<ReturnType<typeof knock>>[] = [];
    for (let at = 0; at < 3; at++) {
      first.push(await knock(port, handshake(KNOWN)));
      await until('it to be let in', () => first[at]!.state() === 'welcome');
    }
    const next = await knock(port, handshake(KNOWN));
    await until('it to be closed', () => next.state() === 'closed');
    expect(first.map(({ state }) => state())).toEqual(['welcome', 'welcome', 'welcome']);

    inside[1]?.destroy();
    await until('it to be gone', () => first[1]?.state() === 'closed');
    const later = await knock(port, handshake(KNOWN));
    await until('it to be let in', () => later.state() === 'welcome');
    const again = await knock(port, handshake(KNOWN));
    await until('it to be closed', () => again.state() === 'closed');
  });
});
