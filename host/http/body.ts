/** The body of a request as it comes: so many bytes, and so much silence. */

import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { LsdError } from '../../shared/errors.ts';

/** Bodies of every type reach the handlers unread: they ask for them with `bodyOf`. */
export function leaveBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
}

export interface BodyCaps {
  mostBytes: number;
  /** without a byte */
  silenceMs: number;
}

/**
 * Nothing where there is none. Throws `quota` at the cap, before a byte is read where the request says how many there are;
 * `timeout` at the silence, `aborted` where the client goes. Who leaves it early leaves the connection open for an answer.
 */
export async function* bodyOf({ body, headers }: FastifyRequest, caps: BodyCaps): AsyncGenerator<Uint8Array> {
  if (!isStream(body)) return;
  if (Number(headers['content-length'] ?? 0) > caps.mostBytes) throw tooLong(caps.mostBytes);
  yield* read(body, caps);
}

/** What was not read of a body that is refused is thrown away, or the client would never hear the answer. */
export function discardBody({ body }: FastifyRequest): void {
  if (isStream(body)) body.resume();
}

function isStream(body: unknown): body is Readable {
  return typeof body === 'object' && body !== null && 'iterator' in body;
}

function tooLong(mostBytes: number): LsdError {
  return new LsdError('quota', `The body of this request has more than ${mostBytes} bytes.`);
}

async function* read(stream: Readable, { mostBytes, silenceMs }: BodyCaps): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const silence = setTimeout(() => {
    stream.destroy(new LsdError('timeout', 'Nothing more came of the body of this request. Send it again.'));
  }, silenceMs);
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      silence.refresh();
      if (!(chunk instanceof Uint8Array)) throw new Error('a body is made of bytes');
      bytes += chunk.length;
      if (bytes > mostBytes) throw tooLong(mostBytes);
      yield chunk;
    }
  } catch (thrown) {
    if (thrown instanceof LsdError) throw thrown;
    throw new LsdError('aborted', 'The client has gone before its request was whole.', { cause: thrown });
  } finally {
    clearTimeout(silence);
  }
}

export async function wholeBody(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}
