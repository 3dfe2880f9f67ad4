/** Streams for people and programs, in the words of lbry-sdk. */

import { type BlobHash, hashOf } from '../blob.ts';
import { type StreamDescriptor, sizeBounds } from './descriptor.ts';
import { safeNameOf, textOfHex } from './file-name.ts';

export interface ShownStream {
  sd_hash: BlobHash;
  stream_hash: string;
  stream_name: string;
  suggested_file_name: string;
  /** under which it is written here */
  file_name: string;
  /** hex */
  key: string;
  total_bytes_lower_bound: number;
  total_bytes: number;
  blobs_in_stream: number;
  blobs: readonly { blob_hash: BlobHash; length: number }[];
}

/** `sdBlob`: the bytes that the descriptor was read from. `size`: of the file, where it is known. */
export function showStream(sdBlob: Uint8Array, descriptor: StreamDescriptor, size?: number): ShownStream {
  const { min, max } = sizeBounds(descriptor);
  const suggested = textOfHex(descriptor.suggestedFileName);
  return {
    sd_hash: hashOf(sdBlob),
    stream_hash: descriptor.streamHash,
    stream_name: textOfHex(descriptor.streamName),
    suggested_file_name: suggested,
    file_name: safeNameOf(suggested),
    key: descriptor.key,
    total_bytes_lower_bound: size ?? min,
    total_bytes: size ?? max,
    blobs_in_stream: descriptor.blobs.length,
    blobs: descriptor.blobs.map(({ hash, length }) => ({ blob_hash: hash, length })),
  };
}
