/** The daemon says why it ends: the extension starts it again after a crash, and not when the person stopped it. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { encodeFrame, readFrames } from '../../../host/daemon/frames.ts';
import { listenControl } from '../../../host/daemon/socket.ts';
import { createHome, locateHome } from '../../../host/platform/home.ts';
import type { Channel } from '../../../shared/channel.ts';
import { ENDING } from '../../../shared/protocol.ts';
import { PROGRAM } from '../../world/home.ts';
import { until } from '../../world/until.ts';

it.skipIf(process.platform === 'win32')('is read also by a browser that is just saying something', async () => {
  await using stack = new AsyncDisposableStack();
  const dir = await mkdtemp(join(tmpdir(), 'lsd-last-'));
  stack.defer(() => rm(dir, { recursive: true, force: true }));
  const home = locateHome(dir);
  createHome(home);
  /** the newest: the connector looked first who is there */
  let connected: Channel | undefined;
  const asked: unknown[] = [];
  const onConnection = (channel: Channel) => {
    channel.handle('look', params => asked.push(params));
    connected = channel;
  };
  const control = await listenControl(home.socket, onConnection, () => {});
  const connector = spawn(process.execPath, [PROGRAM, 'connect', '--home', dir], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  stack.defer(() => void connector.kill('SIGKILL'));
  const heard: unknown[] = [];
  readFrames(
    connector.stdout,
    message => heard.push(message),
    () => {},
  );
  const ask = (id: number) =>
    connector.stdin.write(encodeFrame({ jsonrpc: '2.0', id, method: 'look', params: { id } }));
  ask(1);
  await until('the first answer', () => heard.length === 1);

  // The connector finds both when it goes on: what the browser says, first, and the end of the daemon.
  connector.kill('SIGSTOP');
  ask(2);
  await delay(20);
  connected?.notify(ENDING, { reason: 'stopped' });
  const closed = control.close();
  await delay(20);
  const gone = once(connector, 'close');
  connector.kill('SIGCONT');

  expect((await gone)[0]).toBe(0);
  await closed;
  expect(heard[1]).toEqual({ jsonrpc: '2.0', method: ENDING, params: { reason: 'stopped' } });
  expect(asked).toEqual([{ id: 1 }]);
});
