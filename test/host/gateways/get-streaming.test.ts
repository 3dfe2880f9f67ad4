/** `/get` while bytes arrive late, clients leave or do not read, and a thousand read at once. */

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import type { Content } from '../../../host/core/content.ts';
import { LsdError } from '../../../shared/errors.ts';
import { ask, askRaw } from '../http/client.ts';
import { contentOf, contentOfFile, idOf, SITE, stand } from './get-stand.ts';

const ID = idOf('a');
const BYTES = randomBytes(1000);
const headers = { origin: SITE };

function reading(read: Content['read'], double: { bytes?: Uint8Array; extension?: string } = {}) {
  const { content, counts } = contentOf({ bytes: BYTES, verified: false, ...double, read });
  return { contents: new Map([[ID, content]]), reads: { [SITE]: [ID] }, counts };
}

async function never(signal: AbortSignal): Promise<never> {
  await once(signal, 'abort');
  throw signal.reason;
}

function begin(port: number): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: `/get/${ID}`, headers, agent: false }, resolve)
      .on('error', reject)
      .end();
  });
}

describe('while it downloads', () => {
  it('waits for the first byte before it says anything, then sends each piece as it comes', async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let asked = () => {};
    const reached = new Promise<void>(resolve => {
      asked = resolve;
    });
    await using get = await stand(
      reading(async function* () {
        asked();
        await gates[0]!.promise;
        yield BYTES.subarray(0, 400);
        await gates[1]!.promise;
        yield BYTES.subarray(400);
      }),
    );
    let answered = false;
    const answer = begin(get.port).then(res => {
      answered = true;
      return res;
    });
    await reached;
    await ask(get.port, '/elsewhere');
    expect(answered).toBe(false);
    gates[0]!.resolve();
    const res = await answer;
    expect(res.statusCode).toBe(200);
    const [first] = await once(res, 'data');
    expect(first).toEqual(BYTES.subarray(0, 400));
    gates[1]!.resolve();
    expect(await buffer(res)).toEqual(BYTES.subarray(400));
  });

  it('gives each reader its own range, and moves with a seek', async () => {
    const ranges: object[] = [];
    await using get = await stand(
      reading(async function* (range) {
        ranges.push(range);
        yield BYTES.subarray(range.start, range.end);
      }),
    );
    for (const start of [0, 900, 10]) {
      const answer = await ask(get.port, `/get/${ID}`, { headers: { ...headers, range: `bytes=${start}-` } });
      expect(answer.body).toEqual(BYTES.subarray(start));
    }
    expect(ranges).toEqual([0, 900, 10].map(start => ({ start, end: 1000 })));
  });

  it.each([
    ['a read that gives nothing', {}],
    ['a type that is told by its first bytes', { extension: 'ts' }],
  ])('says 503 with Retry-After when no byte came in time: %s', async (_case, double) => {
    let aborted = 0;
    const file = reading(async function* (_range, signal) {
      await never(signal).finally(() => aborted++);
      yield BYTES;
    }, double);
    await using get = await stand({ ...file, patience: { firstByteMs: 30, silenceMs: 60_000 } });
    const answer = await ask(get.port, `/get/${ID}`, { headers });
    expect(answer).toMatchObject({ status: 503, headers: { 'cache-control': 'no-store' } });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    await get.server.close();
    expect(aborted).toBe(1);
    expect(file.counts).toEqual({ opened: 1, disposed: 1 });
    expect(get.log.faults).toEqual([]);
  });

  it('says 503 also where opening takes too long, and closes what opens late', async () => {
    const late = Promise.withResolvers<Content>();
    const { content, counts } = contentOf({ bytes: BYTES });
    await using get = await stand({
      contents: new Map([[ID, () => late.promise]]),
      reads: { [SITE]: [ID] },
      patience: { firstByteMs: 30, silenceMs: 60_000 },
    });
    expect((await ask(get.port, `/get/${ID}`, { headers })).status).toBe(503);
    late.resolve(content());
    await get.server.close();
    expect(counts).toEqual({ opened: 1, disposed: 1 });
  });

  it('closes the connection after too long a silence', async () => {
    const file = reading(async function* (_range, signal) {
      yield BYTES.subarray(0, 10);
      await never(signal);
    });
    await using get = await stand({ ...file, patience: { firstByteMs: 60_000, silenceMs: 30 } });
    const res = await begin(get.port);
    await expect(buffer(res)).rejects.toMatchObject({ code: 'ECONNRESET' });
    await get.server.close();
    expect(file.counts).toEqual({ opened: 1, disposed: 1 });
    expect(get.log.faults).toEqual([]);
  });
});

describe('a content that fails', () => {
  it('because its file was moved is opened anew, once', async () => {
    let moved = false;
    const { content } = contentOf({
      bytes: BYTES,
      async *read(range) {
        if (moved) {
          moved = false;
          throw new LsdError('not-found', 'The file changed.');
        }
        yield BYTES.subarray(range.start, range.end);
      },
    });
    await using get = await stand({ contents: new Map([[ID, content]]), reads: { [SITE]: [ID] } });
    expect((await ask(get.port, `/get/${ID}`, { headers })).status).toBe(200);
    moved = true;
    expect((await ask(get.port, `/get/${ID}`, { headers })).body).toEqual(BYTES);
    expect(get.opened).toHaveLength(2);
  });

  it.each([
    ['vanishes before its first byte', 0, 404],
    ['vanishes after it', 10, 'ECONNRESET'],
  ])('%s', async (_case, good, outcome) => {
    const file = reading(async function* () {
      if (good > 0) yield BYTES.subarray(0, good);
      throw new LsdError('not-found', 'The file changed.');
    });
    await using get = await stand(file);
    const answer = await ask(get.port, `/get/${ID}`, { headers }).catch((thrown: NodeJS.ErrnoException) => thrown);
    expect('status' in answer ? answer.status : answer.code).toBe(outcome);
    await get.server.close();
    expect(file.counts.disposed).toBe(file.counts.opened);
  });

  it.each([
    ['ends early', BYTES.subarray(0, 999)],
    ['gives too much', Buffer.concat([BYTES, BYTES])],
  ])('breaks the connection rather than send another length than promised, when it %s', async (_case, bytes) => {
    await using get = await stand(
      reading(async function* () {
        yield bytes.subarray(0, 500);
        yield bytes.subarray(500);
      }),
    );
    await expect(ask(get.port, `/get/${ID}`, { headers })).rejects.toMatchObject({ code: 'ECONNRESET' });
  });
});

describe('a client that goes away', () => {
  it.each([
    ['before the first byte', 0],
    ['in the middle', 10],
  ])('frees its position: %s', async (_case, sent) => {
    const reached = Promise.withResolvers<void>();
    const freed = Promise.withResolvers<void>();
    const file = reading(async function* (_range, signal) {
      if (sent > 0) yield BYTES.subarray(0, sent);
      reached.resolve();
      await never(signal).finally(freed.resolve);
    });
    await using get = await stand(file);
    const socket = connect(get.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET /get/${ID} HTTP/1.1\r\nHost: 127.0.0.1:${get.port}\r\nOrigin: ${SITE}\r\n\r\n`);
    await reached.promise;
    socket.destroy();
    await freed.promise;
    await get.server.close();
    expect(file.counts).toEqual({ opened: 1, disposed: 1 });
    expect(get.log.faults).toEqual([]);
  });

  it('is let go even by a content that does not heed its signal', async () => {
    const reached = Promise.withResolvers<void>();
    const file = reading(async function* () {
      reached.resolve();
      await new Promise(() => {});
      yield BYTES;
    });
    await using get = await stand(file);
    const socket = connect(get.port, '127.0.0.1');
    socket.write(`GET /get/${ID} HTTP/1.1\r\nHost: 127.0.0.1:${get.port}\r\nOrigin: ${SITE}\r\n\r\n`);
    await reached.promise;
    socket.destroy();
    await get.server.close();
    expect(file.counts).toEqual({ opened: 1, disposed: 1 });
  });
});

describe('a client that does not read', () => {
  it('is given what the sockets hold and one chunk more, then nothing until it reads on', async () => {
    const chunk = Buffer.alloc(1_048_576, 7);
    const chunks = 256;
    let given = 0;
    const file = reading(
      async function* () {
        for (; given < chunks; given++) yield chunk;
      },
      { bytes: { length: chunks * chunk.length } as Uint8Array },
    );
    await using get = await stand(file);
    const res = await begin(get.port);
    res.pause();
    let before = -1;
    // The kernel's buffers take some; then it stands still.
    while (before !== given) {
      before = given;
      for (let i = 0; i < 20; i++) await ask(get.port, '/elsewhere');
    }
    expect(given).toBeLessThan(64);
    let received = 0;
    for await (const data of res) received += data.length;
    expect(received).toBe(chunks * chunk.length);
  });

  it('is closed after too long', async () => {
    const freed = Promise.withResolvers<void>();
    const file = reading(
      async function* () {
        try {
          for (;;) yield Buffer.alloc(1_048_576);
        } finally {
          freed.resolve();
        }
      },
      { bytes: { length: 2 ** 40 } as Uint8Array },
    );
    await using get = await stand({ ...file, patience: { firstByteMs: 60_000, silenceMs: 50 } });
    const res = await begin(get.port);
    res.pause();
    res.on('error', () => {});
    await freed.promise;
  });
});

describe('many readers', () => {
  it('answers a thousand at once, each with its own bytes of a real file', async () => {
    const size = 100 * 1_048_576;
    const folder = await mkdtemp(join(tmpdir(), 'lsd-get-'));
    const agent = new Agent({ keepAlive: true, maxSockets: 1000 });
    try {
      const path = join(folder, 'file.mp4');
      await using handle = await open(path, 'w+');
      const block = randomBytes(1_048_576);
      for (let i = 0; i < 100; i++) {
        block.writeUInt32BE(i);
        await handle.write(block);
      }
      await using get = await stand({
        contents: new Map([[ID, () => contentOfFile(path, size)]]),
        reads: { [SITE]: [ID] },
      });
      const digest = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest('hex');
      await Promise.all(
        Array.from({ length: 1000 }, async (_, reader) => {
          const start = (reader * 104_729) % (size - 65_536);
          const bytes = await ranged(get.port, agent, start, start + 65_536);
          const expected = await handle.read(Buffer.alloc(65_536), 0, 65_536, start);
          expect(digest(bytes)).toBe(digest(expected.buffer));
        }),
      );
      expect(get.log.faults).toEqual([]);
    } finally {
      agent.destroy();
      await rm(folder, { recursive: true });
    }
  });

  it('answers pipelined requests in their order', async () => {
    await using get = await stand(
      reading(async function* (range) {
        yield BYTES.subarray(range.start, range.end);
      }),
    );
    const one = (start: number, more: string) =>
      `GET /get/${ID} HTTP/1.1\r\nHost: 127.0.0.1:${get.port}\r\nOrigin: ${SITE}\r\nRange: bytes=${start}-${start}\r\n${more}\r\n`;
    const reply = await askRaw(get.port, one(5, '') + one(7, '') + one(9, 'Connection: close\r\n'));
    expect([...reply.matchAll(/Content-Range: (.*)\r\n/g)].map(match => match[1])).toEqual([
      'bytes 5-5/1000',
      'bytes 7-7/1000',
      'bytes 9-9/1000',
    ]);
  });
});

function ranged(port: number, agent: Agent, start: number, end: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const range = `bytes=${start}-${end - 1}`;
    request({ host: '127.0.0.1', port, path: `/get/${ID}`, headers: { ...headers, range }, agent }, res => {
      buffer(res).then(resolve, reject);
    })
      .on('error', reject)
      .end();
  });
}
