/** A connection to a peer that has blobs: one is asked for at a time, and what comes is checked before it is anything. */

import { LsdError } from '../../../shared/errors.ts';
import type { BlobHash, BlobSource } from '../blob.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { createInbox, type Tap } from './inbox.ts';
import { readJsonFrame } from './json-frame.ts';
import { bytesToCome, isRateAccepted, RATE_OFFER, writeRequest } from './messages.ts';

/** As lbry-sdk waits, ms. */
const CONNECT_MS = 3_000;
/** Ms for a whole blob, where nothing here holds it up: lbry-sdk gives up at 30 s, and so leaves whoever sends under 70 kB/s. */
const BLOB_MS = 120_000;
const MAX_REPLY_BYTES = 65_536;
const NEWLINE = 0x0a;

export interface BlobConnection extends BlobSource, AsyncDisposable {
  /**
   * The bytes are the caller's own, all of their buffer. Throws `timeout` or `site-unreachable` where the peer is silent or gone,
   * `invalid` where it sends what is wrong: it is closed then.
   */
  get(hash: BlobHash, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

export interface PeerAddress {
  address: string;
  tcpPort: number;
}

const OPEN_TAP: Tap = {
  pay(_, pass) {
    pass();
    return () => {};
  },
  isLimited: () => false,
};

export interface ConnectOptions {
  workers: Pick<BlobWorkers, 'hash'>;
  tap?: Tap;
  /** that the socket is bound to; undefined: the system's choice */
  localAddress?: string | undefined;
}

export async function connectPeer(
  peer: PeerAddress,
  { workers, tap = OPEN_TAP, localAddress }: ConnectOptions,
  signal: AbortSignal,
): Promise<BlobConnection> {
  const inbox = createInbox(peer, tap, localAddress);
  try {
    await inbox.opened(AbortSignal.any([signal, AbortSignal.timeout(CONNECT_MS)]));
  } catch (thrown) {
    inbox.close();
    throw thrown;
  }
  let last: Promise<unknown> = Promise.resolve();

  async function fetch(hash: BlobHash, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer> | undefined> {
    try {
      const length = await request(hash, signal);
      if (length === 0) return undefined;
      const all = tap.isLimited() ? signal : AbortSignal.any([signal, AbortSignal.timeout(BLOB_MS)]);
      return await readBlob(hash, length, all);
    } catch (thrown) {
      // Nobody can tell what its next bytes would belong to.
      inbox.close();
      throw thrown;
    }
  }
  /** Resolves to how many bytes come. */
  async function request(hash: BlobHash, signal: AbortSignal): Promise<number> {
    for (const isAgreed of [false, true]) {
      inbox.send(writeRequest(hash));
      const length = bytesToCome(await readFrame(signal), hash);
      if (length === undefined) throw wrong(peer, 'answered what was not asked');
      if (length !== 'unset') return length;
      if (isAgreed || !(await agree(signal))) return 0;
    }
    return 0;
  }
  async function agree(signal: AbortSignal): Promise<boolean> {
    inbox.send(RATE_OFFER);
    const answer = isRateAccepted(await readFrame(signal));
    if (answer === undefined) throw wrong(peer, 'answered what was not asked');
    return answer;
  }
  async function readFrame(signal: AbortSignal): Promise<object> {
    for (;;) {
      const frame = readJsonFrame(inbox.bytes());
      if (frame) {
        inbox.take(frame.end);
        return frame.value;
      }
      const { length } = inbox.bytes();
      if (length > MAX_REPLY_BYTES) throw wrong(peer, 'answered without an end');
      await inbox.reach(length + 1, signal);
    }
  }
  async function readBlob(hash: BlobHash, length: number, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>> {
    await inbox.reach(length, signal);
    const first = await workers.hash(inbox.take(length));
    if (first.hash === hash) return first.bytes;
    // One implementation of 2026 sends a line break before the blob.
    if (first.bytes[0] !== NEWLINE) throw wrong(peer, 'sent a blob that is not the one');
    await inbox.reach(1, signal);
    const shifted = new Uint8Array(length);
    shifted.set(first.bytes.subarray(1));
    shifted.set(inbox.take(1), length - 1);
    const second = await workers.hash(shifted);
    if (second.hash !== hash) throw wrong(peer, 'sent a blob that is not the one');
    return second.bytes;
  }

  return {
    get(hash, signal) {
      const turn = last.then(() => fetch(hash, signal));
      last = turn.catch(() => {});
      return turn;
    },
    async [Symbol.asyncDispose]() {
      inbox.close();
    },
  };
}

function wrong({ address, tcpPort }: PeerAddress, what: string): LsdError {
  return new LsdError('invalid', `The peer at ${address}:${tcpPort} ${what}.`);
}
