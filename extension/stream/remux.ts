/** A file of any kind as what MediaSource takes: fragments of MP4 or WebM, from a time on. Nothing is decoded. */

import {
  ALL_FORMATS,
  CustomSource,
  EncodedAudioPacketSource,
  EncodedPacketSink,
  EncodedVideoPacketSource,
  Input,
  type InputAudioTrack,
  type InputVideoTrack,
  Mp4OutputFormat,
  type OutputFormat,
  WebMOutputFormat,
} from 'mediabunny';
import type { Bytes } from './bytes.ts';
import { silenceIn, stillPicture } from './gaps.ts';
import { type Lane, mux } from './mux.ts';

/** Shorter ones start sooner, and cost more. */
const FRAGMENT_S = 0.5;
/** What is read is kept by `Bytes`. */
const CACHE = 1024 * 1024;
/** ms; a film that does not say how long it is may have to be read whole to know */
const COUNTING_MS = 2_000;

export interface Film {
  /** seconds; Infinity where that cannot be known soon */
  duration: number;
  /** as MediaSource takes it */
  type: string;
  /** Hands `write` the fragments from the key picture at or before `time` on, each when the one before it is taken. */
  from(time: number, write: (bytes: Uint8Array<ArrayBuffer>) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): void;
}

/** `foreign`: it is no film of any kind. `refused`: MediaSource takes nothing that it could be made into. */
export async function openFilm({ size, read, stop }: Bytes): Promise<Film | 'foreign' | 'refused'> {
  // A read that was stopped fails for nobody.
  const source = new CustomSource({ getSize: () => size, read, maxCacheSize: CACHE, handleUnhandledError: () => {} });
  const input = new Input({ source, formats: ALL_FORMATS });
  const close = () => input.dispose();
  if (!(await input.canRead())) return close() ?? 'foreign';
  const [video, audio] = await Promise.all([input.getPrimaryVideoTrack(), input.getPrimaryAudioTrack()]);
  const container = await containerFor(video, audio);
  if (!container) return close() ?? 'refused';
  const duration = (await input.getDurationFromMetadata()) || (await soon(input.computeDuration(), stop)) || Infinity;
  const lanes = [video && (await videoLane(video)), audio && (await audioLane(audio))].filter(lane => !!lane);
  return {
    duration,
    type: container.type,
    async from(time, write, signal) {
      signal.throwIfAborted();
      // What one that was left has asked for since: this one would wait for it.
      stop();
      const left = new Promise<never>((_resolve, reject) => {
        const leave = () => {
          stop();
          reject(signal.reason);
        };
        signal.addEventListener('abort', leave, { once: true });
      });
      await Promise.race([mux({ lanes, format: container.format, duration, time, write }, signal), left]);
    },
    close,
  };
}

/** Undefined where it takes too long, or cannot be. */
async function soon<T>(work: Promise<T>, stop: () => void): Promise<T | undefined> {
  const timer = setInterval(stop, COUNTING_MS);
  try {
    return await work;
  } catch {
    return undefined;
  } finally {
    clearInterval(timer);
  }
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
    fill: stillPicture,
    isPicture: true,
    track(output) {
      const source = new EncodedVideoPacketSource(codec);
      output.addVideoTrack(source, { rotation });
      return { add: packet => source.add(packet, { decoderConfig: config }), close: () => source.close() };
    },
  };
}

async function audioLane(track: InputAudioTrack): Promise<Lane | undefined> {
  const [codec, config] = await Promise.all([track.getCodec(), track.getDecoderConfig()]);
  if (!codec || !config) return undefined;
  return {
    sink: new EncodedPacketSink(track),
    fill: silenceIn(codec, config),
    isPicture: false,
    track(output) {
      const source = new EncodedAudioPacketSource(codec);
      output.addAudioTrack(source);
      return { add: packet => source.add(packet, { decoderConfig: config }), close: () => source.close() };
    },
  };
}
