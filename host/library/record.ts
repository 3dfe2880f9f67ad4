/** Steps: writes what was found into the catalogue, many files in one transaction, and announces what was written. */

import { hash } from 'node:crypto';
import { setImmediate as yielded } from 'node:timers/promises';
import { fileType, isToldByBytes, isTransportStream } from '../../shared/file-types.ts';
import { parseInfoHash } from '../../shared/id.ts';
import { canonicalInfo } from '../core/canonical.ts';
import type { Events } from '../core/events.ts';
import { type Clock, type FileStamp, type HashedFile, type Log, unchanged } from '../core/ports.ts';
import type { Catalogue } from '../core/stored.ts';
import { liesIn } from './folders.ts';
import type { Candidate, Step } from './pipeline.ts';
import type { Recent } from './recent.ts';

/**
 * Each transaction is a flush to the disk; a kill costs at most so many files, or so long a time. Ids are random, so a small
 * transaction writes a page of each index for each row: of 100,000 files 3.0 GB at 256 rows, 1.4 GB at 1024.
 */
const ROWS = 1024;
const WAIT_MS = 300;

export interface Recorder {
  step: Step;
  /**
   * Forgets files, unless they were recorded anew since they had these stamps; in parts that leave the thread to others
   * in between.
   */
  forget(files: readonly { path: string; stamp: FileStamp }[]): Promise<void>;
  /** Writes at once what waits. */
  flush(): void;
}

export interface RecorderDeps {
  catalogue: Catalogue;
  events: Events;
  recent: Recent;
  log: Log;
  clock: Clock;
  /** these files are known as little as before, and want another look later */
  onUnwritten(paths: string[]): void;
}

export function createRecorder({ catalogue, events, recent, log, clock, onUnwritten }: RecorderDeps): Recorder {
  let waiting = new Map<string, () => void>();
  let timer: NodeJS.Timeout | undefined;

  function put(path: string, write: () => void): void {
    waiting.set(path, write);
    if (waiting.size >= ROWS) flush();
    else timer ??= setTimeout(flushLater, WAIT_MS).unref();
  }

  function flushLater(): void {
    try {
      flush();
    } catch (thrown) {
      log.error('the catalogue cannot be written', { error: String(thrown) });
    }
  }

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.size === 0) return;
    const writes = waiting;
    waiting = new Map();
    try {
      catalogue.batch(() => {
        for (const write of writes.values()) write();
      });
    } catch (thrown) {
      // The disk may be full.
      onUnwritten([...writes.keys()]);
      throw thrown;
    }
    announce(writes.keys());
  }

  function forgetOne(path: string, stamp: FileStamp): void {
    const file = catalogue.file(path);
    if (!file || !unchanged(file.stamp, stamp)) return;
    const torrent = catalogue.torrentsOf(file.id)[0];
    if (torrent) recent.remember({ file, torrent });
    catalogue.forgetFile(path);
  }

  function announce(paths: Iterable<string>): void {
    const all = catalogue.folders();
    const touched = new Set<number>();
    for (const path of paths) for (const folder of all) if (liesIn(path, folder.path)) touched.add(folder.id);
    events.emit('library.changed', { folders: [...touched] });
  }

  return {
    step: {
      name: 'record',
      async run(candidate) {
        const write = writeOf(catalogue, candidate, clock.now());
        if (write) put(candidate.path, write);
        return 'next';
      },
    },
    async forget(files) {
      flush();
      for (let at = 0; at < files.length; at += ROWS) {
        const part = files.slice(at, at + ROWS);
        catalogue.batch(() => {
          for (const { path, stamp } of part) forgetOne(path, stamp);
        });
        announce(part.map(({ path }) => path));
        await yielded();
      }
    },
    flush,
  };
}

function writeOf(
  catalogue: Catalogue,
  { path, extension, stamp, found }: Candidate,
  now: number,
): (() => void) | undefined {
  if (found.as === 'nothing') return undefined;
  if (found.as === 'moved') {
    const { file: from, torrent } = found.from;
    const media = from.extension === extension ? from.media : fileType(extension).media;
    const { id } = from;
    // Who changed the bytes, kept the date and renamed the file looks the same, so it is the first to be read again.
    return () => catalogue.recordFile({ path, extension, stamp, id, media, verifiedAt: 0 }, torrent);
  }
  const { hashed } = found;
  const media = isMedia(extension, hashed.head);
  const torrent = canonicalTorrent(hashed);
  return () => catalogue.recordFile({ path, extension, stamp, id: hashed.id, media, verifiedAt: now }, torrent);
}

function canonicalTorrent({ id, stamp, pieces }: HashedFile) {
  const info = canonicalInfo(id, stamp.size, pieces);
  const infoHash = parseInfoHash(hash('sha1', info))!;
  return { info, infoHash };
}

function isMedia(extension: string, head: Uint8Array): boolean {
  return isToldByBytes(extension) ? isTransportStream(head) : fileType(extension).media;
}
