/** Blobs: the bytes that lbry-sdk and lbry.go make of the same text, key and IV. */

import { hash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decryptBlob,
  encryptedLength,
  hashOf,
  MAX_BLOB_BYTES,
  MAX_PLAIN_BYTES,
  parseBlobHash,
  readBlobHash,
} from '../../../host/lbry/blob.ts';
import { LsdError } from '../../../shared/errors.ts';
import { encryptBlob } from '../../support/lbry-blob.ts';
import { vectors } from '../../support/lbry-vectors.ts';

interface Case {
  name: string;
  key_hex: string;
  iv_hex: string;
  plaintext_ascii?: string;
  ciphertext_hex?: string;
  blob_hash?: string;
  ciphertext_sha384_is_blob_hash?: string;
}
const cases: Case[] = vectors('blob_encryption').cases;
const bytes = (hex: string) => Buffer.from(hex, 'hex');

describe('a blob', () => {
  it.each(cases.map(each => [each.name, each] as const))('is what other implementations make: %s', (_, each) => {
    const plain = Buffer.from(each.plaintext_ascii ?? 'x'.repeat(MAX_PLAIN_BYTES));
    const [key, iv] = [bytes(each.key_hex), bytes(each.iv_hex)];
    const blob = encryptBlob(plain, key, iv);
    expect(blob.hash).toBe(each.blob_hash ?? each.ciphertext_sha384_is_blob_hash);
    if (each.ciphertext_hex) expect(Buffer.from(blob.bytes).toString('hex')).toBe(each.ciphertext_hex);
    expect(plain.equals(decryptBlob(blob.bytes, key, iv))).toBe(true);
  });

  it('is never longer than 2 MiB, and its length follows from that of its text', () => {
    expect(encryptedLength(MAX_PLAIN_BYTES)).toBe(MAX_BLOB_BYTES);
    expect(encryptedLength(MAX_PLAIN_BYTES - 1)).toBe(MAX_BLOB_BYTES);
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), plain => {
        expect(encryptBlob(plain, bytes('00'.repeat(16)), bytes('11'.repeat(16))).bytes.length).toBe(
          encryptedLength(plain.length),
        );
      }),
    );
  });

  it('that its key does not open is refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), fc.uint8Array({ minLength: 16, maxLength: 16 }), (blob, iv) => {
        try {
          decryptBlob(blob, bytes('00'.repeat(16)), iv);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
    );
  });
});

describe('the name of a blob', () => {
  it('is the SHA-384 of its bytes', () => {
    expect(hashOf(Buffer.from('abc'))).toBe(hash('sha384', 'abc', 'hex'));
  });

  it.each(['', 'a'.repeat(95), 'A'.repeat(96), 'g'.repeat(96), `${'a'.repeat(95)},`, `${'a'.repeat(96)}\n`])(
    'is 96 lower-case hexadecimal digits, not %j',
    text => {
      expect(parseBlobHash(text)).toBeUndefined();
    },
  );

  it('may be typed in capitals', () => {
    expect(readBlobHash('A'.repeat(96))).toBe('a'.repeat(96));
    expect(() => readBlobHash('abc')).toThrow('96 hexadecimal digits');
  });
});
