/** The public key of a channel: on secp256k1, as SubjectPublicKeyInfo or as a bare compressed point. */

import { createPublicKey, type KeyObject } from 'node:crypto';

const COMPRESSED_BYTES = 33;
/** SubjectPublicKeyInfo (RFC 5480) of a compressed point on secp256k1, up to the point */
const BEFORE_POINT = Buffer.from('3036301006072a8648ce3d020106052b8104000a032200', 'hex');

/** Undefined for bytes that are no key on this curve. */
export function channelKey(bytes: Uint8Array): KeyObject | undefined {
  const der = bytes.length === COMPRESSED_BYTES ? Buffer.concat([BEFORE_POINT, bytes]) : Buffer.from(bytes);
  try {
    const key = createPublicKey({ key: der, format: 'der', type: 'spki' });
    return key.asymmetricKeyDetails?.namedCurve === 'secp256k1' ? key : undefined;
  } catch {
    return undefined;
  }
}

/** Hex of the compressed point; undefined for bytes that are no key on this curve. */
export function compressedKey(bytes: Uint8Array): string | undefined {
  const { x, y } = channelKey(bytes)?.export({ format: 'jwk' }) ?? {};
  if (x === undefined || y === undefined) return undefined;
  const isOdd = (Buffer.from(y, 'base64url').at(-1) ?? 0) % 2 === 1;
  return (isOdd ? '03' : '02') + Buffer.from(x, 'base64url').toString('hex');
}
