/**
 * What a peer that connects names its torrent by: the info hash of a plain handshake (BEP 3), or SHA-1('req2' + info hash) of
 * an encrypted one (message stream encryption), where it takes an exchange of keys to see it. Pure: bytes in, values out.
 */

import { createDiffieHellman, createHash, randomBytes, randomInt } from 'node:crypto';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';

const PROTOCOL = Buffer.from('\x13BitTorrent protocol', 'latin1');
/** the protocol's name, eight reserved bytes, info hash, peer id */
const PLAIN_BYTES = 68;
const INFO_HASH_AT = 28;

const KEY_BYTES = 96;
const SHA1_BYTES = 20;
const MAX_PADDING = 512;
/** The protocol wants 160 random bits. */
const SECRET_BYTES = 20;
const PRIME = `ffffffffffffffffc90fdaa22168c234c4c6628b80dc1cd129024e088a67cc74020bbea63b139b22514a08798e3404ddef9519b3cd3a431b302b0a6df25f14374fe1356d6d51c245e485b576625e7ec6f44c42e9a63a36210000000000090563`;

/** bytes that any handshake has said by then which torrent it wants, or has not */
export const HANDSHAKE_BYTES = KEY_BYTES + MAX_PADDING + 2 * SHA1_BYTES;

export type Opening =
  /** too short to tell */
  | { kind: 'more' }
  | { kind: 'plain'; infoHash: InfoHash }
  /** it waits for our key */
  | { kind: 'encrypted'; key: Uint8Array };

export function readOpening(bytes: Uint8Array): Opening {
  const shared = Math.min(bytes.length, PROTOCOL.length);
  if (PROTOCOL.compare(bytes, 0, shared, 0, shared) === 0) {
    if (bytes.length < PLAIN_BYTES) return { kind: 'more' };
    const hash = Buffer.from(bytes.subarray(INFO_HASH_AT, INFO_HASH_AT + SHA1_BYTES)).toString('hex');
    return { kind: 'plain', infoHash: parseInfoHash(hash)! };
  }
  if (bytes.length < KEY_BYTES) return { kind: 'more' };
  return { kind: 'encrypted', key: bytes.subarray(0, KEY_BYTES) };
}

/**
 * Made once: it tests the prime each time, which takes 30 ms, and an exchange of keys half a millisecond. Its private key is
 * a new one for each exchange.
 */
let group: ReturnType<typeof createDiffieHellman> | undefined;

/** Ours for one exchange of keys. */
export interface KeyPair {
  /** what the peer is sent */
  readonly key: Uint8Array;
  /** What both then know; null where the peer's key is none (0, 1, the prime, …). */
  secretWith(theirs: Uint8Array): Uint8Array | null;
}

export function drawKeys(): KeyPair {
  group ??= createDiffieHellman(PRIME, 'hex', 2);
  const shared = group;
  const own = randomBytes(SECRET_BYTES);
  shared.setPrivateKey(own);
  return {
    key: padded(shared.generateKeys()),
    secretWith(theirs) {
      shared.setPrivateKey(own);
      try {
        return padded(shared.computeSecret(theirs));
      } catch {
        return null;
      }
    },
  };
}

/** What we answer to a peer's key, and the secret that both then know; null where the key is none. */
export function exchangeKeys(theirs: Uint8Array): { answer: Uint8Array; secret: Uint8Array } | null {
  const { key, secretWith } = drawKeys();
  const secret = secretWith(theirs);
  return secret && { answer: Buffer.concat([key, randomBytes(randomInt(MAX_PADDING + 1))]), secret };
}

/** After the peer's key: `null` when what follows is no handshake; `undefined` while it is too short to tell. */
export function readDigest(afterKey: Uint8Array, secret: Uint8Array): string | null | undefined {
  const mark = sha1('req1', secret);
  const at = Buffer.from(afterKey).indexOf(mark);
  if (at < 0 || at > MAX_PADDING) return afterKey.length >= MAX_PADDING + SHA1_BYTES ? null : undefined;
  const masked = afterKey.subarray(at + SHA1_BYTES, at + 2 * SHA1_BYTES);
  if (masked.length < SHA1_BYTES) return undefined;
  const mask = sha1('req3', secret);
  return Buffer.from(masked.map((byte, n) => byte ^ mask[n]!)).toString('hex');
}

function sha1(word: string, bytes: Uint8Array): Buffer {
  return createHash('sha1').update(word).update(bytes).digest();
}

/** A number of 768 bits that begins with zeros comes without them. */
function padded(number: Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(KEY_BYTES - number.length), number]);
}
