/**
 * Uploads blobs to a reflector, a server that keeps them for others: JSON objects without any frame in both directions, ours first,
 * and the bytes of a blob after each that is wanted. What it answers is hostile: only blobs that were offered are sent.
 */

import { connect, type Socket } from 'node:net';
import * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';
import type { BlobHash, BlobShelf } from '../blob.ts';
import type { PeerAddress } from './client.ts';
import { readJsonFrame } from './json-frame.ts';
import { type Exit, sendPaced } from './paced.ts';

const VERSION = 1;
const CONNECT_MS = 10_000;
/** as long as lbry-sdk waits: the server writes what it got to its disk before it answers */
const REPLY_MS = 180_000;
/** The hashes of all blobs of the largest stream take a million. */
const MOST_REPLY_BYTES = 4 * 1024 * 1024;

const helloSchema = v.object({ version: v.number() });
const sdReplySchema = v.object({ send_sd_blob: v.boolean(), needed_blobs: v.optional(v.array(v.string()), []) });
const sdReceivedSchema = v.object({ received_sd_blob: v.boolean() });
const blobReplySchema = v.object({ send_blob: v.boolean() });
const receivedSchema = v.object({ received_blob: v.boolean() });

export interface ReflectorOptions {
  server: PeerAddress;
  /** that the socket is bound to; undefined: the system's choice */
  localAddress?: string | undefined;
  blobs: BlobShelf;
  exit: Exit;
  /** So many of all blobs that are to be offered are there, or were. */
  onProgress?(done: number, all: number): void;
}

export interface OfferedBlob {
  hash: BlobHash;
  /** bytes */
  length: number;
}

/**
 * The descriptor, then of its blobs those that the server has not. Resolves to what it took; throws `site-unreachable`, `site-error`
 * for what it refuses, `invalid` for what is no answer, and the signal's reason.
 */
export async function reflectStream(
  options: ReflectorOptions,
  { sd, blobs }: { sd: OfferedBlob; blobs: readonly OfferedBlob[] },
  signal: AbortSignal,
): Promise<BlobHash[]> {
  using talk = await openTalk(options, signal);
  const { send_sd_blob, needed_blobs } = await talk.ask(sdReplySchema, {
    sd_blob_hash: sd.hash,
    sd_blob_size: sd.length,
  });
  if (!send_sd_blob) return await talk.offer(blobs.filter(({ hash }) => needed_blobs.includes(hash)));
  if (!(await talk.send(sd.hash, sdReceivedSchema)).received_sd_blob) throw refused();
  // One that says nothing of the blobs asks for each as it is offered.
  const needed = new Set(needed_blobs);
  const rest = await talk.offer(needed.size === 0 ? blobs : blobs.filter(({ hash }) => needed.has(hash)));
  return [sd.hash, ...rest];
}

/** The same of single blobs. */
export async function reflectBlobs(
  options: ReflectorOptions,
  blobs: readonly OfferedBlob[],
  signal: AbortSignal,
): Promise<BlobHash[]> {
  using talk = await openTalk(options, signal);
  // Before the connection ends.
  return await talk.offer(blobs);
}

async function openTalk({ server, localAddress, blobs, exit, onProgress }: ReflectorOptions, outer: AbortSignal) {
  const { socket, signal } = await dial(server, localAddress, outer);
  const replies = readReplies(socket, signal);
  const address = server.address;

  async function ask<S extends v.GenericSchema>(schema: S, said: object): Promise<v.InferOutput<S>> {
    socket.write(JSON.stringify(said));
    return parsed(schema, await replies.next());
  }

  async function send<S extends v.GenericSchema>(hash: BlobHash, schema: S): Promise<v.InferOutput<S>> {
    const leave = await exit.enter(signal);
    try {
      const bytes = await blobs.get(hash, signal);
      if (!bytes) throw new LsdError('not-found', `Blob ${hash} is no longer here.`);
      await sendPaced({ socket, address, exit }, bytes, () => {}, signal);
      exit.gave(hash, bytes.length);
    } finally {
      leave();
    }
    return parsed(schema, await replies.next());
  }

  async function offer(all: readonly OfferedBlob[]): Promise<BlobHash[]> {
    const taken: BlobHash[] = [];
    for (const [index, { hash, length }] of all.entries()) {
      onProgress?.(index, all.length);
      const { send_blob } = await ask(blobReplySchema, { blob_hash: hash, blob_size: length });
      if (!send_blob) continue;
      if (!(await send(hash, receivedSchema)).received_blob) throw refused();
      taken.push(hash);
    }
    return taken;
  }

  const { version } = await ask(helloSchema, { version: VERSION }).catch(thrown => {
    socket.destroy();
    throw thrown;
  });
  if (version !== VERSION) {
    socket.destroy();
    throw new LsdError('site-error', `The reflector speaks version ${version}, which is not known here.`);
  }
  return { ask, send, offer, [Symbol.dispose]: () => void socket.destroy() };
}

/** The signal aborts, too, when the connection goes. */
async function dial({ address, tcpPort }: PeerAddress, localAddress: string | undefined, outer: AbortSignal) {
  outer.throwIfAborted();
  const socket = connect({ host: address, port: tcpPort, localAddress, noDelay: true });
  const gone = new AbortController();
  const signal = AbortSignal.any([outer, gone.signal]);
  const lose = (cause?: Error) => gone.abort(unreachable(cause));
  socket.on('error', lose);
  socket.once('close', () => lose());
  outer.addEventListener('abort', () => socket.destroy(), { once: true, signal: gone.signal });
  const opened = new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
  const late = setTimeout(() => socket.destroy(), CONNECT_MS);
  await opened.finally(() => clearTimeout(late));
  return { socket, signal };
}

/** One after the other, as they were asked for. */
function readReplies(socket: Socket, signal: AbortSignal) {
  let buffered: Buffer = Buffer.alloc(0);
  let heard = Promise.withResolvers<void>();
  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    if (buffered.length > MOST_REPLY_BYTES) socket.destroy();
    heard.resolve();
  });

  async function next(): Promise<object> {
    const late = setTimeout(() => socket.destroy(), REPLY_MS);
    try {
      for (;;) {
        heard = Promise.withResolvers();
        const frame = readJsonFrame(buffered);
        if (frame) {
          buffered = buffered.subarray(frame.end);
          return frame.value;
        }
        await untilHeard(heard.promise, signal);
      }
    } finally {
      clearTimeout(late);
    }
  }
  return { next };
}

async function untilHeard(heard: Promise<void>, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  await Promise.race([heard, promise]).finally(() => signal.removeEventListener('abort', abort));
}

function parsed<S extends v.GenericSchema>(schema: S, value: object): v.InferOutput<S> {
  if ('error' in value) throw new LsdError('site-error', `The reflector refused: ${String(value.error).slice(0, 200)}`);
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  throw new LsdError('invalid', 'The reflector answered with something else than was asked for.');
}

function refused(): LsdError {
  return new LsdError('site-error', 'The reflector did not take a blob that it had asked for.');
}

function unreachable(cause: Error | undefined): LsdError {
  return new LsdError('site-unreachable', 'The reflector cannot be reached, or closed the connection.', { cause });
}
