/**
 * How many blocks one peer is asked for ahead of what it has sent. Enough that it always has something to send: its rate
 * times the round trip, and a queue at its side against our own pauses. A reader that waits wants that queue short, since
 * what it jumps to stands behind it.
 */

export const BLOCK_BYTES = 16 * 1024;

/** ms of queue at the peer */
const QUEUE_MS = { bulk: 500, reader: 100 };
const FIRST_DEPTH = 4;
const MIN_DEPTH = 2;
const MAX_DEPTH = 500;
/** what clients take that do not say how many (`reqq`, BEP 10) */
const UNSAID_MAX = 250;
/** the shortest time of a block in the last one to two of these stands for the round trip, ms */
const ROUND_TRIP_MS = 10_000;
/** how much a single block moves the depth */
const WEIGHT = 1 / 8;

export interface Pipeline {
  /** blocks that may be on their way at once */
  depth(urgency: keyof typeof QUEUE_MS): number;
  /** A block came `ms` after it was asked for, when `outstanding` blocks (it among them) were on their way. */
  arrived(ms: number, outstanding: number): void;
  /** ms until a block comes that is asked for now, behind `outstanding` others */
  expectedMs(outstanding: number): number;
}

export function createPipeline(now: () => number, maxRequests: () => number | undefined): Pipeline {
  let depth = FIRST_DEPTH;
  /** ms for each block that stands before; what its rate is, inverted */
  let blockMs = 0;
  let shortest = { since: 0, ms: Number.POSITIVE_INFINITY, before: Number.POSITIVE_INFINITY };
  let urgency: keyof typeof QUEUE_MS = 'bulk';

  const roundTrip = () => Math.min(shortest.ms, shortest.before);

  function observe(ms: number): void {
    if (now() - shortest.since > ROUND_TRIP_MS) {
      shortest = { since: now(), ms, before: shortest.ms };
    } else {
      shortest.ms = Math.min(shortest.ms, ms);
    }
  }

  return {
    depth(next) {
      // A queue that was right before is cut or grown in proportion, not block by block.
      if (next !== urgency && blockMs > 0) depth = (roundTrip() + QUEUE_MS[next]) / blockMs;
      urgency = next;
      const limit = Math.min(MAX_DEPTH, maxRequests() ?? UNSAID_MAX);
      return Math.max(MIN_DEPTH, Math.min(limit, Math.ceil(depth)));
    },
    arrived(ms, outstanding) {
      const took = Math.max(ms, 0.05);
      observe(took);
      // The peer sent this and all that stood before it in that time.
      const each = took / outstanding;
      const wanted = (roundTrip() + QUEUE_MS[urgency]) / each;
      // A pipeline that was not full tells of no rate that is lower than thought.
      const full = outstanding >= depth * 0.75;
      if (wanted > depth || full) {
        depth = Math.min(MAX_DEPTH, depth + (wanted - depth) * WEIGHT);
        blockMs = blockMs === 0 ? each : blockMs + (each - blockMs) * WEIGHT;
      }
    },
    expectedMs(outstanding) {
      if (blockMs === 0) return Number.POSITIVE_INFINITY;
      return roundTrip() + outstanding * blockMs;
    },
  };
}
