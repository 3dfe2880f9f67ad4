/** Bytes leave over a connection as fast as the person allows, and no faster than the other side takes them. */

import type { Socket } from 'node:net';
import type { BlobHash } from '../blob.ts';

/** How blobs may leave. */
export interface Exit {
  /** Resolves when the next transfer may begin, to what ends it. */
  enter(signal: AbortSignal): Promise<() => void>;
  /** bytes that are best sent at once */
  slice(address: string, wanted: number): number;
  pay(address: string, bytes: number, pass: () => void): () => void;
  /** They left. */
  gave(hash: BlobHash, bytes: number): void;
}

/** As fast as it goes. */
export const OPEN_EXIT: Exit = {
  enter: async () => () => {},
  slice: (_, wanted) => wanted,
  pay(_, __, pass) {
    pass();
    return () => {};
  },
  gave() {},
};

/** `onPart`: some left, and more is to. Throws the signal's reason, and what breaks the connection. */
export async function sendPaced(
  { socket, address, exit }: { socket: Socket; address: string; exit: Exit },
  bytes: Uint8Array,
  onPart: () => void,
  signal: AbortSignal,
): Promise<void> {
  for (let at = 0; at < bytes.length; ) {
    const part = bytes.subarray(at, at + exit.slice(address, bytes.length - at));
    await paid(exit, address, part.length, signal);
    await new Promise<void>((resolve, reject) => socket.write(part, error => (error ? reject(error) : resolve())));
    at += part.length;
    if (at < bytes.length) onPart();
  }
}

function paid(exit: Exit, address: string, bytes: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    let giveUp = () => {};
    const abort = () => {
      giveUp();
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    giveUp = exit.pay(address, bytes, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
