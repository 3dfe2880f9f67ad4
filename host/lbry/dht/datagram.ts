/** Datagrams of the DHT: requests, responses and errors, as bytes. */

import { LsdError } from '../../../shared/errors.ts';
import { ascii, latin1 } from '../../core/bencode.ts';
import { type DhtDict, type DhtValue, decodeValue, encodeValue } from './bencode.ts';
import { bytesOf, type Key, keyOf } from './id.ts';

/** What a sender refuses to exceed, bytes. */
export const MAX_DATAGRAM_BYTES = 1_400;
const RPC_ID_BYTES = 20;

interface Envelope {
  /** hex; the answer has that of the question */
  rpcId: string;
  /** of the sender */
  nodeId: Key;
}
export interface RequestDatagram extends Envelope {
  kind: 'request';
  method: string;
  args: DhtValue[];
}
export interface ResponseDatagram extends Envelope {
  kind: 'response';
  result: DhtValue;
}
export interface ErrorDatagram extends Envelope {
  kind: 'error';
  /** the name of an exception */
  type: string;
  message: string;
}
export type Datagram = RequestDatagram | ResponseDatagram | ErrorDatagram;

const KINDS = ['request', 'response', 'error'] as const;

/** Throws `invalid` for bytes that are no datagram. */
export function decodeDatagram(bytes: Uint8Array): Datagram {
  const fields = decodeValue(bytes);
  if (!(fields instanceof Map)) throw refused('it is no dictionary');
  const [type, rpcId, sender, third, fourth] = ['0', '1', '2', '3', '4'].map(key => fields.get(key));
  const nodeId = sender instanceof Uint8Array ? keyOf(sender) : undefined;
  if (!(rpcId instanceof Uint8Array) || rpcId.length !== RPC_ID_BYTES || !nodeId) throw refused('it lacks its ids');
  const envelope = { rpcId: Buffer.from(rpcId).toString('hex'), nodeId };
  switch (typeof type === 'number' ? KINDS[type] : undefined) {
    case 'request':
      if (!(third instanceof Uint8Array)) throw refused('it names no method');
      return { ...envelope, kind: 'request', method: latin1(third), args: Array.isArray(fourth) ? fourth : [] };
    case 'response':
      if (third === undefined) throw refused('it has no result');
      return { ...envelope, kind: 'response', result: third };
    case 'error':
      return { ...envelope, kind: 'error', type: textOf(third), message: textOf(fourth) };
    default:
      throw refused('it is of no known type');
  }
}

/** Nodes in Go send a list of texts. */
function textOf(value: DhtValue | undefined): string {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  return Array.isArray(value) ? value.map(textOf).join(' ') : '';
}

/** As lbry-sdk writes it. Throws `invalid` where that is more than a datagram may be. */
export function encodeDatagram(datagram: Datagram): Uint8Array {
  const fields: DhtDict = new Map<number, DhtValue>([
    [0, KINDS.indexOf(datagram.kind)],
    [1, Buffer.from(datagram.rpcId, 'hex')],
    [2, bytesOf(datagram.nodeId)],
    ...bodyOf(datagram),
  ]);
  const bytes = encodeValue(fields);
  if (bytes.length > MAX_DATAGRAM_BYTES)
    throw refused(`it is ${bytes.length} bytes long, and ${MAX_DATAGRAM_BYTES} is the most`);
  return bytes;
}

function bodyOf(datagram: Datagram): [number, DhtValue][] {
  switch (datagram.kind) {
    case 'request':
      return [
        [3, ascii(datagram.method)],
        [4, datagram.args],
      ];
    case 'response':
      return [[3, datagram.result]];
    case 'error':
      return [
        [3, Buffer.from(datagram.type, 'utf8')],
        [4, Buffer.from(datagram.message, 'utf8')],
      ];
  }
}

function refused(why: string): LsdError {
  return new LsdError('invalid', `This is no datagram of the DHT: ${why}.`);
}
