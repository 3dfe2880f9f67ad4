/**
 * A stream on its way: what is asked for comes first, then all of it in order where it is wanted whole. Each blob is verified,
 * opened and written into the partial file; what is there is written down after it is on the disk, so that nothing is believed
 * after a crash that is not there. What a crash left unwritten is found again by its hash.
 */

import { LsdError } from '../../../shared/errors.ts';
import type { LbryStore } from '../../core/lbry-store.ts';
import type { Timers } from '../../platform/timers.ts';
import type { BlobFetcher, Urgency } from '../exchange/fetcher.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import type { Layout } from './layout.ts';
import { openPartial, type PartialFile } from './partial-file.ts';
import { type Recovered, recover } from './recover.ts';

/** Blobs that are asked for at once where nobody reads: as many as connections, and some to come next. */
const WINDOW = 6;
/** What is not written down is at most so much, and so old (ms): it is to be hashed again after a crash. */
const MOST_UNSAVED = 32;
const SAVE_MS = 5_000;

export interface ArrivalOptions {
  layout: Layout;
  /** of the partial file */
  path: string;
  store: Pick<LbryStore, 'keep' | 'kept' | 'lose' | 'change'>;
  fetcher: Pick<BlobFetcher, 'get' | 'hurry'>;
  workers: Pick<BlobWorkers, 'make' | 'open'>;
  timers: Timers;
  /** The size is known. */
  onSize(size: number): void;
  /** A blob is in the file now. */
  onBlob(number: number): void;
  /** All are, and on the disk. */
  onWhole(): void;
  /** The disk, or whoever made the stream: nothing more comes of it. */
  onFailure(thrown: unknown): void;
}

export interface Arrival extends AsyncDisposable {
  has(number: number): boolean;
  readonly count: number;
  /** Resolves when the blob is in the file. */
  need(number: number, urgency: Urgency, signal: AbortSignal): Promise<void>;
  /** All of it, in order; called again it does no harm. */
  fetchAll(): void;
}

export async function openArrival(options: ArrivalOptions): Promise<Arrival> {
  const { layout, path, store, workers, timers } = options;
  const file = await openPartial(path);
  const kept = await recover({ layout, file, workers, kept: store.kept(layout.sdHash) }).catch(async thrown => {
    await file[Symbol.asyncDispose]();
    throw thrown;
  });
  if (kept.isLost) forgetLost(options, kept);
  return createArrival({ ...options, file, kept }, timers);
}

/** Else it would be believed again as soon as the file is as long as it was, and be holes. */
function forgetLost({ store, layout }: ArrivalOptions, { here, unsaved }: Recovered): void {
  store.lose(layout.sdHash);
  store.keep(
    layout.sdHash,
    [...here].filter(number => !unsaved.includes(number)),
  );
}

interface Open {
  file: PartialFile;
  kept: Recovered;
}

function createArrival(options: ArrivalOptions & Open, timers: Timers): Arrival {
  const { layout, store, fetcher, workers, file, kept } = options;
  const { sdHash, descriptor, last } = layout;
  const closing = new AbortController();
  const coming = new Map<number, Promise<void>>();
  const { here } = kept;
  let unsaved = kept.unsaved;
  let saving: Promise<void> = Promise.resolve();
  let cancelSave: (() => void) | undefined;
  let next = 0;
  let isEager = false;
  let isFailed = false;

  async function fetch(number: number, urgency: Urgency): Promise<void> {
    const { hash, iv, length } = descriptor.blobs[number]!;
    const bytes = await fetcher.get(hash, urgency, closing.signal);
    if (bytes.length !== length) throw wrong(`blob ${number} is not as long as the descriptor says`);
    const position = layout.start(number);
    const full = number < last ? length - 1 : null;
    const plain = await workers.open({ bytes, key: descriptor.key, iv, fd: file.fd, position, length: full });
    if (full !== null && plain !== full) throw wrong(`blob ${number} is not full`);
    if (number === last) options.onSize(position + plain);
    here.add(number);
    unsaved.push(number);
    options.onBlob(number);
    saveSoon();
  }

  /** One fetch of a blob, however many wait for it. */
  function come(number: number, urgency: Urgency): Promise<void> {
    const before = coming.get(number);
    if (before) {
      fetcher.hurry(descriptor.blobs[number]!.hash, urgency);
      return before;
    }
    const begun = fetch(number, urgency).finally(() => coming.delete(number));
    coming.set(number, begun);
    begun.then(goOn, thrown => {
      if (closing.signal.aborted || isFailed) return;
      isFailed = true;
      options.onFailure(thrown);
    });
    return begun;
  }

  function goOn(): void {
    if (closing.signal.aborted || isFailed) return;
    if (here.size === descriptor.blobs.length) return void save().then(finish, options.onFailure);
    while (isEager && next <= last && coming.size < WINDOW) {
      if (!here.has(next) && !coming.has(next)) void come(next, 'later').catch(() => {});
      next++;
    }
  }
  function finish(): void {
    if (!closing.signal.aborted) options.onWhole();
  }

  function saveSoon(): void {
    if (unsaved.length >= MOST_UNSAVED) void save().catch(options.onFailure);
    else cancelSave ??= timers.after(SAVE_MS, () => void save().catch(options.onFailure));
  }
  function save(): Promise<void> {
    cancelSave?.();
    cancelSave = undefined;
    const numbers = unsaved;
    unsaved = [];
    saving = saving.then(async () => {
      if (numbers.length === 0) return;
      await file.sync();
      store.keep(sdHash, numbers);
    });
    return saving;
  }

  if (kept.size !== null) options.onSize(kept.size);
  if (unsaved.length > 0) saveSoon();
  return {
    has: number => here.has(number),
    get count() {
      return here.size;
    },
    async need(number, urgency, signal) {
      if (here.has(number)) return;
      closing.signal.throwIfAborted();
      const gone = Promise.withResolvers<never>();
      const abort = () => gone.reject(signal.reason);
      if (signal.aborted) abort();
      signal.addEventListener('abort', abort, { once: true });
      try {
        await Promise.race([come(number, urgency), gone.promise]);
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
    fetchAll() {
      isEager = true;
      next = 0;
      goOn();
    },
    async [Symbol.asyncDispose]() {
      closing.abort(new LsdError('aborted', 'This stream is not fetched any more.'));
      await Promise.allSettled(coming.values());
      await save().catch(() => {}); // it is found again by its hash
      await file[Symbol.asyncDispose]();
    },
  };
}

function wrong(what: string): LsdError {
  return new LsdError('invalid', `This stream cannot be read: ${what}. Whoever made it made it wrong.`);
}
