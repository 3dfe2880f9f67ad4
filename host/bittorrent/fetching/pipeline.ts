/**
 * How many blocks one peer is asked for ahead of what it has sent. Enough that it always has something to send: its rate
 * times the round trip, and a queue at its side against our own pauses. Where there is a reader that queue is short, since
 * what it jumps to stands behind it: peers send what they have read from their disks even if it is cancelled (libtorrent
 * up to 500 KiB), and nothing takes back what waits in a socket.
 */

export const BLOCK_BYTES = 16 * 1024;

/** ms of queue at the peer; a reader's is longer where blocks do not come evenly (JITTER) */
const QUEUE_MS = { bulk: 500, reader: 13 };
const FIRST_DEPTH = 4;
const MIN_DEPTH = 2;
const MAX_DEPTH = 500;
/** what clients take that do not say how many (`reqq`, BEP 10) */
const UNSAID_MAX = 250;
/**
 * The shortest time that a block took stands for the round trip. Once it is so old, ms, or the depth is less than this part of
 * what it has been since, the queue is let run dry for a block. Else a queue that is never empty would pass for a longer way,
 * and grow by itself; and a way that became longer for a queue, which would be cut until hardly anything was asked for.
 */
const ROUND_TRIP_MS = 10_000;
const ROUND_TRIP_PART = 0.6;
/** A block that took more than twice the time before may have been held up by anything: the shortest of so many is taken then. */
const ROUND_TRIP_BLOCKS = 4;
/** how much a single block moves the depth */
const WEIGHT = 1 / 8;
/** How much later or sooner than the one before it a block comes, its place in the queue aside; on average of so many. So many times that, ms, at most. */
const JITTER = { weight: 1 / 16, times: 3, most: 80 };

/** Of a peer that has sent fewer blocks than these little is known: the queue, ms, is one that lets its rate show. */
const NEW = { blocks: 48, queueMs: 120 };

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
  let shortest = { at: now(), ms: Number.POSITIVE_INFINITY };
  /** ms of the blocks since it is too old */
  let since: number[] = [];
  /** the greatest depth since the round trip was last seen */
  let deepest = depth;
  let urgency: keyof typeof QUEUE_MS = 'bulk';
  let jitter = 0;
  let blocks = 0;
  /** of the block before, ms: beyond what the queue took */
  let last: number | undefined;

  function queueMs(): number {
    if (urgency === 'reader' && blocks < NEW.blocks) return NEW.queueMs;
    const uneven = urgency === 'reader' ? Math.min(JITTER.most, jitter * JITTER.times) : 0;
    return QUEUE_MS[urgency] + uneven;
  }

  const isOld = () => now() - shortest.at > ROUND_TRIP_MS || depth < deepest * ROUND_TRIP_PART;

  function observe(ms: number, outstanding: number): void {
    if (ms > shortest.ms) {
      if (!isOld() || outstanding > MIN_DEPTH) return;
      since.push(ms);
      if (ms > shortest.ms * 2 && since.length < ROUND_TRIP_BLOCKS) return;
    }
    shortest = { at: now(), ms: Math.min(ms, ...since) };
    since = [];
    deepest = depth;
  }

  return {
    depth(next) {
      // A queue that was right before is cut or grown in proportion, not block by block.
      const before = urgency;
      urgency = next;
      if (next !== before && blockMs > 0) {
        depth = (shortest.ms + queueMs()) / blockMs;
        deepest = depth;
      }
      if (isOld()) return MIN_DEPTH;
      const limit = Math.min(MAX_DEPTH, maxRequests() ?? UNSAID_MAX);
      return Math.max(MIN_DEPTH, Math.min(limit, Math.ceil(depth)));
    },
    arrived(ms, outstanding) {
      const took = Math.max(ms, 0.05);
      blocks++;
      observe(took, outstanding);
      // The peer sent this and all that stood before it in that time.
      const each = took / outstanding;
      const wanted = (shortest.ms + queueMs()) / each;
      // A pipeline that was not full tells of no rate that is lower than thought.
      const full = outstanding >= depth * 0.75;
      if (wanted > depth || full) {
        depth = Math.min(MAX_DEPTH, depth + (wanted - depth) * WEIGHT);
        deepest = Math.max(deepest, depth);
        blockMs = blockMs === 0 ? each : blockMs + (each - blockMs) * WEIGHT;
      }
      const beyond = took - outstanding * blockMs;
      jitter += (Math.abs(beyond - (last ?? beyond)) - jitter) * JITTER.weight;
      last = beyond;
    },
    expectedMs(outstanding) {
      if (blockMs === 0) return Number.POSITIVE_INFINITY;
      return shortest.ms + outstanding * blockMs;
    },
  };
}
