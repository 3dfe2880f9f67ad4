/** A download as content: read from its partial file, as far as its pieces are verified; the pieces under a reader come first. */

import type { FileHandle } from 'node:fs/promises';
import { LsdError } from '../../../shared/errors.ts';
import type { ByteRange, Content } from '../../core/content.ts';
import { openForReading } from '../../platform/files.ts';
import type { Arrival } from '../fetching/arrival.ts';
import { createReadAhead } from '../fetching/read-ahead.ts';

const CHUNK_BYTES = 256 * 1024;

/** What a reader sees of the download. */
export interface Incoming {
  readonly size: number;
  readonly extension: string;
  /** another one after a pause, or when the engine died: the old one ends */
  readonly arrival: Arrival;
  /** where the bytes may lie: the partial file, then the finished one */
  readonly paths: readonly [partial: string, finished: string];
  /** The SHA-1 of the whole file was checked. */
  readonly verified: boolean;
  /** cancelled, dropped or failed for good: nothing more will come */
  readonly dropped: boolean;
  closed(): void;
}

export function openIncoming(incoming: Incoming): Content {
  let opening: Promise<FileHandle> | undefined;

  /** The same open file serves before and after the rename. */
  function handle(): Promise<FileHandle> {
    const [partial, finished] = incoming.paths;
    opening ??= openForReading(partial).catch(() => openForReading(finished));
    return opening;
  }

  async function* read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = Symbol('reader');
    const ahead = createReadAhead();
    try {
      for (let at = range.start; at < range.end; ) {
        signal.throwIfAborted();
        if (incoming.dropped) throw gone();
        incoming.arrival.place(reader, { start: at, end: Math.min(range.end, at + ahead.bytes) });
        const until = Math.min(range.end, at + CHUNK_BYTES, incoming.arrival.verifiedUntil(at));
        if (until <= at) {
          await incoming.arrival.changed(signal);
          continue;
        }
        const bytes = await readExactly(await handle(), at, until - at);
        if (incoming.dropped) throw gone();
        const given = performance.now();
        yield bytes;
        ahead.took(bytes.length, performance.now() - given);
        at = until;
      }
    } finally {
      incoming.arrival.place(reader, undefined);
    }
  }

  return {
    get size() {
      return incoming.size;
    },
    get extension() {
      return incoming.extension;
    },
    get verified() {
      return incoming.verified;
    },
    read,
    async [Symbol.asyncDispose]() {
      incoming.closed();
      await (await opening?.catch(() => undefined))?.close();
    },
  };
}

async function readExactly(handle: FileHandle, at: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.allocUnsafeSlow(length);
  for (let done = 0; done < length; ) {
    const { bytesRead } = await handle.read(bytes, done, length - done, at + done);
    if (bytesRead === 0) throw gone();
    done += bytesRead;
  }
  return bytes;
}

function gone(): LsdError {
  return new LsdError(
    'not-found',
    'This download was dropped: its bytes were not those of the id, or it was cancelled.',
  );
}
