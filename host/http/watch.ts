/** How long a reader is kept waiting in silence. */

import type { Exchange } from './exchange.ts';

/** Why a wait was given up: nothing was heard for too long. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

export interface Patience {
  /** until the first byte of a body */
  firstByteMs: number;
  /** between two chunks after it */
  silenceMs: number;
}

export interface Watch {
  /** aborted with a Silence, or when the client has gone */
  readonly signal: AbortSignal;
  /**
   * `promise`, unless the wait is given up first: then the reason is thrown, whatever the promise does later. One wait at
   * a time. (It is no listener on the signal: those cost more than reading a range does.)
   */
  wait<T>(promise: Promise<T>): Promise<T>;
  /** Resolves when the system has taken the whole answer; given up as any other wait. */
  over(): Promise<void>;
  /** Something moved: the silence starts anew, and may last `silenceMs`. */
  heard(): void;
  end(): void;
}

/** Starts to wait for the first byte. */
export function startWatch({ firstByteMs, silenceMs }: Patience, exchange: Exchange): Watch {
  const stop = new AbortController();
  let giveUp: ((reason: unknown) => void) | undefined;
  let whole: (() => void) | undefined;
  const end = (reason: unknown) => {
    if (stop.signal.aborted) return;
    stop.abort(reason);
    giveUp?.(stop.signal.reason);
  };
  const silence = () => end(new Silence('nothing was heard for too long'));
  let timer = setTimeout(silence, firstByteMs);
  let begun = false;
  exchange.onGone(() => {
    clearTimeout(timer);
    // An answer that is complete has nothing left to be stopped.
    if (exchange.res.writableFinished) whole?.();
    else end(exchange.gone);
  });
  return {
    signal: stop.signal,
    wait: promise =>
      new Promise((resolve, reject) => {
        giveUp = reject;
        if (stop.signal.aborted) reject(stop.signal.reason);
        promise.then(resolve, reject);
      }),
    over: () =>
      new Promise((resolve, reject) => {
        whole = resolve;
        giveUp = reject;
        if (stop.signal.aborted) reject(stop.signal.reason);
        else if (exchange.gone) resolve();
      }),
    heard() {
      if (begun) {
        timer.refresh();
        return;
      }
      begun = true;
      clearTimeout(timer);
      timer = setTimeout(silence, silenceMs);
    },
    end: () => clearTimeout(timer),
  };
}
