/** Which downloads somebody reads while they arrive, or read until a moment ago. */

/** A player that jumps, or has enough for a while, ends one request and sends the next one later. */
export const READ_GRACE_MS = 60_000;

export interface BeingRead {
  has(id: string): boolean;
  /** A reader more; returns the way to say, once or several times, that it has gone. */
  begin(id: string): () => void;
  /** The download is over. */
  forget(id: string): void;
  close(): void;
}

export interface BeingReadDeps {
  graceMs: number;
  /** The last reader of a download has been gone for the grace time. */
  onLapse(): void;
  /** Runs `work` once after `ms`; the way to call it off is returned. */
  after(ms: number, work: () => void): () => void;
}

interface Reading {
  readers: Set<symbol>;
  cancelLapse?: () => void;
}

export function createBeingRead({ graceMs, onLapse, after }: BeingReadDeps): BeingRead {
  const readings = new Map<string, Reading>();

  function lapse(id: string): void {
    readings.delete(id);
    onLapse();
  }

  function forget(id: string): void {
    readings.get(id)?.cancelLapse?.();
    readings.delete(id);
  }

  return {
    has: id => readings.has(id),
    begin(id) {
      const reading = readings.get(id) ?? { readers: new Set() };
      readings.set(id, reading);
      reading.cancelLapse?.();
      const reader = Symbol('reader');
      reading.readers.add(reader);
      return () => {
        // Of a download that is over, another one of the same id may be under way.
        if (!reading.readers.delete(reader) || reading.readers.size > 0 || readings.get(id) !== reading) return;
        reading.cancelLapse = after(graceMs, () => lapse(id));
      };
    },
    forget,
    close() {
      for (const id of readings.keys()) forget(id);
    },
  };
}
