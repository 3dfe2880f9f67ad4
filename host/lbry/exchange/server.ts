/** Gives blobs to whoever asks: the protocol as lbry-sdk's server speaks it, its limits and silences among them. */

import { createServer, type Socket } from 'node:net';
import { LsdError } from '../../../shared/errors.ts';
import { listen } from '../../platform/listen.ts';
import type { BlobShelf } from '../blob.ts';
import { readJsonFrame } from './json-frame.ts';
import { type BlobReply, type BlobRequest, readRequest, writeReply } from './messages.ts';
import { type Exit, OPEN_EXIT, sendPaced } from './paced.ts';

/** A request of so many bytes and no end is none. */
const MAX_REQUEST_BYTES = 1_200;
/** Ms without the start of a blob's transfer. */
const IDLE_MS = 30_000;
/** Ms in which a blob must be through. */
const TRANSFER_MS = 60_000;
const MAX_CONNECTIONS = 200;
/** Of one address: lbry-sdk opens four for a download, and households share one. */
const MAX_OF_ADDRESS = 24;

export interface BlobServerOptions {
  address: string;
  /** 0 is any */
  port: number;
  blobs: BlobShelf;
  /** what is told to those who want to pay; '' */
  paymentAddress: string;
  mayServe(address: string): boolean;
  exit?: Exit;
  /** A connection could not be taken. */
  onTrouble?(error: Error): void;
}

export interface BlobServer extends AsyncDisposable {
  readonly port: number;
  readonly connections: number;
  /** Hangs up on those that may not be served any more. */
  review(): void;
}

export async function listenBlobs(options: BlobServerOptions): Promise<BlobServer> {
  const closing = new AbortController();
  const open = new Map<Socket, string>();
  const countOf = (address: string) => [...open.values()].filter(each => each === address).length;
  const server = createServer({ noDelay: true }, socket => {
    const address = bare(socket.remoteAddress);
    if (!options.mayServe(address) || countOf(address) >= MAX_OF_ADDRESS) return void socket.destroy();
    open.set(socket, address);
    socket.on('close', () => open.delete(socket));
    serve(socket, address, options, closing.signal);
  });
  server.maxConnections = MAX_CONNECTIONS;
  await listen(server, { port: options.port, host: options.address }, error => options.onTrouble?.(error));
  const bound = server.address();
  return {
    port: typeof bound === 'object' && bound ? bound.port : 0,
    get connections() {
      return open.size;
    },
    review() {
      for (const [socket, address] of open) if (!options.mayServe(address)) socket.destroy();
    },
    async [Symbol.asyncDispose]() {
      closing.abort();
      for (const socket of open.keys()) socket.destroy();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function serve(socket: Socket, address: string, options: BlobServerOptions, closed: AbortSignal): void {
  const { exit = OPEN_EXIT } = options;
  let buffered: Buffer = Buffer.alloc(0);
  let isBusy = false;
  const deadline = createDeadline(() => socket.destroy());
  deadline.set(IDLE_MS);
  const gone = new AbortController();
  const signal = AbortSignal.any([closed, gone.signal]);
  socket.on('error', () => {});
  socket.on('close', () => {
    deadline.clear();
    gone.abort();
  });

  socket.on('data', (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    // A second request before the first is answered closes the connection, as there.
    if (isBusy || buffered.length >= MAX_REQUEST_BYTES) return void socket.destroy();
    const request = nextRequest();
    if (request === 'refused') return void socket.destroy();
    if (request === undefined || request === 'silent') return;
    isBusy = true;
    answer(request).then(
      () => (isBusy = false),
      () => socket.destroy(),
    );
  });

  function nextRequest(): ReturnType<typeof readRequest> | undefined {
    try {
      const frame = readJsonFrame(buffered);
      if (!frame) return undefined;
      const rest = buffered.subarray(frame.end);
      buffered = Buffer.alloc(0);
      return rest.toString('latin1').trim() === '' ? readRequest(frame.value) : 'refused';
    } catch (thrown) {
      if (thrown instanceof LsdError) return 'refused';
      throw thrown;
    }
  }

  async function answer(request: BlobRequest): Promise<void> {
    const { requestedBlob } = request;
    if (!requestedBlob || !(await options.blobs.has(requestedBlob, signal))) return say(request, undefined);
    // Before the blob is made: whoever waits takes no memory.
    const leave = await exit.enter(signal);
    try {
      const bytes = await options.blobs.get(requestedBlob, signal);
      if (bytes) deadline.set(TRANSFER_MS);
      await say(request, bytes);
      if (!bytes) return;
      // It is for the other side to be in time, not for what is allowed here.
      await sendPaced({ socket, address, exit }, bytes, () => deadline.set(TRANSFER_MS), signal);
      exit.gave(requestedBlob, bytes.length);
    } finally {
      leave();
    }
    deadline.set(IDLE_MS);
  }

  async function say(request: BlobRequest, bytes: Uint8Array | undefined): Promise<void> {
    const { requestedBlob, requestedBlobs = [] } = request;
    const held = await Promise.all(requestedBlobs.map(hash => options.blobs.has(hash, signal)));
    const reply: BlobReply = {
      ...(requestedBlob && {
        incoming: bytes ? { hash: requestedBlob, length: bytes.length } : { error: 'BLOB_UNAVAILABLE' },
      }),
      ...(request.hasRate && { isRateAccepted: true }),
      ...(request.requestedBlobs && { availableBlobs: requestedBlobs.filter((_, index) => held[index]) }),
      ...(request.wantsAddress && { address: options.paymentAddress }),
    };
    socket.write(writeReply(reply));
  }
}

function createDeadline(end: () => void): { set(ms: number): void; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  return {
    set(ms) {
      clearTimeout(timer);
      timer = setTimeout(end, ms);
    },
    clear: () => clearTimeout(timer),
  };
}

/** A socket for both families shows IPv4 addresses in the form of IPv6. */
function bare(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:/, '');
}
