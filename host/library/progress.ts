/** How many bytes of how many are hashed; told at most four times a second. */

import type { ScanProgress } from '../../shared/daemon-methods.ts';
import type { Events } from '../core/events.ts';

const EVERY_MS = 250;

export interface Progress {
  /** so many bytes more are to be hashed */
  expect(bytes: number): void;
  /** so many bytes more are done; negative where a read was for nothing */
  advance(bytes: number): void;
  /** null while nothing is to be hashed */
  now(): ScanProgress | null;
}

export function createProgress({ events }: { events: Events }): Progress {
  let done = 0;
  let total = 0;
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    if (timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      events.emit('library.progress', { done, total });
      if (done < total) return;
      done = 0;
      total = 0;
    }, EVERY_MS).unref();
  }

  return {
    expect(bytes) {
      total += bytes;
      tell();
    },
    advance(bytes) {
      done += bytes;
      tell();
    },
    now: () => (done < total ? { done: Math.max(0, done), total } : null),
  };
}
