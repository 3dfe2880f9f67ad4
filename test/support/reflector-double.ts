/** A reflector that speaks the real wire format: JSON objects without any frame, and bytes of blobs between them. */

import { hash } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createServer, type Socket } from 'node:net';
import { readJsonFrame } from '../../host/lbry/exchange/json-frame.ts';

export interface ReflectorDouble extends AsyncDisposable {
  /** HOST:PORT */
  readonly address: string;
  /** what it keeps, by hash; only what has that hash */
  readonly kept: Map<string, Buffer>;
  /** what was said to it, in its order */
  readonly heard: Record<string, unknown>[];
  /** instead of what it would answer; undefined: that */
  instead(said: Record<string, unknown>): string | undefined;
  /** of a descriptor that it has: what it says that it lacks */
  lacks: string[];
}

export async function openReflector(): Promise<ReflectorDouble> {
  const sockets = new Set<Socket>();
  const server = createServer(socket => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => sockets.delete(socket));
    converse(socket, double);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const double: ReflectorDouble = {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    kept: new Map(),
    heard: [],
    instead: () => undefined,
    lacks: [],
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
  return double;
}

function converse(socket: Socket, double: ReflectorDouble): void {
  let buffered = Buffer.alloc(0);
  /** the blob that comes next, and what is said when it is here */
  let coming: { name: string; length: number; word: string } | undefined;

  function say(text: string): void {
    // In two segments, as networks cut them.
    socket.write(text.slice(0, 5));
    setImmediate(() => socket.write(text.slice(5)));
  }

  function answerTo(said: Record<string, unknown>): string {
    double.heard.push(said);
    const instead = double.instead(said);
    if (instead !== undefined) return instead;
    if ('version' in said) return '{"version":1}';
    const isSd = 'sd_blob_hash' in said;
    const name = String(isSd ? said.sd_blob_hash : said.blob_hash);
    const isWanted = !double.kept.has(name);
    const length = Number(isSd ? said.sd_blob_size : said.blob_size);
    if (isWanted) coming = { name, length, word: isSd ? 'received_sd_blob' : 'received_blob' };
    return JSON.stringify(isSd ? { send_sd_blob: isWanted, needed_blobs: double.lacks } : { send_blob: isWanted });
  }

  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    if (coming && buffered.length < coming.length) return;
    if (coming) {
      const { name, word, length } = coming;
      const bytes = buffered.subarray(0, length);
      buffered = buffered.subarray(length);
      coming = undefined;
      const isIt = hash('sha384', bytes, 'hex') === name;
      if (isIt) double.kept.set(name, bytes);
      say(JSON.stringify({ [word]: isIt }));
    }
    const frame = readJsonFrame(buffered);
    if (!frame) return;
    buffered = buffered.subarray(frame.end);
    say(answerTo(frame.value as Record<string, unknown>));
  });
}
