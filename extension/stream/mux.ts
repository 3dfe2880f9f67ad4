/** Writes a film's picture and sound side by side, from a time on, so that neither waits for the other. */

import { type EncodedPacket, type EncodedPacketSink, NullTarget, Output, type OutputFormat } from 'mediabunny';
import type { Filler } from './gaps.ts';

/** One track of the film, and how it is written. */
export interface Lane {
  sink: EncodedPacketSink;
  /** what stands where it has nothing; undefined: nothing can */
  fill: Filler | undefined;
  /** Pictures of their own say what is shown in between; sound does not. */
  isPicture: boolean;
  /** adds it to an output that is being written */
  track(output: Output): Track;
}

export interface Track {
  add(packet: EncodedPacket): Promise<void>;
  /** nothing more comes */
  close(): void;
}

export interface Wanted {
  lanes: Lane[];
  /** `take` gets each part as it is made */
  format(take: (bytes: Uint8Array) => void): OutputFormat;
  /** of the film, in seconds; Infinity where nobody knows */
  duration: number;
  /** where it begins, in seconds: at the key picture at or before that */
  time: number;
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
}

/**
 * Seconds that a lane may stay behind the other, and between what was written of it and its own next packet, before something
 * stands there. Between pictures it is theirs to say how long they last.
 */
const BEHIND_S = 1;
const GAP_S = 0.1;
const PICTURES_GAP_S = 1;
/** A lane that ends so much sooner than the film needs nothing in its place: by then all of the film is there, and said to be. */
const LAST_GAP_S = 15;

/** A lane that is being written. */
interface Open extends Pick<Lane, 'fill' | 'isPicture'>, Track {
  packets: AsyncGenerator<EncodedPacket, void, unknown>;
  next: IteratorResult<EncodedPacket, void>;
  /** what stands in is made of this */
  like: EncodedPacket;
  last: EncodedPacket | undefined;
  /** seconds: what was written ends here */
  end: number;
  isClosed: boolean;
}

/** Each part is written when the one before it is taken. */
export async function mux({ lanes, format, duration, time, write }: Wanted, signal: AbortSignal): Promise<void> {
  const made: Uint8Array<ArrayBuffer>[] = [];
  const output = new Output({ format: format(bytes => made.push(bytes.slice())), target: new NullTarget() });
  const flush = async () => {
    for (let part = made.shift(); part; part = made.shift()) await write(part);
  };
  let open: Open[] = [];
  try {
    open = await openLanes(lanes, output, time, signal);
    await output.start();
    for (;;) {
      signal.throwIfAborted();
      const behind = furthestBehind(open);
      if (!behind?.next.value) break;
      const { timestamp } = behind.next.value;
      for (const lane of open) await standIn(lane, timestamp, lane === behind ? gapIn(lane) : BEHIND_S);
      await put(behind, behind.next.value);
      await flush();
      behind.next = await behind.packets.next();
      if (behind.next.done && (!behind.fill || duration - behind.end <= LAST_GAP_S)) close(behind);
    }
    await output.finalize();
    await flush();
  } finally {
    for (const { packets } of open) void packets.return();
    if (output.state !== 'finalized') await output.cancel();
  }
}

async function openLanes(lanes: Lane[], output: Output, time: number, signal: AbortSignal): Promise<Open[]> {
  const open: Open[] = [];
  let start = time;
  for (const { sink, track, fill, isPicture } of lanes) {
    const first = (await sink.getKeyPacket(start)) ?? (await sink.getFirstPacket());
    signal.throwIfAborted();
    if (!first) continue;
    // What the second lane starts with fits the first: the film's sound begins with its picture.
    if (isPicture) start = Math.min(start, first.timestamp);
    const packets = sink.packets(first);
    let next = await packets.next();
    signal.throwIfAborted();
    // Its last, long before.
    if (fill && !isPicture && first.timestamp + first.duration < start - GAP_S) next = await packets.next();
    const written = { ...track(output), fill, isPicture, packets, next };
    open.push({ ...written, like: first, last: undefined, end: start, isClosed: false });
  }
  return open;
}

function furthestBehind(open: Open[]): Open | undefined {
  let behind: Open | undefined;
  for (const lane of open) if (!lane.next.done && (!behind || timeOf(lane.next) < timeOf(behind.next))) behind = lane;
  return behind;
}

function timeOf(next: IteratorResult<EncodedPacket, void>): number {
  return next.value?.timestamp ?? 0;
}

async function put(lane: Open, packet: EncodedPacket): Promise<void> {
  await lane.add(packet);
  if (lane.isPicture && packet.type === 'key') lane.like = packet;
  lane.last = packet;
  lane.end = Math.max(lane.end, packet.timestamp + packet.duration);
}

/** Seconds without anything that its next packet may come after. */
function gapIn({ isPicture, last, like }: Open): number {
  return isPicture && last && last.data !== like.data ? PICTURES_GAP_S : GAP_S;
}

/** Up to `time`, s, unless that is no further than `gap`. */
async function standIn(lane: Open, time: number, gap: number): Promise<void> {
  const { fill, like, isPicture, next } = lane;
  if (!fill || lane.isClosed || time - lane.end <= gap) return;
  // Where pictures go on, the last one stands: an older one would flash up.
  if (isPicture && lane.last && lane.last.type !== 'key' && !next.done) return;
  while (time - lane.end > GAP_S) {
    const packet = fill(like, lane.end, time);
    await lane.add(packet);
    lane.last = packet;
    lane.end += packet.duration;
  }
}

function close(lane: Open): void {
  lane.isClosed = true;
  lane.close();
}
