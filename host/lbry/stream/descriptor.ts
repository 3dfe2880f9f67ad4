/** Stream descriptors ("sd blobs"): which blobs, in which order and under which key, are a file. */

import { hash } from 'node:crypto';
import * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';
import { BLOCK_BYTES, type BlobHash, MAX_BLOB_BYTES, MAX_PLAIN_BYTES, parseBlobHash } from '../blob.ts';

export interface BlobInfo {
  hash: BlobHash;
  /** of the encrypted blob, bytes */
  length: number;
  /** 32 hex digits */
  iv: string;
}

/** Hex as it stands in the descriptor: the stream's hash is one over these texts. */
export interface StreamDescriptor {
  /** hex of the UTF-8 of the file's own name; hostile */
  streamName: string;
  /** hex of the UTF-8 of its sanitised name; as hostile */
  suggestedFileName: string;
  /** hex of 16 bytes; 24 and 32 are read, too */
  key: string;
  /** SHA-384 over all the rest; not the hash that the stream is known by, which is that of the descriptor's bytes */
  streamHash: string;
  /** those with bytes in them, in order */
  blobs: BlobInfo[];
  /** IV of the empty entry at the end */
  terminatorIv: string;
}

/** `sorted`: lbry-sdk since 0.20. `old`: lbrynet before, and lbry.go. Read are all orders. */
export type DescriptorOrder = 'sorted' | 'old';

const hex = (bytes: number) => v.pipe(v.string(), v.regex(new RegExp(`^[0-9a-fA-F]{${2 * bytes}}$`), 'is no such hex'));
const hexText = v.pipe(v.string(), v.regex(/^([0-9a-fA-F]{2})*$/, 'is no hex'));
const blobNumber = v.pipe(v.number(), v.integer(), v.minValue(0));
const entrySchema = v.object({
  blob_num: blobNumber,
  length: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_BLOB_BYTES), v.multipleOf(BLOCK_BYTES)),
  iv: hex(BLOCK_BYTES),
  blob_hash: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{96}$/, 'is no hash of a blob'))),
});
type Entry = v.InferOutput<typeof entrySchema>;

const descriptorSchema = v.object({
  stream_name: hexText,
  stream_type: v.literal('lbryfile'),
  key: v.union([hex(16), hex(24), hex(32)]),
  suggested_file_name: hexText,
  stream_hash: hex(48),
  blobs: v.pipe(v.array(entrySchema), v.minLength(1)),
});

/** Throws `invalid`, saying what is wrong, for bytes that are no descriptor or one that contradicts itself. */
export function decodeDescriptor(bytes: Uint8Array): StreamDescriptor {
  if (bytes.length > MAX_BLOB_BYTES) throw refused('it is larger than a blob can be');
  const result = v.safeParse(descriptorSchema, parseJson(bytes), { abortEarly: true });
  if (!result.success) throw refused(`"${v.getDotPath(result.issues[0]) ?? 'it'}" is not as it must be`);
  const { stream_name, suggested_file_name, key, stream_hash, blobs } = result.output;
  const terminator = blobs.at(-1)!;
  if (terminator.length !== 0 || terminator.blob_hash !== undefined)
    throw refused('its last blob is not the empty one');
  const descriptor = {
    // lbry-sdk hashes the names after a change to bytes and back, which makes them lower case; key and IV as they stand.
    streamName: stream_name.toLowerCase(),
    suggestedFileName: suggested_file_name.toLowerCase(),
    key,
    streamHash: stream_hash,
    blobs: blobs.slice(0, -1).map(dataBlob),
    terminatorIv: terminator.iv,
  };
  if (terminator.blob_num !== descriptor.blobs.length) throw refused('its blobs are numbered wrongly');
  if (streamHashOf(descriptor) !== stream_hash) throw refused('the hash in it is not that of what it says');
  return descriptor;
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw refused('it is no JSON');
  }
}

function dataBlob({ blob_num, blob_hash, length, iv }: Entry, index: number): BlobInfo {
  const hash = parseBlobHash(blob_hash);
  if (length === 0 || hash === undefined) throw refused('an empty blob stands before its end');
  if (blob_num !== index) throw refused('its blobs are numbered wrongly');
  return { hash, length, iv };
}

function refused(why: string): LsdError {
  return new LsdError('invalid', `This is no stream descriptor: ${why}.`);
}

/** The very bytes that lbry-sdk (or, `old`, lbrynet and lbry.go) writes, so that the hash of them is the same. */
export function encodeDescriptor(descriptor: StreamDescriptor, order: DescriptorOrder = 'sorted'): Uint8Array {
  const { streamName, suggestedFileName, key, streamHash, blobs, terminatorIv } = descriptor;
  const entries = [
    ...blobs.map(({ hash, length, iv }, index) => entryText({ blob_num: index, blob_hash: hash, length, iv }, order)),
    entryText({ blob_num: blobs.length, length: 0, iv: terminatorIv }, order),
  ];
  const list = `"blobs": [${entries.join(', ')}]`;
  const name = `"stream_name": "${streamName}"`;
  const ends = [`"stream_type": "lbryfile"`, `"suggested_file_name": "${suggestedFileName}"`];
  const fields =
    order === 'sorted'
      ? [list, `"key": "${key}"`, `"stream_hash": "${streamHash}"`, name, ...ends]
      : [name, list, ends[0], `"key": "${key}"`, ends[1], `"stream_hash": "${streamHash}"`];
  return Buffer.from(`{${fields.join(', ')}}`, 'latin1');
}

function entryText({ blob_num, blob_hash, length, iv }: Entry, order: DescriptorOrder): string {
  const named = blob_hash === undefined ? [] : [`"blob_hash": "${blob_hash}"`];
  const fields =
    order === 'sorted'
      ? [...named, `"blob_num": ${blob_num}`, `"iv": "${iv}"`, `"length": ${length}`]
      : [`"length": ${length}`, `"blob_num": ${blob_num}`, ...named, `"iv": "${iv}"`];
  return `{${fields.join(', ')}}`;
}

/** What `streamHash` must be, of all else. */
export function streamHashOf(descriptor: Omit<StreamDescriptor, 'streamHash'>): string {
  const { streamName, suggestedFileName, key, blobs, terminatorIv } = descriptor;
  const digests = [
    ...blobs.map(({ hash, length, iv }, index) => sha384(hash + index + iv + length)),
    sha384(`${blobs.length}${terminatorIv}0`),
  ];
  const ofBlobs = hash('sha384', Buffer.concat(digests), 'buffer');
  const texts = Buffer.from(streamName + key + suggestedFileName, 'latin1');
  return hash('sha384', Buffer.concat([texts, ofBlobs]), 'hex');
}

function sha384(text: string): Buffer {
  return hash('sha384', text, 'buffer');
}

/** How long the file may be, bytes: padding hides the length of its last blob until that is open. Both ends are possible. */
export function sizeBounds({ blobs }: Pick<StreamDescriptor, 'blobs'>): { min: number; max: number } {
  const last = blobs.at(-1);
  if (!last) return { min: 0, max: 0 };
  const before = startOf(blobs, blobs.length - 1);
  return { min: before + last.length - BLOCK_BYTES, max: before + last.length - 1 };
}

/** Where in the file this blob begins: all before it are as full as their length lets them be. */
export function startOf(blobs: readonly BlobInfo[], index: number): number {
  let start = 0;
  for (let at = 0; at < index; at++) start += blobs[at]!.length - 1;
  return start;
}

/** How many blobs, the empty one left out, so many bytes become. */
export function blobCount(fileBytes: number): number {
  return Math.ceil(fileBytes / MAX_PLAIN_BYTES);
}
