/** Ranges of addresses, as block lists give them: read from text, merged, and asked about. */

import ipaddr from 'ipaddr.js';
import type { AddressRanges } from '../core/preferences.ts';

export const NO_RANGES: AddressRanges = { v4: new Uint32Array(0), v6: [] };

export interface ParsedRanges {
  ranges: AddressRanges;
  /** lines that are neither a range nor a comment */
  wrong: string[];
}

/** eMule's rule: from here on a line of its format allows addresses. */
const ALLOWING = 128;
const DOTTED = String.raw`(\d{1,3}(?:\.\d{1,3}){3})`;
/** `name:1.2.3.4-1.2.3.9`, where the name may hold anything, and `1.2.3.4-1.2.3.9` */
const P2P = new RegExp(`^(?:.*:)?\\s*${DOTTED}\\s*-\\s*${DOTTED}$`);
/** `001.002.003.004 - 001.002.003.009 , 000 , name` */
const DAT = new RegExp(`^${DOTTED}\\s*-\\s*${DOTTED}\\s*,\\s*(\\d+)\\s*,`);
const ONE_DOTTED = new RegExp(`^${DOTTED}$`);
/** IPv6, also where it ends as IPv4 does */
const COLONS = new RegExp(`:(?:[^.:]*|${DOTTED})$`);
const SUBNET = /^(.+)\/(\d+)$/;
/** The bits of `::ffff:`, behind which an IPv6 address is one of IPv4 (RFC 4291, 2.5.5.2). */
const MAPPED_BITS = 96;
/** No list is to be so wrong that its lines fill the answer. */
const MAX_WRONG = 5;

interface Pairs {
  v4: [first: number, last: number][];
  v6: [first: string, last: string][];
}

/** P2P text, eMule's DAT, CIDR, single addresses, IPv6 ranges; a line each, `#` begins a comment. */
export function parseRanges(text: string): ParsedRanges {
  const pairs: Pairs = { v4: [], v6: [] };
  const wrong: string[] = [];
  for (const whole of text.split('\n')) {
    const line = whole.trim();
    if (line === '' || line.startsWith('#') || line.startsWith('//')) continue;
    if (!readLine(line, pairs) && wrong.length < MAX_WRONG) wrong.push(line.slice(0, 100));
  }
  return { ranges: rangesOf(pairs), wrong };
}

function readLine(line: string, pairs: Pairs): boolean {
  const dat = DAT.exec(line);
  if (dat) return Number(dat[3]) >= ALLOWING || addV4(pairs, dat[1]!, dat[2]!);
  const p2p = P2P.exec(line);
  if (p2p) return addV4(pairs, p2p[1]!, p2p[2]!);
  const bare = line.replace(/\s*#.*$/, '');
  if (bare.includes('/')) return addSubnet(pairs, bare);
  const [first = '', last = first] = bare.split('-').map(part => part.trim());
  return addAddresses(pairs, first, last);
}

function addV4(pairs: Pairs, first: string, last: string): boolean {
  const [from, to] = [numberOf(first), numberOf(last)];
  if (from === undefined || to === undefined || from > to) return false;
  pairs.v4.push([from, to]);
  return true;
}

function numberOf(dotted: string): number | undefined {
  return octetsOf(dotted)?.reduce((sum, octet) => sum * 256 + octet, 0);
}

/** Block lists write leading zeros, and mean decimal numbers. */
function octetsOf(dotted: string): number[] | undefined {
  const octets = dotted.split('.').map(Number);
  return octets.some(octet => octet > 255) ? undefined : octets;
}

function addSubnet(pairs: Pairs, text: string): boolean {
  const [, address = '', length = ''] = SUBNET.exec(text) ?? [];
  const bytes = readAddress(address);
  if (!bytes) return false;
  const isMapped = bytes.length === 4 && address.includes(':');
  const bits = Number(length) - (isMapped ? MAPPED_BITS : 0);
  if (bits < 0 || bits > bytes.length * 8) return false;
  const edge = (fill: number) =>
    bytes.map((byte, at) => {
      const kept = Math.max(0, Math.min(8, bits - at * 8));
      const mask = (0xff << (8 - kept)) & 0xff;
      return (byte & mask) | (fill & ~mask & 0xff);
    });
  return add(pairs, edge(0), edge(0xff));
}

function addAddresses(pairs: Pairs, first: string, last: string): boolean {
  const [from, to] = [readAddress(first), readAddress(last)];
  return from !== undefined && to !== undefined && add(pairs, from, to);
}

/** As lists write them: ipaddr.js by itself takes `010` for octal, `10` for 0.0.0.10, and `0x` for hexadecimal. */
function readAddress(text: string): number[] | undefined {
  if (ONE_DOTTED.test(text)) return octetsOf(text);
  return COLONS.test(text) && ipaddr.isValid(text) ? bytesOf(text) : undefined;
}

/** An IPv4 address in IPv6's clothes is that IPv4 address. */
function bytesOf(address: string): number[] {
  return ipaddr.process(address).toByteArray();
}

function add(pairs: Pairs, first: number[], last: number[]): boolean {
  if (first.length !== last.length || hex(first) > hex(last)) return false;
  if (first.length === 4) pairs.v4.push([Number.parseInt(hex(first), 16), Number.parseInt(hex(last), 16)]);
  else pairs.v6.push([hex(first), hex(last)]);
  return true;
}

function hex(bytes: number[]): string {
  return bytes.map(byte => byte.toString(16).padStart(2, '0')).join('');
}

/** Several lists as one. */
export function mergeRanges(all: readonly AddressRanges[]): AddressRanges {
  const pairs: Pairs = { v4: [], v6: [] };
  for (const { v4, v6 } of all) {
    for (let at = 0; at < v4.length; at += 2) pairs.v4.push([v4[at]!, v4[at + 1]!]);
    for (let at = 0; at < v6.length; at += 2) pairs.v6.push([v6[at]!, v6[at + 1]!]);
  }
  return rangesOf(pairs);
}

function rangesOf({ v4, v6 }: Pairs): AddressRanges {
  const merged4 = merge(v4, (last, first) => first <= last + 1);
  return { v4: Uint32Array.from(merged4.flat()), v6: merge(v6, (last, first) => first <= last).flat() };
}

function merge<T extends number | string>(pairs: [T, T][], touches: (last: T, first: T) => boolean): [T, T][] {
  const sorted = pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  const merged: [T, T][] = [];
  for (const [first, last] of sorted) {
    const before = merged.at(-1);
    if (before && touches(before[1], first)) before[1] = last > before[1] ? last : before[1];
    else merged.push([first, last]);
  }
  return merged;
}

export function countRanges({ v4, v6 }: AddressRanges): number {
  return (v4.length + v6.length) / 2;
}

/** Whether a range holds the address; text that is no address is in none. */
export function isInRanges({ v4, v6 }: AddressRanges, address: string): boolean {
  if ((v4.length === 0 && v6.length === 0) || !ipaddr.isValid(address)) return false;
  const bytes = bytesOf(address);
  if (bytes.length === 4) return holds(v4, Number.parseInt(hex(bytes), 16));
  return holds(v6, hex(bytes));
}

/** By halves: the last range that begins at or before it. */
function holds<T extends number | string>(pairs: ArrayLike<T>, wanted: T): boolean {
  let low = 0;
  let high = pairs.length / 2;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pairs[middle * 2]! <= wanted) low = middle + 1;
    else high = middle;
  }
  return low > 0 && pairs[low * 2 - 1]! >= wanted;
}
