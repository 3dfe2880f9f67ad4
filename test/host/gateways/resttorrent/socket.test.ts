/** The same over Socket.IO, with clients of both generations over both transports. */

import { io as io4 } from 'socket.io-client';
import io2 from 'socket.io-client-2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mountRestSockets } from '../../../../host/gateways/resttorrent/socket.ts';
import { manyFiles } from '../../../support/many-files.ts';
import { until, within } from '../../../support/swarm.ts';
import { ask, askRaw } from '../../http/client.ts';
import { type Stand, stand } from './stand.ts';

const one = manyFiles([{ path: 'a.mp4', size: 40_000 }]);
const FRIEND = 'https://friend.example';

interface Client {
  on(event: string, listener: (said: Said) => void): unknown;
  emit(event: string, message: unknown, ack?: (said: Said) => void): unknown;
  close(): unknown;
}
// biome-ignore lint/suspicious/noExplicitAny: each test looks at other fields of it
type Said = any;

interface How {
  version: 2 | 4;
  transport: 'websocket' | 'polling';
  options?: Record<string, unknown>;
}

function open(port: number, { version, transport, options = {} }: How): Client {
  const all = { transports: [transport], forceNew: true, reconnection: false, ...options };
  const url = `http://127.0.0.1:${port}`;
  return version === 4 ? io4(url, all) : io2(url, all);
}

const connected = (client: Client) =>
  within(
    'a connection',
    new Promise<void>((resolve, reject) => {
      client.on('connect', () => resolve());
      for (const event of ['connect_error', 'error']) client.on(event, (why: Error) => reject(why));
    }),
  );

/** A message and its answer, which comes as a message and to the ack alike. */
async function call(client: Client, message: Record<string, unknown>): Promise<Said> {
  const told = new Promise<Said>(resolve => {
    client.on('v1', said => {
      if ('t_id' in said && said.t_id === (message.t_id ?? null)) resolve(said);
    });
  });
  const acked = new Promise<Said>(resolve => client.emit('v1', message, resolve));
  const [first, second] = await within('an answer', Promise.all([told, acked]));
  expect(first).toEqual(second);
  return first;
}

describe('Socket.IO', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand({ mount: mountRestSockets, rules: { origins: [FRIEND] } });
  });
  afterAll(() => at[Symbol.asyncDispose]());

  it.each<How>([
    { version: 4, transport: 'websocket' },
    { version: 4, transport: 'polling' },
    { version: 2, transport: 'websocket' },
    { version: 2, transport: 'polling' },
  ])('answers commands and tells of events: $version over $transport', async how => {
    const client = open(at.port, how);
    await connected(client);
    const events: Said[] = [];
    client.on('v1', said => {
      if (said.event) events.push(said);
    });
    const made = await call(client, { t_id: 7, command: 'create_session', ports: [24_000, 24_999] });
    expect(made).toMatchObject({ t_id: 7, status: 'success', session: { id: expect.any(String) } });
    const session_id = made.session.id;
    expect(await call(client, { t_id: 'a', command: 'subscribe', session_id })).toEqual({
      t_id: 'a',
      status: 'success',
    });
    const torrent = { session_id, info_hash: one.infoHash };
    const added = await call(client, {
      t_id: 8,
      command: 'upload_torrent',
      file: Buffer.from(one.metainfo),
      save_path: `${how.version}-${how.transport}`,
      autostart: 0,
      ...torrent,
    });
    expect(added).toMatchObject({ t_id: 8, status: 'success', info_hash: one.infoHash, paused: true });
    await until('it to be told of', () => events.some(({ event }) => event === 'torrent_added'));
    expect(events[0]).toMatchObject({ event: 'torrent_added', ...torrent, state: expect.any(String) });
    await call(client, { t_id: 9, command: 'update_torrent', ...torrent, pause: 0 });
    await until('the change', () => events.some(({ event, paused }) => event === 'torrent_state' && !paused));
    expect((await call(client, { t_id: 10, command: 'get_files', ...torrent })).files).toHaveLength(1);
    await call(client, { t_id: 11, command: 'delete_torrent', ...torrent });
    await until('its end', () => events.at(-1)?.event === 'torrent_removed');
    await call(client, { t_id: 12, command: 'unsubscribe', session_id });
    await call(client, { t_id: 13, command: 'delete_session', session_id });
    client.close();
  });

  it.each<[string, unknown, Record<string, unknown>]>([
    ['no object', 'text', { t_id: null, error: { code: 'param.invalid' } }],
    ['a list', [1], { t_id: null, error: { code: 'param.invalid' } }],
    ['no command', { t_id: 1 }, { t_id: 1, error: { code: 'command.notfound' } }],
    ['what every object has', { t_id: 1, command: 'toString' }, { t_id: 1, error: { code: 'command.notfound' } }],
    [
      'a session that is not there',
      { command: 'subscribe', session_id: 'x' },
      { t_id: null, error: { code: 'session.notfound' } },
    ],
    ['none', { t_id: 's', command: 'subscribe' }, { t_id: 's', error: { code: 'param.missing' } }],
  ])('refuses %s', async (_, message, answer) => {
    const client = open(at.port, { version: 4, transport: 'websocket' });
    await connected(client);
    const said = await within('an answer', new Promise<Said>(resolve => client.emit('v1', message, resolve)));
    expect(said).toMatchObject({ status: 'fail', ...answer, error: expect.objectContaining(answer.error as object) });
    client.close();
  });

  it.each(['websocket', 'polling'] as const)(
    'is refused to foreign sites, and given to named ones: %s',
    async transport => {
      const from = (origin: string) => ({ version: 4, transport, options: { extraHeaders: { origin } } }) as const;
      const foreign = open(at.port, from('https://evil.example'));
      await expect(connected(foreign)).rejects.toThrow();
      foreign.close();
      const named = open(at.port, from(FRIEND));
      await connected(named);
      named.close();
    },
  );

  it('looks at every poll, and takes no script', async () => {
    const path = '/socket.io/?EIO=4&transport=polling';
    const opened = await ask(at.port, path);
    const { sid } = JSON.parse(opened.body.toString().slice(1));
    expect(opened.headers['x-content-type-options']).toBe('nosniff');
    const headers = { origin: 'https://evil.example' };
    expect((await ask(at.port, `${path}&sid=${sid}`, { headers })).status).toBe(403);
    expect((await ask(at.port, '/socket.io/?EIO=3&transport=polling&j=0')).status).toBe(403);
    const upgrade = `Host: evil.example:${at.port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n`;
    const rebound = await askRaw(at.port, `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\n${upgrade}\r\n`);
    expect(rebound).toMatch(/^HTTP\/1\.1 421 /);
  });

  it('takes the token as a header, in the URL or in auth, and no other', async () => {
    await using closed = await stand({ mount: mountRestSockets, rules: { token: 'secret' } });
    const tries: [How['version'], Record<string, unknown>, boolean][] = [
      [4, {}, false],
      [4, { auth: { token: 'other' } }, false],
      [4, { query: { token: 'other' } }, false],
      [4, { auth: { token: 'secret' } }, true],
      [4, { extraHeaders: { authorization: 'Bearer secret' } }, true],
      [2, { query: { token: 'secret' } }, true],
      [2, {}, false],
    ];
    for (const [version, options, isLetIn] of tries) {
      for (const transport of ['websocket', 'polling'] as const) {
        const client = open(closed.port, { version, transport, options });
        const outcome = await connected(client).then(
          () => true,
          () => false,
        );
        expect([version, transport, options, outcome]).toEqual([version, transport, options, isLetIn]);
        client.close();
      }
    }
  });
});
