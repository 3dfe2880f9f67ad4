/** A file of any kind as what MediaSource takes: fragments of MP4 or WebM, from a time on. Nothing is decoded. */

import {
  ALL_FORMATS,
  CustomSource,
  EncodedAudioPacketSource,
  type EncodedPacket,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  Mp4OutputFormat,
  NullTarget,
  Output,
  type OutputFormat,
  WebMOutputFormat,
} from 'mediabunny';
import type { Bytes } from './bytes.ts';

/** Shorter ones start sooner, and cost more. */
const FRAGMENT_S = 0.5;
/** What is read is kept by `Bytes`. */
const CACHE = 1024 * 1024;

export interface Film {
  /** seconds */
  duration: number;
  /** as MediaSource takes it */
  type: string;
  /** Hands `write` the fragments from the key picture at or before `time` on, each when the one before it is taken. */
  from(time: number, write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): void;
}

interface Lane {
  sink: EncodedPacketSink;
  /** adds it to an output that is being written */
  track(output: Output): (packet: EncodedPacket) => Promise<void>;
}

/** Undefined where MediaSource takes nothing that it could be made into. */
export async function openFilm({ size, read, stop }: Bytes): Promise<Film | undefined> {
  // A read that was stopped fails for nobody.
  const source = new CustomSource({ getSize: () => size, read, maxCacheSize: CACHE, handleUnhandledError: () => {} });
  const input = new Input({ source, formats: ALL_FORMATS });
  const close = () => input.dispose();
  if (!(await input.canRead())) return close() ?? undefined;
  const [video, audio] = await Promise.all([input.getPrimaryVideoTrack(), input.getPrimaryAudioTrack()]);
  const container = await containerFor(video, audio);
  if (!container) return close() ?? undefined;
  const duration = (await input.getDurationFromMetadata()) ?? (await input.computeDuration());
  const lanes = [video && (await videoLane(video)), audio && (await audioLane(audio))].filter(lane => !!lane);
  return {
    duration,
    type: container.type,
    from(time, write, signal) {
      signal.addEventListener('abort', stop, { once: true });
      return mux(lanes, container.format, time, write, signal);
    },
    close,
  };
}

interface Container {
  type: string;
  /** `take` gets each part as it is made */
  format(take: (bytes: Uint8Array) => void): OutputFormat;
}

const CONTAINERS: [string, Container['format']][] = [
  [
    'mp4',
    take =>
      new Mp4OutputFormat({
        fastStart: 'fragmented',
        minimumFragmentDuration: FRAGMENT_S,
        onFtyp: take,
        onMoov: take,
        onMoof: take,
        onMdat: take,
      }),
  ],
  [
    'webm',
    take =>
      new WebMOutputFormat({
        appendOnly: true,
        minimumClusterDuration: FRAGMENT_S,
        onEbmlHeader: take,
        onSegmentHeader: take,
        onCluster: take,
      }),
  ],
];

async function containerFor(
  video: InputVideoTrack | null,
  audio: InputAudioTrack | null,
): Promise<Container | undefined> {
  const codecs = await Promise.all(
    [video, audio].filter(track => !!track).map(track => track.getCodecParameterString()),
  );
  const kind = video ? 'video' : 'audio';
  for (const [name, format] of CONTAINERS) {
    const type = `${kind}/${name}; codecs="${codecs.join(', ')}"`;
    if (codecs.length > 0 && MediaSource.isTypeSupported(type)) return { type, format };
  }
  return undefined;
}

async function videoLane(track: InputVideoTrack): Promise<Lane | undefined> {
  const [codec, config] = await Promise.all([track.getCodec(), track.getDecoderConfig()]);
  const rotation = await track.getRotation();
  if (!codec || !config) return undefined;
  return {
    sink: new EncodedPacketSink(track),
    track(output) {
      const source = new EncodedVideoPacketSource(codec);
      output.addVideoTrack(source, { rotation });
      return packet => source.add(packet, { decoderConfig: config });
    },
  };
}

async function audioLane(track: InputAudioTrack): Promise<Lane | undefined> {
  const [codec, config] = await Promise.all([track.getCodec(), track.getDecoderConfig()]);
  if (!codec || !config) return undefined;
  return {
    sink: new EncodedPacketSink(track),
    track(output) {
      const source = new EncodedAudioPacketSource(codec);
      output.addAudioTrack(source);
      return packet => source.add(packet, { decoderConfig: config });
    },
  };
}

async function mux(
  lanes: Lane[],
  format: Container['format'],
  time: number,
  write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const made: Uint8Array<ArrayBuffer>[] = [];
  const output = new Output({ format: format(bytes => made.push(bytes.slice())), target: new NullTarget() });
  const flush = async () => {
    for (let part = made.shift(); part; part = made.shift()) await write(part);
  };
  const open = [];
  try {
    let start = time;
    for (const { sink, track } of lanes) {
      const first = (await sink.getKeyPacket(start)) ?? (await sink.getFirstPacket());
      if (!first) continue;
      // What the second lane starts with fits the first: the film's sound begins with its picture.
      start = Math.min(start, first.timestamp);
      const packets = sink.packets(first);
      open.push({ add: track(output), packets, next: await packets.next() });
    }
    await output.start();
    for (;;) {
      signal.throwIfAborted();
      const behind = open.filter(lane => !lane.next.done).sort((a, b) => timeOf(a.next) - timeOf(b.next))[0];
      if (!behind?.next.value) break;
      await behind.add(behind.next.value);
      await flush();
      behind.next = await behind.packets.next();
    }
    await output.finalize();
    await flush();
  } finally {
    for (const { packets } of open) void packets.return();
    if (output.state !== 'finalized') await output.cancel();
  }
}

function timeOf(next: IteratorResult<EncodedPacket, void>): number {
  return next.value?.timestamp ?? 0;
}
