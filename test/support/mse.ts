/** Message stream encryption (MSE), as far as a stranger goes who names a torrent, and then waits or goes on. */

import { createHash, randomBytes } from 'node:crypto';
import { req2Digest } from '../../host/platform/req2.ts';

/** bytes of a public key; what follows it is padding */
export const KEY_BYTES = 96;

const PRIME = BigInt(
  '0xFFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A63A36210000000000090563',
);

export interface Key {
  secret: bigint;
  /** what is sent first */
  open: Buffer;
}

export function makeKey(): Key {
  const secret = BigInt(`0x${randomBytes(20).toString('hex')}`);
  return { secret, open: bytes96(power(2n, secret)) };
}

/**
 * The message that names the torrent, given the other side's public key. What would follow is encrypted with the info
 * hash: whoever knows it waits for that, nobody else does.
 */
export function nameEncrypted(infoHash: string, theirs: Buffer, { secret }: Key): Buffer {
  const key = sharedKey(theirs, secret);
  const named = Buffer.from(req2Digest(infoHash), 'hex');
  const mask = sha1(Buffer.from('req3'), key);
  return Buffer.concat([sha1(Buffer.from('req1'), key), Buffer.from(named.map((byte, at) => byte ^ (mask[at] ?? 0)))]);
}

/** What who knows the info hash sends next, `inner` at its end, and how what comes then is read: as hex, '' before it makes sense. */
export function continueEncrypted(
  infoHash: string,
  theirs: Buffer,
  { secret }: Key,
  inner: Buffer,
): { rest: Buffer; decipher(answer: Buffer): string } {
  const key = sharedKey(theirs, secret);
  const keyOf = (word: string) => sha1(Buffer.from(word), key, Buffer.from(infoHash, 'hex'));
  // The verification constant, RC4 as the one way offered, no padding, the length of what follows.
  const head = Buffer.from('0000000000000000000000020000', 'hex');
  const rest = Buffer.concat([head, Buffer.from([inner.length >> 8, inner.length & 255]), inner]);
  return {
    rest: rc4(keyOf('keyA'))(rest),
    /** Its padding ends somewhere in the first 512 bytes; what it says then names the info hash. */
    decipher(answer) {
      for (let padding = 0; padding <= Math.min(512, answer.length); padding++) {
        const plain = rc4(keyOf('keyB'))(answer.subarray(padding)).toString('hex');
        if (plain.startsWith('0'.repeat(16)) && plain.includes(infoHash)) return plain;
      }
      return '';
    },
  };
}

/** RC4 without its first 1024 bytes. */
function rc4(key: Buffer): (bytes: Buffer) => Buffer {
  const state = Uint8Array.from({ length: 256 }, (_, at) => at);
  let [i, j] = [0, 0];
  const swap = () => {
    const held = state[i]!;
    state[i] = state[j]!;
    state[j] = held;
  };
  for (i = 0; i < 256; i++) {
    j = (j + state[i]! + key[i % key.length]!) & 255;
    swap();
  }
  [i, j] = [0, 0];
  const next = () => {
    i = (i + 1) & 255;
    j = (j + state[i]!) & 255;
    swap();
    return state[(state[i]! + state[j]!) & 255]!;
  };
  for (let skipped = 0; skipped < 1024; skipped++) next();
  return bytes => Buffer.from(bytes.map(byte => byte ^ next()));
}

function sharedKey(theirs: Buffer, secret: bigint): Buffer {
  return bytes96(power(BigInt(`0x${theirs.toString('hex')}`), secret));
}

function sha1(...parts: Buffer[]): Buffer {
  return createHash('sha1').update(Buffer.concat(parts)).digest();
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n;
  let square = base % PRIME;
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = (result * square) % PRIME;
    square = (square * square) % PRIME;
  }
  return result;
}

function bytes96(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(192, '0'), 'hex');
}
