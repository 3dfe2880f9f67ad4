/** A server that begins to listen, and what it says when the system gives it no connection. */

import { once } from 'node:events';
import { connect, createServer, type Server } from 'node:net';
import { beforeEach, expect, it, onTestFinished, vi } from 'vitest';
import { listen } from '../../../host/platform/listen.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
  return () => void vi.useRealTimers();
});

function stand() {
  const server = createServer(socket => socket.end('here'));
  onTestFinished(() => void server.close());
  const told: string[] = [];
  const begin = (port = 0) => listen(server, { port, host: '127.0.0.1' }, ({ message }) => told.push(message));
  return { server, told, begin };
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address ? address.port : 0;
}

const fail = (server: Server) => server.emit('error', new Error('accept ENFILE'));

it('a connection that the system cannot give is told, once a minute at most, and the next is taken', async () => {
  const { server, told, begin } = stand();
  await begin();
  for (let n = 0; n < 1000; n++) fail(server);
  expect(told).toEqual(['accept ENFILE']);
  vi.advanceTimersByTime(60_000);
  fail(server);
  expect(told).toHaveLength(2);
  const [said] = await once(connect(portOf(server), '127.0.0.1'), 'data');
  expect(String(said)).toBe('here');
});

it('one that cannot listen says so, and listens when it can', async () => {
  const other = stand();
  await other.begin();
  const { server, told, begin } = stand();
  await expect(begin(portOf(other.server))).rejects.toMatchObject({ code: 'EADDRINUSE' });
  await begin();
  fail(server);
  expect(told).toEqual(['accept ENFILE']);
});

it('one that was closed can listen again, and tells the same once', async () => {
  const { server, told, begin } = stand();
  for (let n = 0; n < 20; n++) {
    await begin();
    await new Promise(resolve => server.close(resolve));
  }
  await begin();
  fail(server);
  expect(told).toEqual(['accept ENFILE']);
  expect(server.listenerCount('error')).toBe(1);
});
