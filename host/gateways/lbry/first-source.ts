/** A claim that names several sources: the file comes from the first of them, or from another where that is not to be had. */

import type { FileSource, LbryFile, LbryFiles } from '../../core/lbry-files.ts';

/** ms that each has before the next is tried beside it: who has a torrent is found in less, mostly */
const HEAD_START_MS = 15_000;
/** and this part of the whole time at most */
const HEAD_START_SHARE = 4;

export interface Sourcing {
  files: Pick<LbryFiles, 'find' | 'remove'>;
  get(source: FileSource, signal: AbortSignal): Promise<LbryFile>;
  /** What it says of the caller's words is said, whatever else failed. */
  isOfTheFile(thrown: unknown): boolean;
  /** ms that there are for all of them */
  patienceMs: number;
}

/** One that is here already is the one. Throws what the last of them threw. */
export async function fromFirst(
  sources: readonly FileSource[],
  { files, get, isOfTheFile, patienceMs }: Sourcing,
  signal: AbortSignal,
): Promise<LbryFile> {
  const there = sources.find(({ hash }) => files.find(hash));
  if (there) return get(there, signal);
  const found = new AbortController();
  const until = AbortSignal.any([signal, found.signal]);
  const headStart = Math.floor(Math.min(HEAD_START_MS, patienceMs / HEAD_START_SHARE));
  const attempts: Promise<LbryFile>[] = [];
  for (const source of sources) attempts.push(attempt(source, attempts.at(-1)));

  async function attempt(source: FileSource, before: Promise<LbryFile> | undefined): Promise<LbryFile> {
    const failed = before?.then(
      () => {},
      () => {},
    );
    if (failed) await Promise.race([failed, aborted(AbortSignal.any([until, AbortSignal.timeout(headStart)]))]);
    until.throwIfAborted();
    const file = await get(source, until);
    found.abort();
    return file;
  }

  const ends = Promise.allSettled(attempts);
  const first = await Promise.any(attempts).catch(() => undefined);
  const all = await ends;
  // Two may have come at once.
  for (const end of all) {
    if (end.status === 'fulfilled' && end.value.row !== first?.row) await files.remove(end.value.row, { data: true });
  }
  if (first) return first;
  const thrown = all.flatMap(end => (end.status === 'rejected' ? [end.reason] : []));
  throw thrown.find(each => !isOfTheFile(each)) ?? thrown.at(-1);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
