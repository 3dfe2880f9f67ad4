/** The control socket: what the system refuses it. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dial } from '../../../host/daemon/client.ts';
import { channelOver, listenControl } from '../../../host/daemon/socket.ts';
import { createHome, locateHome } from '../../../host/platform/home.ts';
import { watchListening } from '../../support/refused-accepts.ts';

it.skipIf(process.platform === 'win32')('goes on where a connection cannot be taken, and says so', async () => {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'lsd-socket-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const home = locateHome(dir);
  createHome(home);
  const listening = watchListening();
  const told: Error[] = [];
  const control = await listenControl(
    home.socket,
    channel => channel.handle('look', () => 'here'),
    error => told.push(error),
  );
  stack.defer(() => control.close());
  listening.failAccepts(3);
  const socket = await dial(home.socket);
  if (!socket) throw new Error('nobody listens');
  stack.defer(() => void socket.destroy());
  expect(await channelOver(socket, () => {}).call('look', {})).toBe('here');
  expect(told.map(({ message }) => message)).toEqual(['accept ENFILE']);
});
