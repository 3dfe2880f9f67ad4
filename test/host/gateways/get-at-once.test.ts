/** What is at hand goes out at once, and is the same answer as one that was waited for. */

import { randomBytes } from 'node:crypto';
import { Agent } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { ByteRange } from '../../../host/core/content.ts';
import { ask } from '../http/client.ts';
import { type ContentDouble, contentOf, idOf, SITE, stand } from './get-stand.ts';

const ID = idOf('a');
const BYTES = randomBytes(1000);

function atHand(double: Partial<ContentDouble> = {}) {
  const counts = { now: 0, read: 0 };
  const { content } = contentOf({
    bytes: BYTES,
    readNow({ start, end }: ByteRange) {
      counts.now++;
      return BYTES.subarray(start, end);
    },
    async *read({ start, end }) {
      counts.read++;
      yield BYTES.subarray(start, end);
    },
    ...double,
  });
  return { contents: new Map([[ID, content]]), reads: { [SITE]: [ID] }, counts };
}

const get = (port: number, range: string, more = {}) =>
  ask(port, `/get/${ID}`, { headers: { origin: SITE, range, ...more } });

describe('a range that is at hand', () => {
  it('is answered as the first one was, which had to be waited for', async () => {
    const file = atHand();
    await using server = await stand(file);
    const [first, second] = [await get(server.port, 'bytes=1-9'), await get(server.port, 'bytes=1-9')];
    expect(file.counts).toEqual({ now: 1, read: 1 });
    expect(second).toEqual({ ...first, headers: { ...first.headers, date: second.headers.date } });
    expect(second).toMatchObject({ status: 206, body: BYTES.subarray(1, 10) });
  });

  it.each([
    ['another origin', { origin: 'https://stranger.example' }, 404],
    ['a tag that holds', { 'if-none-match': `"${ID}"` }, 304],
    ['a condition that does not', { 'if-range': '"other"' }, 200],
    ['several ranges', { range: 'bytes=1-2,5-6' }, 206],
    ['none within the file', { range: 'bytes=1000-' }, 416],
  ])('is not asked for with %s', async (_case, headers, status) => {
    const file = atHand();
    await using server = await stand(file);
    await get(server.port, 'bytes=1-9');
    expect((await get(server.port, 'bytes=1-9', headers)).status).toBe(status);
    expect(file.counts.now).toBe(0);
  });

  it('is read where nothing is at hand after all', async () => {
    const file = atHand({ readNow: () => undefined });
    await using server = await stand(file);
    await get(server.port, 'bytes=0-0');
    expect((await get(server.port, 'bytes=1-9')).body).toEqual(BYTES.subarray(1, 10));
    expect(file.counts.read).toBe(2);
  });

  it('is no answer any more once its grant has gone', async () => {
    await using server = await stand(atHand());
    await get(server.port, 'bytes=1-9');
    server.granted.splice(0);
    expect((await get(server.port, 'bytes=1-9')).status).toBe(404);
  });

  it('is answered on one connection again and again, until its grant has gone', async () => {
    const file = atHand();
    await using server = await stand(file);
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const path = `/get/${ID}${server.token(SITE, ID)}`;
    const again = (range: string) => ask(server.port, path, { headers: { range }, agent });
    const answers = [await again('bytes=1-9'), await again('bytes=1-9'), await again('bytes=1-9')];
    expect(file.counts).toEqual({ now: 2, read: 1 });
    expect(answers.map(({ headers, ...rest }) => ({ ...rest, headers: { ...headers, date: '' } }))).toEqual(
      Array(3).fill({ ...answers[0], headers: { ...answers[0]?.headers, date: '' } }),
    );
    expect((await again('bytes=990-2000')).body).toEqual(BYTES.subarray(990));
    expect((await again('bytes=2000-3000')).status).toBe(416);
    server.granted.splice(0);
    expect((await again('bytes=1-9')).status).toBe(404);
    agent.destroy();
  });

  it('is not kept for a client who does not take it', async () => {
    const size = 64 * 1_048_576;
    const bytes = { length: size } as Uint8Array;
    const file = atHand({ bytes, readNow: ({ start, end }) => Buffer.alloc(end - start) });
    await using server = await stand({ ...file, patience: { firstByteMs: 60_000, silenceMs: 50 } });
    await get(server.port, 'bytes=0-0');
    const closed = Promise.withResolvers<void>();
    server.server.app.server.once('connection', (socket: Socket) => socket.once('close', () => closed.resolve()));
    const client = connect({ host: '127.0.0.1', port: server.port }).on('error', () => {});
    const head = `GET /get/${ID} HTTP/1.1\r\nHost: 127.0.0.1:${server.port}\r\nOrigin: ${SITE}\r\n`;
    client.write(`${head}Range: bytes=0-${size - 1}\r\n\r\n`);
    await closed.promise;
    client.destroy();
  });
});
