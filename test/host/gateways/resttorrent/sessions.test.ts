/** Sessions and parameters over HTTP; nothing of it needs a peer. */

import { connect, createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { askRaw } from '../../http/client.ts';
import { type Stand, stand } from './stand.ts';

const one = manyFiles([{ path: 'a.mp4', size: 100 }]);
const nowhere = 'f'.repeat(40);

/** Asks for so many sessions, one right behind the other; how many were refused for there are enough. */
async function refusals(port: number, count: number): Promise<number> {
  const body = JSON.stringify({ ports: [22_000, 22_999] });
  const head = `POST /v1/sessions HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
  const all = `${head}\r\n\r\n${body}`.repeat(count - 1);
  const socket = connect(port, '127.0.0.1').end(`${all}${head}\r\nConnection: close\r\n\r\n${body}`);
  return (await text(socket)).split('"code":"limit.reached"').length - 1;
}

describe('sessions', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand();
  });
  afterAll(() => at[Symbol.asyncDispose]());

  it('are made, listed, looked at and deleted; each has its own id and the first free port', async () => {
    const made = await at.ask('/v1/sessions', { form: { ports: '21000,21999' } });
    expect(made.status).toBe(200);
    expect(made.body).toEqual({ status: 'success', session: { id: expect.any(String), port: expect.any(Number) } });
    const { id, port } = made.body.session;
    expect(Buffer.from(id, 'hex').toString('latin1')).toMatch(/^-LS\d{4}-/);
    const next = await at.ask('/v1/sessions', { json: { ports: [port, port + 20] } });
    expect(next.body.session.port).toBeGreaterThan(port);
    expect(next.body.session.id).not.toBe(id);
    const taken = await at.ask('/v1/sessions', { json: { ports: [port] } });
    expect(taken).toMatchObject({ status: 200, body: { status: 'fail', error: { code: 'port.inuse' } } });
    expect(taken.body.message).toContain('in use');

    expect((await at.ask('/v1/sessions')).body.sessions).toContainEqual({ id, port });
    expect((await at.ask(`/v1/sessions/${id.toUpperCase()}`)).body).toEqual({ status: 'success', id, port });
    expect((await at.ask(`/v1/sessions/${id}`, { method: 'DELETE' })).body).toEqual({ status: 'success' });
    expect((await at.ask(`/v1/sessions/${id}`)).body.error.code).toBe('session.notfound');
    const again = await at.ask('/v1/sessions', { json: { ports: [port] } });
    expect(again.body.session.port).toBe(port);
    for (const each of [again, next]) await at.ask(`/v1/sessions/${each.body.session.id}`, { method: 'DELETE' });
  });

  it('leave a port that another program has', async () => {
    const other = createServer().listen({ port: 0, host: '127.0.0.1' });
    await new Promise(resolve => other.once('listening', resolve));
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const { body } = await at.ask('/v1/sessions', { json: { ports: [port] } });
    expect(body.error.code).toBe('port.inuse');
    other.close();
  });

  it.each([
    [{ ports: [0] }],
    [{ ports: [70_000] }],
    [{ ports: [2, 1] }],
    [{ ports: [1, 2, 3] }],
    [{ ports: 'a,b' }],
    [{ ports: [-1] }],
    [{ ports: {} }],
    [{ port_range: '1-2' }],
    [{ memory_only: 'true' }],
    [{ memory_only: 2 }],
  ])('are not made of %j', async params => {
    const before = (await at.ask('/v1/sessions')).body.sessions.length;
    const { status, body } = await at.ask('/v1/sessions', { json: params });
    expect([status, body.status, body.error.code]).toEqual([200, 'fail', 'param.invalid']);
    expect((await at.ask('/v1/sessions')).body.sessions).toHaveLength(before);
  });

  it('are so many and no more', async () => {
    await using few = await stand({ sessions: { sessions: 2 } });
    const answers = await Promise.all(
      [1, 2, 3, 4].map(() => few.ask('/v1/sessions', { json: { ports: [22_000, 22_999] } })),
    );
    const codes = answers.map(({ body }) => body.error?.code ?? body.status).sort();
    expect(codes).toEqual(['limit.reached', 'limit.reached', 'success', 'success']);

    // Ten thousand more, and nothing is kept of any.
    const before = (await few.ask('/v1/sessions')).body;
    expect(await refusals(few.port, 1_000)).toBe(1_000);
    const { heapUsed } = process.memoryUsage();
    expect(await refusals(few.port, 9_000)).toBe(9_000);
    expect(process.memoryUsage().heapUsed - heapUsed).toBeLessThan(64 * 1024 * 1024);
    expect((await few.ask('/v1/sessions')).body).toEqual(before);
    expect(few.log.faults).toEqual([]);
  });

  it('tell what is not there, in the status too where that is asked for', async () => {
    const torrents = await at.session();
    const prefer = { prefer: 'respond-async, status=http' };
    const ask = async (path: string, headers = {}) => {
      const answer = await at.ask(path, { headers });
      return [answer.status, answer.body.error.code, answer.headers.get('preference-applied')];
    };
    expect(await ask(`/v1/sessions/${nowhere}`)).toEqual([200, 'session.notfound', null]);
    expect(await ask(`/v1/sessions/${nowhere}`, prefer)).toEqual([404, 'session.notfound', 'status=http']);
    expect(await ask('/v1/sessions/abc', prefer)).toEqual([404, 'session.notfound', 'status=http']);
    expect(await ask(`${torrents}/${nowhere}`)).toEqual([200, 'torrent.notfound', null]);
    expect(await ask(`${torrents}/${nowhere}/files`, prefer)).toEqual([404, 'torrent.notfound', 'status=http']);
    expect(await ask('/v1/nothing')).toEqual([404, 'route.notfound', null]);
    const wrong = await at.ask('/v1/sessions', { method: 'PUT' });
    expect([wrong.status, wrong.body.status, wrong.headers.get('allow')]).toEqual([
      405,
      'fail',
      'GET, HEAD, POST, OPTIONS',
    ]);
  });

  it.each<[string, Record<string, string>, string, number, string]>([
    ['no JSON', { 'content-type': 'application/json' }, '{', 400, 'param.invalid'],
    ['no object', { 'content-type': 'application/json' }, '[1]', 400, 'param.invalid'],
    ['no kind that is known', { 'content-type': 'text/plain' }, 'a', 415, 'body.notsupported'],
    ['no form', { 'content-type': 'multipart/form-data; boundary=x' }, 'a', 400, 'param.invalid'],
  ])('refuse a body that is %s', async (_, headers, body, status, code) => {
    const answer = await at.ask('/v1/sessions', { headers, bytes: Buffer.from(body) });
    expect([answer.status, answer.body.error.code]).toEqual([status, code]);
  });

  it('refuse a body without an end', async () => {
    const head = `Host: 127.0.0.1:${at.port}\r\nContent-Type: application/json\r\nContent-Length: 99999999\r\n`;
    const answer = await askRaw(at.port, `POST /v1/sessions HTTP/1.1\r\n${head}\r\n`);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"status":"fail"');
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['nothing', {}, 'upload.target.selectone'],
    ['two things', { magnet: 'magnet:?', url: 'http://a' }, 'upload.target.selectone'],
    ['no save_path', { magnet: `magnet:?xt=urn:btih:${nowhere}` }, 'param.missing'],
    ['no magnet link', { magnet: 'a', save_path: '.' }, 'param.invalid'],
    ['a version 2 torrent', { magnet: `magnet:?xt=urn:btmh:1220${nowhere}`, save_path: '.' }, 'upload.notsupported'],
    ['no torrent', { file: Buffer.from('garbage').toString('base64'), save_path: '.' }, 'param.invalid'],
    ['no base64', { file: 'a b!', save_path: '.' }, 'param.invalid'],
    [
      'another storage',
      { magnet: `magnet:?xt=urn:btih:${nowhere}`, save_path: '.', storage_mode: 'x' },
      'param.invalid',
    ],
    ['a file of the disk', { url: 'file:///etc/passwd', save_path: '.' }, 'param.invalid'],
    [
      'what is to stay, of a session that does not',
      { file: Buffer.from(one.metainfo).toString('base64'), save_path: '.', memory_only: 0 },
      'param.invalid',
    ],
    [
      'a file that it has not',
      { file: Buffer.from(one.metainfo).toString('base64'), save_path: '.', files: [1] },
      'param.invalid',
    ],
  ])('take no torrent of %s', async (_, params, code) => {
    const torrents = await at.session();
    const { body } = await at.ask(torrents, { json: params });
    expect(body).toMatchObject({ status: 'fail', error: { code } });
    expect((await at.ask(torrents)).body.torrents).toEqual([]);
    await at.ask(torrents.replace('/torrents', ''), { method: 'DELETE' });
  });
});
