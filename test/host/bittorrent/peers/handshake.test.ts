import { createDiffieHellman, createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exchangeKeys, HANDSHAKE_BYTES, readDigest, readOpening } from '../../../../host/bittorrent/peers/handshake.ts';
import { req2Digest } from '../../../../host/platform/req2.ts';

const PRIME =
  'ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563';
const INFO_HASH = 'c0ffee'.padEnd(40, '0');

const plain = Buffer.concat([
  Buffer.from('\x13BitTorrent protocol', 'latin1'),
  Buffer.alloc(8),
  Buffer.from(INFO_HASH, 'hex'),
  Buffer.from('-XX0001-abcdefghijkl'),
]);

const sha1 = (word: string, bytes: Uint8Array) => createHash('sha1').update(word).update(bytes).digest();

/** What a peer sends after its key, with padding. */
function named(secret: Uint8Array, padding: Uint8Array): Buffer {
  const mask = sha1('req3', secret);
  const digest = Buffer.from(req2Digest(INFO_HASH), 'hex').map((byte, at) => byte ^ mask[at]!);
  return Buffer.concat([padding, sha1('req1', secret), digest]);
}

describe('a handshake', () => {
  it('in the clear names its info hash once it is whole', () => {
    for (let length = 0; length < plain.length; length++) {
      expect(readOpening(plain.subarray(0, length))).toEqual({ kind: 'more' });
    }
    expect(readOpening(Buffer.concat([plain, Buffer.from('more')]))).toEqual({ kind: 'plain', infoHash: INFO_HASH });
  });

  it('that is encrypted names its torrent after the exchange of keys, whatever the padding', () => {
    const theirs = createDiffieHellman(PRIME, 'hex', 2);
    const key = theirs.generateKeys();
    const { answer, secret } = exchangeKeys(key)!;
    const shared = theirs.computeSecret(answer.subarray(0, 96));
    expect(Buffer.concat([Buffer.alloc(96 - shared.length), shared]).equals(secret)).toBe(true);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 512 }), fc.uint8Array({ maxLength: 50 }), (padding, rest) => {
        const whole = named(secret, padding);
        expect(whole.length).toBeLessThanOrEqual(HANDSHAKE_BYTES - 96);
        expect(readDigest(whole.subarray(0, -1), secret)).toBeUndefined();
        expect(readDigest(Buffer.concat([whole, rest]), secret)).toBe(req2Digest(INFO_HASH));
      }),
    );
  });

  it('takes another key and another secret each time', () => {
    const key = createDiffieHellman(PRIME, 'hex', 2).generateKeys();
    const [one, other] = [exchangeKeys(key)!, exchangeKeys(key)!];
    expect(Buffer.from(one.answer.subarray(0, 96)).equals(other.answer.subarray(0, 96))).toBe(false);
    expect(Buffer.from(one.secret).equals(other.secret)).toBe(false);
  });

  it('that is none is known by the most that one may take', () => {
    const { secret } = exchangeKeys(Buffer.alloc(96, 7))!;
    fc.assert(
      fc.property(fc.uint8Array({ minLength: HANDSHAKE_BYTES, maxLength: 2_000 }), bytes => {
        expect(readOpening(bytes).kind).not.toBe('more');
        expect(readDigest(bytes.subarray(96), secret)).toBeNull();
      }),
    );
  });

  it.each([
    ['zero', Buffer.alloc(96)],
    ['one', Buffer.concat([Buffer.alloc(95), Buffer.from([1])])],
    ['the prime', Buffer.from(PRIME, 'hex')],
    ['more than the prime', Buffer.alloc(96, 255)],
  ])('with a key that is %s has no secret', (_what, key) => {
    expect(exchangeKeys(key)).toBeNull();
  });
});
