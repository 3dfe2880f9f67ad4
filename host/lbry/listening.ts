/** A port that is open at LBRY's own address: closed when that goes, and open again, under the same number, when it is back. */

import type { Log } from '../core/ports.ts';
import type { Timers } from '../platform/timers.ts';
import { unusedPort } from '../platform/unused-port.ts';
import type { OwnAddress } from './own-address.ts';

/** until a port is tried again that another program has at the new address */
const RETRY_MS = 5_000;

export interface Listening<T> extends AsyncDisposable {
  /** the same for ever */
  readonly port: number;
  /** undefined: its address is not there, or the port cannot be had */
  readonly current: T | undefined;
}

export interface ListeningDeps {
  local: Pick<OwnAddress, 'listening' | 'watch'>;
  /** 0 is any */
  port: number;
  timers: Timers;
  log: Pick<Log, 'error'>;
}

type Open<T> = (at: { address: string; port: number }) => Promise<T>;

/** Throws what `open` does where it cannot be had at the start. */
export async function listenAlong<T extends AsyncDisposable & { readonly port: number }>(
  { local, port: wanted, timers, log }: ListeningDeps,
  open: Open<T>,
): Promise<Listening<T>> {
  let address = local.listening();
  let current = address === undefined ? undefined : await open({ address, port: wanted });
  // What others are told, also of a port that opens when its address comes.
  const port = current?.port ?? (wanted || (await unusedPort()));
  let moving: Promise<void> = Promise.resolve();
  let cancelRetry: (() => void) | undefined;
  let isClosed = false;

  async function letGo(): Promise<void> {
    const before = current;
    current = undefined;
    address = undefined;
    await before?.[Symbol.asyncDispose]();
  }

  async function move(): Promise<void> {
    cancelRetry?.();
    const next = local.listening();
    if (isClosed || next === address) return;
    await letGo();
    if (next === undefined) return;
    try {
      current = await open({ address: next, port });
      address = next;
    } catch (error) {
      log.error('lbry-port-not-opened', { address: next, port, error });
      cancelRetry = timers.after(RETRY_MS, follow);
    }
  }
  function follow(): void {
    moving = moving.then(move);
  }

  const unwatch = local.watch(follow);
  return {
    port,
    get current() {
      return current;
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      unwatch();
      cancelRetry?.();
      await moving;
      await letGo();
    },
  };
}
