/**
 * How fast bytes moved in the last minutes, hour and day. It is kept in memory, in steps of a fixed length, and written to
 * when bytes move: at rest it costs no timer and no disk.
 */

import type { HistorySpan, RateHistory } from '../../shared/browse.ts';
import type { Events } from '../core/events.ts';
import type { Clock } from '../core/ports.ts';

const SPANS: Readonly<Record<HistorySpan, { step: number; steps: number }>> = {
  minutes: { step: 5_000, steps: 60 },
  hour: { step: 30_000, steps: 120 },
  day: { step: 600_000, steps: 144 },
};

export interface RateHistoryKeeper {
  of(span: HistorySpan): RateHistory;
  close(): void;
}

export function createRateHistory({ events, clock }: { events: Pick<Events, 'on'>; clock: Clock }): RateHistoryKeeper {
  const rings = {
    minutes: createRing(SPANS.minutes),
    hour: createRing(SPANS.hour),
    day: createRing(SPANS.day),
  };
  const stop = events.on('bytes.moved', ({ down, up }) => {
    const now = clock.now();
    for (const ring of Object.values(rings)) ring.add(now, down, up);
  });
  return { of: span => rings[span].read(clock.now()), close: stop };
}

function createRing({ step, steps }: { step: number; steps: number }) {
  const down = new Float64Array(steps);
  const up = new Float64Array(steps);
  /** number of the newest step, counted from 1970 */
  let newest = 0;

  /** Empties the steps in which nothing was added. A clock that was set back begins anew. */
  function advance(now: number): void {
    const current = Math.floor(now / step);
    const passed = current < newest ? steps : Math.min(steps, current - newest);
    for (let back = 0; back < passed; back++) {
      const place = (((current - back) % steps) + steps) % steps;
      down[place] = 0;
      up[place] = 0;
    }
    newest = current;
  }

  /** The step that is not over yet is left out: its rate would be too low. */
  function rates(bytes: Float64Array): number[] {
    return Array.from({ length: steps - 1 }, (_, index) => {
      const moved = bytes[(newest + 1 + index) % steps] ?? 0;
      return Math.round((moved * 1000) / step);
    });
  }

  return {
    add(now: number, downloaded: number, uploaded: number): void {
      advance(now);
      const place = newest % steps;
      down[place] = (down[place] ?? 0) + downloaded;
      up[place] = (up[place] ?? 0) + uploaded;
    },
    read(now: number): RateHistory {
      advance(now);
      return { step, end: newest * step, down: rates(down), up: rates(up) };
    },
  };
}
