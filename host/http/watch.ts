/** How long a reader is kept waiting in silence. */

/** Why a wait was given up: nothing was heard for too long. */
export class Silence extends Error {
  override readonly name = 'Silence';
}

export interface Watch {
  /** aborted with a Silence, or when the client has gone */
  readonly signal: AbortSignal;
  /** Something moved: the silence starts anew, and may last `silenceMs`. */
  heard(): void;
  end(): void;
}

export interface Patience {
  /** until the first byte of a body */
  firstByteMs: number;
  /** between two chunks after it */
  silenceMs: number;
}

/** Starts to wait for the first byte. */
export function startWatch(patience: Patience, gone: AbortSignal): Watch {
  const stop = new AbortController();
  const onGone = () => stop.abort(gone.reason);
  const give = () => stop.abort(new Silence('nothing was heard for too long'));
  let timer = setTimeout(give, patience.firstByteMs);
  let later: NodeJS.Timeout | undefined;
  if (gone.aborted) onGone();
  else gone.addEventListener('abort', onGone, { once: true });
  return {
    signal: stop.signal,
    heard() {
      if (later) {
        later.refresh();
        return;
      }
      clearTimeout(timer);
      timer = later = setTimeout(give, patience.silenceMs);
    },
    end() {
      clearTimeout(timer);
      gone.removeEventListener('abort', onGone);
    },
  };
}

/** `promise`, unless `signal` is aborted first: then its reason is thrown, whatever the promise does later. */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
