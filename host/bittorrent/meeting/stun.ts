/** STUN servers (RFC 7064) that WebRTC connections of a torrent may ask how the outside sees them. */

import type { Net } from '../../platform/net.ts';
import type { Place } from '../engine/link.ts';

/** `stuns:` is left out: the library speaks no TLS to them. */
const STUN = /^stun:(?:\/\/)?(\[[0-9a-f:.]+\]|[^:/?\s[\]]+)(?::(\d{1,5}))?$/i;
const DEFAULT_PORT = 3478;

export function isStunServer(url: string): boolean {
  return STUN.test(url);
}

/** By numbers, so that what is asked is the very address that may be; null: it may not be asked, or has no address. */
export async function checkedStun(net: Net, { at, lan }: Place): Promise<string | null> {
  const [, host = '', port = DEFAULT_PORT] = STUN.exec(at) ?? [];
  try {
    const { address, family } = await net.lookupChecked(host, { lan });
    return `stun:${family === 6 ? `[${address}]` : address}:${port}`;
  } catch {
    return null;
  }
}
