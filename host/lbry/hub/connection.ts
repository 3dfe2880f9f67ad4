/** A connection to a hub: JSON-RPC 2.0, one message a line, over TCP. What comes is hostile: its length and its time have an end. */

import { connect } from 'node:net';
import * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';

export interface HubAddress {
  /** in numbers: it was checked */
  address: string;
  port: number;
  /** that the socket is bound to; undefined: the system's choice */
  localAddress?: string | undefined;
}

export interface HubConnection extends Disposable {
  /** Throws `site-error` for what it refuses, `site-unreachable` where it goes, `invalid` for what is no answer, and the signal's reason. */
  call(method: string, params: unknown): Promise<unknown>;
}

/** A hundred transactions of claims, in hex, have some 3 MB; a hub may send a block's worth of one. */
const MOST_BYTES = 16 * 1024 * 1024;
const CONNECT_MS = 5_000;
const NEWLINE = 0x0a;

const messageSchema = v.object({
  id: v.optional(v.unknown()),
  result: v.optional(v.unknown()),
  error: v.optional(v.nullable(v.unknown())),
});

/** `signal` ends it whenever it is aborted. */
export async function connectHub(hub: HubAddress, signal: AbortSignal): Promise<HubConnection> {
  const { address: host, port, localAddress } = hub;
  const socket = connect({ host, port, localAddress, noDelay: true });
  let lines = createLines();
  let last = 0;
  let waiting: { id: number; resolve(result: unknown): void; reject(reason: unknown): void } | undefined;
  let broken: unknown;
  const { promise: opened, resolve: open, reject: refuse } = Promise.withResolvers<void>();
  opened.catch(() => {});

  function end(reason: unknown): void {
    broken ??= reason;
    socket.destroy();
    lines = createLines();
    refuse(broken);
    waiting?.reject(broken);
    waiting = undefined;
  }

  function take(line: string): void {
    const message = parsed(line);
    if (!message) end(wrong());
    // What nobody asked for is news of the chain.
    if (!message || message.id !== waiting?.id || !waiting) return;
    const { resolve, reject } = waiting;
    waiting = undefined;
    if (message.error === undefined || message.error === null) resolve(message.result ?? null);
    else reject(new LsdError('site-error', `The hub refused: ${JSON.stringify(message.error).slice(0, 200)}`));
  }

  const late = AbortSignal.timeout(CONNECT_MS);
  const onAbort = () => end(signal.reason);
  const onLate = () => {
    if (socket.connecting) end(gone());
  };
  signal.addEventListener('abort', onAbort, { once: true });
  late.addEventListener('abort', onLate, { once: true });
  socket.once('connect', () => open());
  socket.on('error', cause => end(gone(cause)));
  socket.once('close', () => end(gone()));
  socket.on('data', (chunk: Buffer) => {
    const taken = lines.add(chunk);
    if (!taken) end(wrong());
    else for (const line of taken) take(line);
  });
  if (signal.aborted) onAbort();
  await opened;

  return {
    call(method, params) {
      if (broken !== undefined) return Promise.reject(broken);
      if (waiting) throw new Error('a hub is asked one thing after the other');
      const id = last++;
      const { promise, resolve, reject } = Promise.withResolvers<unknown>();
      waiting = { id, resolve, reject };
      socket.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`);
      return promise;
    },
    [Symbol.dispose]() {
      signal.removeEventListener('abort', onAbort);
      end(gone());
    },
  };
}

/** Lines as they are whole; undefined where one is too long, or all of them. */
function createLines(): { add(chunk: Uint8Array): string[] | undefined } {
  let parts: Uint8Array[] = [];
  let total = 0;
  return {
    add(chunk) {
      total += chunk.length;
      if (total > MOST_BYTES) return undefined;
      const lines: string[] = [];
      let start = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, start)) {
        lines.push(Buffer.concat([...parts, chunk.subarray(start, at)]).toString('utf8'));
        parts = [];
        start = at + 1;
      }
      if (start < chunk.length) parts.push(chunk.subarray(start));
      return lines;
    },
  };
}

function parsed(line: string): v.InferOutput<typeof messageSchema> | undefined {
  try {
    const result = v.safeParse(messageSchema, JSON.parse(line));
    return result.success ? result.output : undefined;
  } catch {
    return undefined;
  }
}

function wrong(): LsdError {
  return new LsdError('invalid', 'The hub sent something that is no answer.');
}

function gone(cause?: unknown): LsdError {
  return new LsdError('site-unreachable', 'The hub cannot be reached, or closed the connection.', { cause });
}
