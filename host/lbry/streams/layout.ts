/** Which blob holds which bytes of a stream's file. */

import { LsdError } from '../../../shared/errors.ts';
import type { StreamDescription } from '../../core/lbry.ts';
import type { BlobHash } from '../blob.ts';
import { decodeDescriptor, type StreamDescriptor, sizeBounds } from '../stream/descriptor.ts';
import { safeNameOf, textOfHex } from '../stream/file-name.ts';

export interface Layout {
  sdHash: BlobHash;
  descriptor: StreamDescriptor;
  sdBlob: Uint8Array;
  /** of the last blob */
  last: number;
  /** Where the bytes of this blob begin. */
  start(number: number): number;
  /** How many bytes it holds, where it is full: all but the last are. */
  fullLength(number: number): number;
  /** The blob with the byte at this position. */
  at(position: number): number;
}

/** Throws `invalid` for bytes that are no descriptor, or one of an empty file: there is nothing to fetch or to give. */
export function layoutOf(sdHash: BlobHash, sdBlob: Uint8Array): Layout {
  const descriptor = decodeDescriptor(sdBlob);
  if (descriptor.blobs.length === 0)
    throw new LsdError('invalid', 'This stream is of an empty file: there is nothing in it.');
  const starts = new Float64Array(descriptor.blobs.length + 1);
  for (const [index, { length }] of descriptor.blobs.entries()) starts[index + 1] = starts[index]! + length - 1;
  const last = descriptor.blobs.length - 1;
  return {
    sdHash,
    descriptor,
    sdBlob,
    last,
    start: number => starts[number]!,
    fullLength: number => starts[number + 1]! - starts[number]!,
    at(position) {
      let [low, high] = [0, last];
      while (low < high) {
        const middle = (low + high + 1) >> 1;
        if (starts[middle]! <= position) low = middle;
        else high = middle - 1;
      }
      return low;
    },
  };
}

/** `size`: of the file, bytes; null: not known yet */
export function describe({ sdHash, descriptor, sdBlob }: Layout, size: number | null): StreamDescription {
  const suggestedName = textOfHex(descriptor.suggestedFileName);
  return {
    sdHash,
    streamHash: descriptor.streamHash,
    descriptor: sdBlob,
    streamName: textOfHex(descriptor.streamName),
    suggestedName,
    safeName: safeNameOf(suggestedName),
    key: descriptor.key,
    blobs: descriptor.blobs.map(({ hash, length }) => ({ hash, length })),
    size: size === null ? sizeBounds(descriptor) : { min: size, max: size },
  };
}
