/** The ports that peers come in by, when the address that they are at goes and comes back. */

import { once } from 'node:events';
import { connect } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openPeerPorts, type PeerPorts } from '../../../../host/bittorrent/reach/ports.ts';
import { createTimers } from '../../../../host/platform/timers.ts';
import { testLog, until } from '../../../support/swarm.ts';

let address: string | undefined;
let changed: () => void;
let ports: PeerPorts;

beforeEach(async () => {
  address = '127.0.0.1';
  const watch = (onChange: () => void) => {
    changed = onChange;
    return () => {};
  };
  ports = await openPeerPorts({
    port: 0,
    local: { current: () => address, watch },
    timers: createTimers(console.error),
    log: testLog,
    find: () => null,
    isBlocked: () => false,
    handOver() {},
  });
});
afterEach(() => ports.close());

function become(next: string | undefined): void {
  address = next;
  changed();
}

async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

it('a door that was wanted while the address was away opens when it is back', async () => {
  become(undefined);
  const port = await ports.gateway('confluence', 0);
  expect(await isOpen(port)).toBe(false);
  become('127.0.0.1');
  await until('its door', () => isOpen(port));
  expect(await isOpen(ports.main)).toBe(true);
});
