/** Which network addresses may be contacted on the word of a site: public ones, and those of the LAN only where it is allowed. */

import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** `public`: the internet. `lan`: loopback, private, link-local and the like. `never`: no grant opens these. */
export type AddressClass = 'public' | 'lan' | 'never';

/** Where clouds keep credentials for whoever asks from inside; no archive lives there, not even on a LAN. */
const METADATA = new Set(['169.254.169.254', '100.100.100.200', 'fd00:ec2::254']);

const NEVER = new Set(['unspecified', 'broadcast', 'multicast']);

/** The class of an address in numbers; text that is no address is `never`. */
export function classOf(address: string): AddressClass {
  const bare = address.startsWith('[') && address.endsWith(']') ? address.slice(1, -1) : address;
  if (!ipaddr.isValid(bare)) return 'never';
  const parsed = ipaddr.parse(bare);
  if (METADATA.has(withoutZone(parsed.toString()))) return 'never';
  const range = parsed.range();
  if (NEVER.has(range)) return 'never';
  if (range === 'unicast') return 'public';
  if (parsed instanceof ipaddr.IPv6) return classOfEmbedded(parsed, range);
  return 'lan';
}

/** RFC 1918, RFC 3927, RFC 4193, RFC 4291. Loopback is not: tunnels and proxies to elsewhere begin there. */
const LOCAL = new Set(['private', 'linkLocal', 'uniqueLocal']);

/** An address of the local network, which the line out has nothing to do with. */
export function isLocal(address: string): boolean {
  return ipaddr.isValid(address) && LOCAL.has(ipaddr.process(address).range());
}

/** What stands for all the addresses that one line out has: the IPv4 address, or the first 64 bits of IPv6. */
export function lineOf(address: string): string {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return parsed.parts
    .slice(0, 4)
    .map(part => part.toString(16))
    .join(':');
}

/** An address in numbers, and no name. */
export function isAddress(text: string): boolean {
  return isIP(text) !== 0;
}

/** May this address be contacted, given whether the LAN is allowed. */
export function isAllowed(address: string, options: { lan: boolean }): boolean {
  const kind = classOf(address);
  return kind === 'public' || (kind === 'lan' && options.lan);
}

function classOfEmbedded(address: ipaddr.IPv6, range: string): AddressClass {
  // The mapped form is a way round filters on the internet, so it never counts as public.
  if (range === 'ipv4Mapped') return classOf(address.toIPv4Address().toString()) === 'never' ? 'never' : 'lan';
  // RFC 6052: behind NAT64 every IPv4 site resolves into this prefix, so what it carries decides.
  if (range === 'rfc6052') return classOf(address.toByteArray().slice(12).join('.'));
  return 'lan';
}

function withoutZone(address: string): string {
  return address.split('%')[0] ?? address;
}
