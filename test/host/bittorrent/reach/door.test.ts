/** The door: whom it hears, for how long, and what it asks for them. */

import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import type { MissLimit } from '../../../../host/bittorrent/peers/misses.ts';
import { type DoorDeps, openDoor } from '../../../../host/bittorrent/reach/door.ts';
import { makeKey } from '../../../support/mse.ts';
import { watchListening } from '../../../support/refused-accepts.ts';
import { until } from '../../../support/swarm.ts';
import { handshake } from '../../../support/wire.ts';

const KNOWN = 'ab'.repeat(20);

/** Everybody has to wait for a turn, and has it when the test says so; `isPatient`: also who is gone. */
async function openBusyDoor({ isPatient = false } = {}) {
  const turns: PromiseWithResolvers<void>[] = [];
  const misses: MissLimit = {
    turn(_, gone) {
      const turn = Promise.withResolvers<void>();
      turns.push(turn);
      if (!isPatient) gone.addEventListener('abort', () => turn.resolve());
      return turn.promise;
    },
    missed: vi.fn(),
  };
  const find = vi.fn((_: string, hash: string) => (hash === KNOWN ? 'the torrent' : null));
  const handOver = vi.fn((_: string, socket: Socket) => void socket.destroy());
  /** connections that are over, as the daemon knows */
  let left = 0;
  const cap: DoorDeps<string>['cap'] = {
    admit(socket) {
      socket.once('close', () => left++);
      return true;
    },
    settled() {},
  };
  const onTrouble = vi.fn();
  const door = await openDoor({
    port: 0,
    address: '127.0.0.1',
    isBlocked: () => false,
    cap,
    misses,
    find,
    handOver,
    onTrouble,
  });
  onTestFinished(() => door.close());
  return { port: door.port, turns, misses, find, handOver, onTrouble, left: () => left };
}

function say(port: number, bytes: Buffer): Socket {
  const socket = connect(port, '127.0.0.1').on('error', () => {});
  onTestFinished(() => void socket.destroy());
  socket.write(bytes);
  return socket;
}

const openings = { plain: () => handshake(KNOWN), encrypted: () => makeKey().open };

describe.each(['plain', 'encrypted'] as const)('a peer that waits for its turn, %s', way => {
  it('and leaves is not waited for any longer', async () => {
    const { port, turns, misses } = await openBusyDoor();
    const peer = say(port, openings[way]());
    await until('it to wait', () => turns.length === 1);
    expect(misses.missed).not.toHaveBeenCalled();
    peer.destroy();
    await until('the door to be done with it', () => vi.mocked(misses.missed).mock.calls.length === 1);
  });

  it('and has left when it comes wakes nothing', async () => {
    const { port, turns, misses, find, handOver, left } = await openBusyDoor({ isPatient: true });
    const peer = say(port, openings[way]());
    await until('it to wait', () => turns.length === 1);
    peer.destroy();
    await until('it to be gone', () => left() === 1);
    turns[0]?.resolve();
    await until('the door to be done with it', () => vi.mocked(misses.missed).mock.calls.length === 1);
    expect(find).not.toHaveBeenCalled();
    expect(handOver).not.toHaveBeenCalled();
  });
});

it('a peer whose turn has come is let in', async () => {
  const { port, turns, find, handOver } = await openBusyDoor();
  say(port, openings.plain());
  await until('it to wait', () => turns.length === 1);
  expect(find).not.toHaveBeenCalled();
  turns[0]?.resolve();
  await until('it to be let in', () => handOver.mock.calls.length === 1);
});

it('goes on where a connection cannot be taken, and says so', async () => {
  const listening = watchListening();
  const { port, turns, handOver, onTrouble } = await openBusyDoor();
  listening.failAccepts(3);
  expect(onTrouble).toHaveBeenCalledExactlyOnceWith(new Error('accept ENFILE'));
  say(port, openings.plain());
  await until('it to wait', () => turns.length === 1);
  turns[0]?.resolve();
  await until('it to be let in', () => handOver.mock.calls.length === 1);
});
