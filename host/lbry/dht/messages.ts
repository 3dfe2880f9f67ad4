/** What is asked and answered in the DHT: ping, findNode, findValue and store, out of and into the values of a datagram. */

import { isIPv4 } from 'node:net';
import { LsdError } from '../../../shared/errors.ts';
import { ascii, latin1 } from '../../core/bencode.ts';
import type { DhtDict, DhtValue } from './bencode.ts';
import type { RequestDatagram } from './datagram.ts';
import { bytesOf, KEY_BYTES, type Key, keyOf } from './id.ts';

/** A node of the table. */
export interface Contact {
  id: Key;
  /** IPv4 */
  address: string;
  udpPort: number;
}

/** Who announced a key: where it gives blobs, which is not where it speaks DHT. */
export interface Peer {
  id: Key;
  /** IPv4 */
  address: string;
  tcpPort: number;
}

export type Request =
  | { method: 'ping' }
  | { method: 'findNode'; key: Key }
  | { method: 'findValue'; key: Key; page: number }
  | { method: 'store'; key: Key; token: Uint8Array; tcpPort: number; publisher: Key };

export interface FoundValue {
  token: Uint8Array;
  /** how many pages of peers there are */
  pages: number;
  peers: Peer[];
  contacts: Contact[];
}

/** Contacts in an answer, and peers on a page of one. */
export const PAGE = 8;
const PROTOCOL_VERSION = 1;
const COMPACT_BYTES = 4 + 2 + KEY_BYTES;
/** lbry-sdk makes 48 bytes, lbry.go 32. */
const MAX_TOKEN_BYTES = 64;

/** Throws `invalid`, in lbry-sdk's words, for a method there is not, or arguments that it does not take. */
export function readRequest({ method, args }: RequestDatagram): Request {
  const options = args.at(-1);
  const [first, second, third, fourth] = args;
  switch (method) {
    case 'ping':
      return { method };
    case 'findNode':
      return { method, key: keyIn(first) };
    case 'findValue': {
      const page = options instanceof Map ? options.get('p') : 0;
      return { method, key: keyIn(first), page: typeof page === 'number' && page > 0 ? page : 0 };
    }
    case 'store':
      return { method, key: keyIn(first), token: tokenIn(second), tcpPort: portIn(third), publisher: keyIn(fourth) };
    default:
      throw new LsdError('invalid', `Invalid method: ${method.replace(/[^\x20-\x7e]/g, '?').slice(0, 32)}`);
  }
}

/** Method and arguments as lbry-sdk sends them. */
export function writeRequest(request: Request): Pick<RequestDatagram, 'method' | 'args'> {
  const { method } = request;
  const version: [string, number] = ['protocolVersion', PROTOCOL_VERSION];
  switch (method) {
    case 'ping':
      return { method, args: [new Map([version])] };
    case 'findNode':
      return { method, args: [bytesOf(request.key), new Map([version])] };
    case 'findValue':
      return { method, args: [bytesOf(request.key), new Map([['p', request.page], version])] };
    case 'store': {
      const { key, token, tcpPort, publisher } = request;
      // The 0 is how long ago it was published: now.
      return { method, args: [bytesOf(key), token, tcpPort, bytesOf(publisher), 0, new Map([version])] };
    }
  }
}

/** The contacts of an answer to findNode; those that are none are left out. */
export function readContacts(result: DhtValue | undefined): Contact[] {
  return Array.isArray(result) ? result.slice(0, 2 * PAGE).flatMap(contactIn) : [];
}

export function writeContacts(contacts: readonly Contact[]): DhtValue {
  return contacts.map(({ id, address, udpPort }) => [bytesOf(id), ascii(address), udpPort]);
}

function contactIn(value: DhtValue): Contact[] {
  if (!Array.isArray(value)) return [];
  const [idBytes, host, udpPort] = value;
  const id = idBytes instanceof Uint8Array ? keyOf(idBytes) : undefined;
  const address = host instanceof Uint8Array ? addressIn(host) : undefined;
  return id && address && isPort(udpPort) ? [{ id, address, udpPort }] : [];
}

/** Text, or the four bytes that a node of 2026 sends in its place. */
function addressIn(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join('.');
  const text = latin1(bytes.subarray(0, 16));
  return isIPv4(text) ? text : undefined;
}

/** An answer to findValue for this key. Throws `invalid` where it is none. */
export function readFoundValue(result: DhtValue, key: Key): FoundValue {
  if (!(result instanceof Map)) throw new LsdError('invalid', 'The answer to findValue is no dictionary.');
  const pages = result.get('p');
  const peers = result.get(latin1(bytesOf(key)));
  return {
    token: tokenIn(result.get('token')),
    // Nodes of 2018 have one page, and no number of them.
    pages: typeof pages === 'number' && pages >= 0 ? pages : peers === undefined ? 0 : 1,
    peers: Array.isArray(peers) ? peers.slice(0, 2 * PAGE).flatMap(peerIn) : [],
    contacts: readContacts(result.get('contacts')),
  };
}

export function writeFoundValue({ token, pages, peers, contacts }: FoundValue, key: Key, page: number): DhtDict {
  return new Map<string, DhtValue>([
    ['p', pages],
    ['protocolVersion', PROTOCOL_VERSION],
    ['token', token],
    ...(page === 0 ? [['contacts', writeContacts(contacts)] satisfies [string, DhtValue]] : []),
    ...(peers.length > 0 ? [[latin1(bytesOf(key)), peers.map(compactPeer)] satisfies [string, DhtValue]] : []),
  ]);
}

/** Address, port and id in 54 bytes. */
export function compactPeer({ id, address, tcpPort }: Peer): Uint8Array {
  const port = Buffer.alloc(2);
  port.writeUInt16BE(tcpPort);
  return Buffer.concat([Buffer.from(address.split('.').map(Number)), port, bytesOf(id)]);
}

function peerIn(value: DhtValue): Peer[] {
  if (!(value instanceof Uint8Array) || value.length !== COMPACT_BYTES) return [];
  const id = keyOf(value.subarray(6));
  const tcpPort = value[4]! * 256 + value[5]!;
  return id && isPort(tcpPort) ? [{ id, address: value.subarray(0, 4).join('.'), tcpPort }] : [];
}

/** Ports under 1024 belong to other services: nobody is sent there. */
export function isPort(value: unknown): value is number {
  return typeof value === 'number' && value >= 1024 && value <= 65_535;
}

function keyIn(value: DhtValue | undefined): Key {
  const key = value instanceof Uint8Array ? keyOf(value) : undefined;
  if (key) return key;
  throw new LsdError('invalid', 'invalid key length');
}

function tokenIn(value: DhtValue | undefined): Uint8Array {
  if (value instanceof Uint8Array && value.length > 0 && value.length <= MAX_TOKEN_BYTES) return value;
  throw new LsdError('invalid', 'Invalid token');
}

function portIn(value: DhtValue | undefined): number {
  if (isPort(value)) return value;
  throw new LsdError('invalid', `invalid tcp port: ${typeof value === 'number' ? value : 'none'}`);
}
