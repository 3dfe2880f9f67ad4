/** The body of a request as it comes: so many bytes, and so much silence. */

import type { Readable } from 'node:stream';
import { LsdError } from '../../shared/errors.ts';

export interface BodyCaps {
  mostBytes: number;
  /** without a byte */
  silenceMs: number;
}

/** Throws `quota` at the cap, `timeout` at the silence, `aborted` where the client goes. Who leaves it early leaves the connection open for an answer. */
export async function* readBody(stream: Readable, { mostBytes, silenceMs }: BodyCaps): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  const silence = setTimeout(() => {
    stream.destroy(new LsdError('timeout', 'Nothing more came of the body of this request. Send it again.'));
  }, silenceMs);
  try {
    for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
      silence.refresh();
      if (!(chunk instanceof Uint8Array)) throw new Error('a body is made of bytes');
      bytes += chunk.length;
      if (bytes > mostBytes) throw new LsdError('quota', `The body of this request has more than ${mostBytes} bytes.`);
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
