/** The DHT's node id of a node that knows its public address (BEP 42), so that others keep what it announces. Pure. */

import { randomBytes } from 'node:crypto';
import ipaddr from 'ipaddr.js';

const ID_BYTES = 20;
/** The bits of an address that count: of IPv4 and, of its first half, IPv6. */
const MASK_V4 = [0x03, 0x0f, 0x3f, 0xff];
const MASK_V6 = [0x01, 0x03, 0x07, 0x0f, 0x1f, 0x3f, 0x7f, 0xff];
/** CRC-32C, its bits the other way round */
const POLYNOMIAL = 0x82f63b78;

/** `random`: as many bytes as an id has; the last of them says which of eight ids of this address it is. */
export function nodeIdFor(address: string, random: Uint8Array = randomBytes(ID_BYTES)): Uint8Array {
  const bytes = ipaddr.process(address).toByteArray();
  const mask = bytes.length === 4 ? MASK_V4 : MASK_V6;
  const masked = mask.map((bits, at) => (bytes[at] ?? 0) & bits);
  const last = random.at(-1) ?? 0;
  masked[0] = (masked[0] ?? 0) | ((last & 7) << 5);
  const crc = crc32c(masked);
  const id = Uint8Array.from(random);
  id[0] = crc >>> 24;
  id[1] = crc >>> 16;
  // 21 bits are the address's.
  id[2] = ((crc >>> 8) & 0xf8) | ((random[2] ?? 0) & 7);
  return id;
}

function crc32c(bytes: readonly number[]): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1;
  }
  return (crc ^ 0xffffffff) >>> 0;
}
