/**
 * What stands where a film's sound or picture has nothing: a browser plays a stream only where there are both, and stands still
 * for ever where one begins later or ends sooner. The picture stands, the sound is silent.
 */

import type { AudioCodec, EncodedPacket } from 'mediabunny';

/** A packet from `timestamp` on, s, made of another of the same track; it ends by `end` or a little later. */
export type Filler = (like: EncodedPacket, timestamp: number, end: number) => EncodedPacket;

/** One packet of it is no longer than this, s. */
const PICTURE_S = 1;
/** 20 ms of Opus that say nothing. RFC 6716, section 3.1. */
const OPUS = { bytes: [0xf8, 0xff, 0xfe], seconds: 0.02 };
/** Raw data blocks of AAC-LC without any spectrum, by the number of channels. ISO/IEC 14496-3, section 4.4.2.1. */
const AAC: Readonly<Record<number, number[]>> = {
  1: [0x01, 0x18, 0x20, 0x07],
  2: [0x21, 0x10, 0x04, 0x60, 0x8c, 0x1c],
  6: [0x01, 0x18, 0x20, 0x01, 0x08, 0x80, 0x23, 0x04, 0x60, 0x23, 0x10, 0x04, 0x60, 0x8c, 0x0c, 0x23, 0, 0, 0xe0],
};
/** Samples in a packet, for files that do not say how long theirs are. */
const AAC_SAMPLES = 1024;
const MP3_SAMPLES = 1152;

/** A key picture, again. */
export const stillPicture: Filler = (like, timestamp, end) =>
  like.clone({ timestamp, duration: Math.min(PICTURE_S, end - timestamp) });

/** Undefined where none is known for such sound. */
export function silenceIn(
  codec: AudioCodec,
  { numberOfChannels: channels, sampleRate }: Pick<AudioDecoderConfig, 'numberOfChannels' | 'sampleRate'>,
): Filler | undefined {
  const lasting = (like: EncodedPacket, samples: number) => like.duration || samples / sampleRate;
  if (codec === 'mp3') {
    return (like, timestamp) =>
      like.clone({ data: silentFrame(like.data), timestamp, duration: lasting(like, MP3_SAMPLES) });
  }
  if (codec === 'opus' && channels <= 2) {
    const data = Uint8Array.from(OPUS.bytes);
    return (like, timestamp) => like.clone({ data, timestamp, duration: OPUS.seconds });
  }
  const block = codec === 'aac' ? AAC[channels] : undefined;
  if (!block) return undefined;
  const data = Uint8Array.from(block);
  return (like, timestamp) => like.clone({ data, timestamp, duration: lasting(like, AAC_SAMPLES) });
}

/** Header of an MPEG audio frame, bytes; its second one says at its end that no checksum follows. */
const HEADER = 4;
const NO_CHECKSUM = 1;

/** The frame's header, and zeros: no bits are spent on any channel. ISO/IEC 11172-3, 2.4.1. */
function silentFrame(frame: Uint8Array): Uint8Array {
  const silent = new Uint8Array(frame.length);
  silent.set(frame.subarray(0, HEADER));
  silent[1] = (frame[1] ?? 0) | NO_CHECKSUM;
  return silent;
}
