/** Which downloads somebody reads while they arrive, or read until a moment ago. */

import type { Id } from '../../../shared/id.ts';

/** A player that jumps, or has enough for a while, ends one request and sends the next one later. */
export const READ_GRACE_MS = 60_000;

export interface BeingRead {
  has(id: Id): boolean;
  /** A reader more; returns the way to say, once or several times, that it has gone. */
  begin(id: Id): () => void;
  /** The download is over. */
  forget(id: Id): void;
  close(): void;
}

interface Reading {
  readers: Set<symbol>;
  lapse?: NodeJS.Timeout;
}

/** `onLapse`: the last reader of a download has been gone for the grace time. */
export function createBeingRead({ graceMs, onLapse }: { graceMs: number; onLapse: () => void }): BeingRead {
  const readings = new Map<Id, Reading>();

  function lapse(id: Id): void {
    readings.delete(id);
    onLapse();
  }

  function forget(id: Id): void {
    clearTimeout(readings.get(id)?.lapse);
    readings.delete(id);
  }

  return {
    has: id => readings.has(id),
    begin(id) {
      const reading = readings.get(id) ?? { readers: new Set() };
      readings.set(id, reading);
      clearTimeout(reading.lapse);
      const reader = Symbol('reader');
      reading.readers.add(reader);
      return () => {
        // Of a download that is over, another one of the same id may be under way.
        if (!reading.readers.delete(reader) || reading.readers.size > 0 || readings.get(id) !== reading) return;
        reading.lapse = setTimeout(lapse, graceMs, id).unref();
      };
    },
    forget,
    close() {
      for (const id of readings.keys()) forget(id);
    },
  };
}
