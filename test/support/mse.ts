/** Message stream encryption (MSE), as far as a stranger goes who names a torrent and then waits. */

import { createHash, randomBytes } from 'node:crypto';
import { req2Digest } from '../../host/bittorrent/engine.ts';

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
  const key = bytes96(power(BigInt(`0x${theirs.toString('hex')}`), secret));
  const named = Buffer.from(req2Digest(infoHash), 'hex');
  const mask = sha1(Buffer.from('req3'), key);
  return Buffer.concat([sha1(Buffer.from('req1'), key), Buffer.from(named.map((byte, at) => byte ^ (mask[at] ?? 0)))]);
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
