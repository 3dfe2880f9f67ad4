/** Items that the DHT keeps (BEP 44): immutable ones, and those that are signed by a key. */

import { verify as verifySignature } from 'node:crypto';
import type { Client as Dht } from 'bittorrent-dht';
import { type BValue, dict, encode } from '../../core/bencode.ts';

/** The bencoded value at `target`; null where nobody has it. */
export function findItem(node: Dht, target: Uint8Array, salt: string | null): Promise<Uint8Array | null> {
  return new Promise((resolve, reject) => {
    node.get(Buffer.from(target), { verify, ...(salt !== null && { salt }) }, (error, item) => {
      if (error) return reject(error);
      try {
        resolve(item ? encode(asBencode(item.v)) : null);
      } catch (thrown) {
        reject(thrown);
      }
    });
  });
}

function verify(signature: Uint8Array, message: Uint8Array, key: Uint8Array): boolean {
  if (signature.length !== 64 || key.length !== 32) return false;
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') };
  try {
    return verifySignature(null, message, { key: jwk, format: 'jwk' }, signature);
  } catch {
    return false;
  }
}

/** As the library has decoded it, with dictionaries as objects. */
function asBencode(value: unknown): BValue {
  if (typeof value === 'number' || typeof value === 'bigint' || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(asBencode);
  if (typeof value !== 'object' || value === null) throw new Error('an item of the DHT is no bencode');
  return dict(Object.fromEntries(Object.entries(value).map(([key, each]) => [key, asBencode(each)])));
}
