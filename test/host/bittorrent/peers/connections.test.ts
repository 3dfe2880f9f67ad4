/** How many connections there may be: behind the door those that have said what they want, and before it those that are silent. */

import { EventEmitter } from 'node:events';
import { connect, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type ConnectionNumbers, createConnectionCap } from '../../../../host/bittorrent/peers/connections.ts';
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
    onTrouble() {},
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

describe('the places of connections', () => {
  /** Connections that one after the other comes from these addresses; which of them are open. */
  function stand(most: ConnectionNumbers) {
    const cap = createConnectionCap(most);
    const all: FakeSocket[] = [];
    const come = (address: string, { settled = true } = {}) => {
      const socket = new FakeSocket(address);
      all.push(socket);
      const real = socket as unknown as Socket;
      const isIn = cap.admit(real);
      if (isIn && settled) cap.settled(real);
      return isIn;
    };
    return {
      come,
      all,
      open: () => all.filter(({ destroyed }) => !destroyed).map(({ remoteAddress }) => remoteAddress),
    };
  }
  const [A, B, C] = ['192.0.2.1', '192.0.2.2', '192.0.2.3'];

  it('are all of one address that asks for them, and its newest leave for others, until all have as many', () => {
    const { come, all, open } = stand({ open: 6, pending: 6 });
    for (let n = 0; n < 6; n++) expect(come(A)).toBe(true);
    expect(come(A)).toBe(false);
    for (let n = 0; n < 3; n++) expect(come(B)).toBe(true);
    expect(open()).toEqual([A, A, A, B, B, B]);
    expect(all.slice(0, 3).map(({ destroyed }) => destroyed)).toEqual([false, false, false]);
    expect([come(A), come(B)]).toEqual([false, false]);
    expect([come(C), come(C), come(C)]).toEqual([true, true, false]);
    expect(open().sort()).toEqual([A, A, B, B, C, C]);
  });

  it('are free again when one leaves', () => {
    const { come, all } = stand({ open: 2, pending: 2 });
    expect([come(A), come(B), come(C)]).toEqual([true, true, false]);
    all[1]?.destroy();
    expect([come(C), come(B)]).toEqual([true, false]);
  });

  it('are not taken by one that has left before it came', () => {
    const cap = createConnectionCap({ open: 1, pending: 1 });
    const [left, next] = [new FakeSocket(A), new FakeSocket(B)];
    left.destroy();
    expect([cap.admit(left as unknown as Socket), cap.admit(next as unknown as Socket)]).toEqual([false, true]);
  });

  it.each([
    ['of 64 bits of IPv6', '2001:db8:0:1::1', '2001:db8:0:1:ffff::2', '2001:db8:0:2::1'],
    ['of IPv4 in both forms', '::ffff:192.0.2.1', '192.0.2.1', '192.0.2.2'],
  ])('are those of one address: all %s', (_, one, same, other) => {
    const { come, open } = stand({ open: 3, pending: 3 });
    expect([come(one), come(same), come(one)]).toEqual([true, true, true]);
    expect([come(same), come(other), come(same)]).toEqual([false, true, false]);
    expect(open()).toEqual([one, same, other]);
  });

  it('before the door are left by the address that is silent most often, not by who is about to speak', () => {
    const { come, open } = stand({ open: 100, pending: 3 });
    come(B, { settled: false });
    for (let n = 0; n < 5; n++) expect(come(A, { settled: false })).toBe(true);
    expect(open()).toEqual([B, A, A]);
  });
});

/** What of a socket concerns its place. */
class FakeSocket extends EventEmitter {
  destroyed = false;
  readonly remoteAddress: string;
  constructor(remoteAddress: string) {
    super();
    this.remoteAddress = remoteAddress;
  }
  destroy() {
    if (this.destroyed) return;
    this.destroyed = true;
    this.emit('close');
  }
}
