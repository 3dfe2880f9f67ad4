/** Descriptors: those of real streams in both orders, and everything else refused by name. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashOf, MAX_BLOB_BYTES } from '../../../../host/lbry/blob.ts';
import {
  decodeDescriptor,
  encodeDescriptor,
  type StreamDescriptor,
  sizeBounds,
  streamHashOf,
} from '../../../../host/lbry/stream/descriptor.ts';
import { textOfHex } from '../../../../host/lbry/stream/file-name.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

interface Real {
  sd_blob_ascii: string;
  sd_hash: string;
  stream_hash: string;
  is_sorted_keys_form: boolean;
  stream_name_utf8: string;
  suggested_file_name_utf8: string;
}
interface Created {
  file_name: string;
  sd_hash: string;
  sd_blob_ascii: string;
  old_sort_sd_hash: string;
  old_sort_sd_blob_ascii: string;
  lower_bound: number;
  upper_bound: number;
}
const all = vectors('stream_descriptors');
const real: Real[] = all.descriptors;
const created: Created[] = all.created_with_fixed_key_and_ivs.cases;
const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');

describe('a descriptor of a real stream', () => {
  it.each(real.map(each => [each.stream_name_utf8, each] as const))('is read, and written as it was: %s', (_, each) => {
    const bytes = Buffer.from(each.sd_blob_ascii, 'latin1');
    const descriptor = decodeDescriptor(bytes);
    expect(descriptor.streamHash).toBe(each.stream_hash);
    expect(textOfHex(descriptor.streamName)).toBe(each.stream_name_utf8);
    expect(textOfHex(descriptor.suggestedFileName)).toBe(each.suggested_file_name_utf8);
    const again = encodeDescriptor(descriptor, each.is_sorted_keys_form ? 'sorted' : 'old');
    expect(text(again)).toBe(each.sd_blob_ascii);
    expect(hashOf(again)).toBe(each.sd_hash);
  });

  it.each(created.map(each => [each.file_name, each] as const))('in both orders is the same stream: %s', (_, each) => {
    const sorted = decodeDescriptor(Buffer.from(each.sd_blob_ascii));
    expect(decodeDescriptor(Buffer.from(each.old_sort_sd_blob_ascii))).toEqual(sorted);
    expect(hashOf(encodeDescriptor(sorted))).toBe(each.sd_hash);
    expect(hashOf(encodeDescriptor(sorted, 'old'))).toBe(each.old_sort_sd_hash);
    expect(sizeBounds(sorted)).toEqual({ min: each.lower_bound, max: each.upper_bound - 1 });
  });

  it('without any blob has the hash that lbry.go gives it', () => {
    const { stream_name_hex, key_hex, suggested_file_name_hex, blobs, stream_hash } = all.null_stream;
    const nothing = {
      streamName: stream_name_hex,
      suggestedFileName: suggested_file_name_hex,
      key: key_hex,
      blobs: [],
      terminatorIv: blobs[0].iv,
    };
    expect(streamHashOf(nothing)).toBe(stream_hash);
    expect(sizeBounds(nothing)).toEqual({ min: 0, max: 0 });
  });
});

describe('a descriptor', () => {
  const good = JSON.parse(created[2]!.sd_blob_ascii);
  const decodeJson = (json: unknown) => decodeDescriptor(Buffer.from(JSON.stringify(json)));
  /** `good` with its hash set right after `change`. */
  function rehashed(change: (json: typeof good) => void): unknown {
    const json = structuredClone(good);
    change(json);
    const data = json.blobs.slice(0, -1);
    const descriptor: Omit<StreamDescriptor, 'streamHash'> = {
      streamName: json.stream_name,
      suggestedFileName: json.suggested_file_name,
      key: json.key,
      blobs: data.map(({ blob_hash: hash, length, iv }: { blob_hash: never; length: number; iv: string }) => ({
        hash,
        length,
        iv,
      })),
      terminatorIv: json.blobs.at(-1).iv,
    };
    return { ...json, stream_hash: streamHashOf(descriptor) };
  }

  it('may have more fields, and names in capitals', () => {
    expect(decodeJson({ ...good, more: 1, stream_name: good.stream_name.toUpperCase() }).streamName).toBe(
      good.stream_name,
    );
  });

  it('names as many blobs as fit into one blob, and no more', () => {
    const { blobs, terminatorIv, ...rest } = decodeDescriptor(Buffer.from(created[2]!.sd_blob_ascii));
    const full = { ...blobs[0]!, length: MAX_BLOB_BYTES };
    const bytesOf = (count: number) => {
      const many = { ...rest, terminatorIv, blobs: Array.from({ length: count }, () => full) };
      return encodeDescriptor({ ...many, streamHash: streamHashOf(many) });
    };
    const each = bytesOf(2_000).length - bytesOf(1_999).length;
    let most = Math.floor(MAX_BLOB_BYTES / each);
    while (bytesOf(most).length > MAX_BLOB_BYTES) most--;
    expect(decodeDescriptor(bytesOf(most)).blobs).toHaveLength(most);
    expect(most * (MAX_BLOB_BYTES - 1)).toBeGreaterThan(20e9);
    expect(() => decodeDescriptor(bytesOf(most + 1))).toThrow(LsdError);
  });

  const WRONG: [string, unknown][] = [
    ['no object', []],
    ['another type', { ...good, stream_type: 'lbrylist' }],
    ['no blobs', { ...good, blobs: [] }],
    ['no end', { ...good, blobs: good.blobs.slice(0, -1) }],
    ['another hash', { ...good, stream_hash: '0'.repeat(96) }],
    ['another key', { ...good, key: 'f'.repeat(32) }],
    ['a short key', rehashed(json => (json.key = 'ff'))],
    ['a long IV', rehashed(json => (json.blobs[0].iv += '00'))],
    ['a number skipped', rehashed(json => (json.blobs[1].blob_num = 2))],
    ['a blob over 2 MiB', rehashed(json => (json.blobs[0].length = 2_097_168))],
    ['a length that is no multiple of 16', rehashed(json => (json.blobs[1].length = 15))],
    ['a blob without a hash', rehashed(json => (json.blobs[0].blob_hash = undefined))],
    ['a name that is no hex', rehashed(json => (json.suggested_file_name = '../..'))],
    ['a hash in the last one', rehashed(json => (json.blobs.at(-1).blob_hash = good.blobs[0].blob_hash))],
  ];
  it.each(WRONG)('with %s is refused', (_, json) => {
    expect(() => decodeJson(json)).toThrow(LsdError);
    expect(() => decodeJson(json)).toThrow('This is no stream descriptor');
  });

  it('of hostile bytes is refused, never anything else', () => {
    const source = Buffer.from(created[2]!.sd_blob_ascii);
    const mutated = fc
      .array(fc.tuple(fc.nat(source.length - 1), fc.integer({ min: 32, max: 126 })), { minLength: 1, maxLength: 4 })
      .map(changes => {
        const bytes = Buffer.from(source);
        for (const [at, value] of changes) bytes[at] = value;
        return bytes;
      });
    const hostile = fc.oneof(
      mutated,
      fc.json().map(each => Buffer.from(each)),
      fc.uint8Array(),
      fc.constant(Buffer.from('['.repeat(100_000))),
    );
    fc.assert(
      fc.property(hostile, bytes => {
        try {
          decodeDescriptor(bytes);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
