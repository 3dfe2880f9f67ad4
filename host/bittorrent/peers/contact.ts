/** Where a connected peer can be dialled, as far as that is known. */

import ipaddr from 'ipaddr.js';
import type { Wire } from 'webtorrent';
import { classOf } from '../../platform/addresses.ts';

export interface Contact {
  /** `host:port`, `[host]:port` of IPv6 */
  address: string;
  host: string;
  kind: 'public' | 'lan';
  family: 4 | 6;
}

/** What was dialled, or the port that the peer says it listens on (`p`, BEP 10). */
export function contactOf(wire: Wire): Contact | undefined {
  const { p } = wire.peerExtendedHandshake;
  const said = typeof p === 'number' && p > 0 && p < 65_536 ? p : undefined;
  if (wire.type === 'tcpOutgoing') return contactAt(wire.remoteAddress, wire.remotePort);
  return wire.type === 'tcpIncoming' ? contactAt(wire.remoteAddress, said) : undefined;
}

export function contactAt(host: string | undefined, port: number | undefined): Contact | undefined {
  if (!host || !port || !ipaddr.isValid(host)) return undefined;
  // An IPv4 peer of a socket that takes both is shown as `::ffff:…`.
  const parsed = ipaddr.process(host);
  const plain = parsed.toString();
  const kind = classOf(plain);
  if (kind === 'never') return undefined;
  const family = parsed.kind() === 'ipv4' ? 4 : 6;
  return { address: family === 4 ? `${plain}:${port}` : `[${plain}]:${port}`, host: plain, kind, family };
}
