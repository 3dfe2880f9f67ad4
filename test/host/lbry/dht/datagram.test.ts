/** Datagrams of the DHT: those of lbry-sdk byte for byte, those of the network of 2018, and hostile ones. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { latin1 } from '../../../../host/core/bencode.ts';
import { type DhtValue, decodeValue, encodeValue } from '../../../../host/lbry/dht/bencode.ts';
import { type Datagram, decodeDatagram, encodeDatagram } from '../../../../host/lbry/dht/datagram.ts';
import type { Key } from '../../../../host/lbry/dht/id.ts';
import {
  compactPeer,
  readContacts,
  readFoundValue,
  readRequest,
  writeContacts,
  writeFoundValue,
  writeRequest,
} from '../../../../host/lbry/dht/messages.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

const all = vectors('dht_datagrams');
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const keyOfDigit = (digit: number) => `3${digit}`.repeat(48) as Key;
const [ONE, TWO, THREE] = [keyOfDigit(1), keyOfDigit(2), keyOfDigit(3)];
const RPC_ID = '31'.repeat(20);
const TOKEN = bytes('34'.repeat(48));
const STORE_TOKEN = bytes('33'.repeat(48));

const request = (asked: Parameters<typeof writeRequest>[0]): Datagram => ({
  kind: 'request',
  rpcId: RPC_ID,
  nodeId: ONE,
  ...writeRequest(asked),
});
const response = (result: DhtValue): Datagram => ({ kind: 'response', rpcId: RPC_ID, nodeId: ONE, result });
const peer = { id: THREE, address: '1.2.3.4', tcpPort: 4444 };

const SENT: Record<string, Datagram> = {
  'ping request': request({ method: 'ping' }),
  'ping response': response(Buffer.from('pong')),
  'findNode request': request({ method: 'findNode', key: TWO }),
  'findNode response': response(writeContacts([{ id: THREE, address: '1.2.3.4', udpPort: 1234 }])),
  'findValue request page 0': request({ method: 'findValue', key: TWO, page: 0 }),
  'findValue request page 1': request({ method: 'findValue', key: TWO, page: 1 }),
  'findValue response with one compact peer': response(
    writeFoundValue({ token: TOKEN, pages: 1, peers: [peer], contacts: [] }, TWO, 0),
  ),
  'store request': request({ method: 'store', key: TWO, token: STORE_TOKEN, tcpPort: 3333, publisher: ONE }),
  'store response': response(Buffer.from('OK')),
  error: { kind: 'error', rpcId: RPC_ID, nodeId: ONE, type: 'FakeErrorType', message: 'more info' },
};

describe('a datagram of lbry-sdk', () => {
  const cases: { name: string; hex: string }[] = all.static.cases;
  it.each(cases.map(each => [each.name, each] as const))('is written byte for byte, and read: %s', (name, each) => {
    expect(hex(encodeDatagram(SENT[name]!))).toBe(each.hex);
    expect(hex(encodeDatagram(decodeDatagram(bytes(each.hex))))).toBe(each.hex);
  });

  it('says what was asked and answered', () => {
    const datagram = (name: string) => decodeDatagram(bytes(cases.find(each => each.name === name)!.hex));
    const asked = datagram('store request');
    expect(asked.kind === 'request' && readRequest(asked)).toEqual({
      method: 'store',
      key: TWO,
      token: STORE_TOKEN,
      tcpPort: 3333,
      publisher: ONE,
    });
    const nodes = datagram('findNode response');
    expect(nodes.kind === 'response' && readContacts(nodes.result)).toEqual([
      { id: THREE, address: '1.2.3.4', udpPort: 1234 },
    ]);
    const value = datagram('findValue response with one compact peer');
    expect(value.kind === 'response' && readFoundValue(value.result, TWO)).toEqual({
      token: TOKEN,
      pages: 1,
      peers: [peer],
      contacts: [],
    });
  });

  it('writes a peer in 54 bytes', () => {
    const [{ node_id, ip, port, compact_hex }] = all.compact_address;
    expect(hex(compactPeer({ id: node_id, address: ip, tcpPort: port }))).toBe(compact_hex);
  });
});

describe('a datagram of others', () => {
  it('may have integers and text as keys, and more of them', () => {
    const [mixed, wrongType] = all.static.decode;
    // The file has 51 digits where 48 bytes are announced, which nothing can read: without the three that are too many.
    const fitting = mixed.hex.replace('31'.repeat(51), '31'.repeat(48));
    expect(decodeDatagram(bytes(fitting))).toMatchObject({
      kind: 'request',
      method: mixed.expect.method,
      nodeId: mixed.expect.node_id,
      rpcId: mixed.expect.rpc_id,
    });
    expect(() => decodeDatagram(Buffer.from(wrongType.ascii))).toThrow(LsdError);
  });

  interface Captured {
    hex: string;
    class: string;
    method: string | null;
    response_keys?: string[];
  }
  const captured: Captured[] = all.captured_2018_network.cases;
  it.each(captured.map((each, index) => [index, each] as const))('of 2018 is read: %i', (_, each) => {
    const datagram = decodeDatagram(bytes(each.hex));
    expect(datagram.kind).toBe(each.class === 'RequestDatagram' ? 'request' : 'response');
    if (datagram.kind === 'request') {
      expect(readRequest(datagram).method).toBe(each.method);
      return;
    }
    if (datagram.kind !== 'response') throw new Error('an error');
    const key = each.response_keys!.find(name => /^[0-9a-f]{96}$/.test(name)) ?? ONE;
    const found = readFoundValue(datagram.result, key as Key);
    expect(found.token.length).toBe(48);
    if (key !== ONE) expect(found.peers.length).toBeGreaterThan(0);
    if (each.response_keys!.includes('contacts')) expect(found.contacts.length).toBeGreaterThan(0);
  });

  it('that stores as nodes of 2018 did is refused, as lbry-sdk refuses it', () => {
    const args = decodeValue(bytes(all.legacy_store_args_v0.args_hex));
    expect(() =>
      readRequest({ kind: 'request', rpcId: RPC_ID, nodeId: ONE, method: 'store', args: args as DhtValue[] }),
    ).toThrow(LsdError);
  });

  it('may write an address as four bytes, and an error as a list', () => {
    expect(readContacts([[bytes(ONE), Buffer.from([1, 2, 3, 4]), 4444]])).toEqual([
      { id: ONE, address: '1.2.3.4', udpPort: 4444 },
    ]);
    const error = decodeDatagram(
      encodeValue(
        new Map<number, DhtValue>([
          [0, 2],
          [1, bytes(RPC_ID)],
          [2, bytes(ONE)],
          [3, []],
          [4, [Buffer.from('a'), Buffer.from('b')]],
        ]),
      ),
    );
    expect(error).toMatchObject({ kind: 'error', type: '', message: 'a b' });
  });

  it.each([
    ['a method there is not', 'steal', [], 'Invalid method: steal'],
    ['a port of another service', 'store', [bytes(TWO), TOKEN, 80, bytes(ONE), 0], 'invalid tcp port: 80'],
    ['a port that is none', 'store', [bytes(TWO), TOKEN, 70000, bytes(ONE), 0], 'invalid tcp port: 70000'],
    ['a short key', 'findNode', [Buffer.from('abc')], 'invalid key length'],
    ['a token without end', 'store', [bytes(TWO), Buffer.alloc(65), 4444, bytes(ONE), 0], 'Invalid token'],
  ])('with %s is refused in words', (_, method, args, words) => {
    expect(() => readRequest({ kind: 'request', rpcId: RPC_ID, nodeId: ONE, method, args })).toThrow(words);
  });

  it('names no more contacts and peers than two pages, and none that cannot be', () => {
    const contact = [bytes(TWO), Buffer.from('1.2.3.4'), 4444];
    expect(readContacts(Array.from({ length: 100 }, () => contact)).length).toBe(16);
    expect(
      readContacts([[], 1, [bytes(TWO), Buffer.from('::1'), 4444], [bytes(TWO), Buffer.from('1.2.3.4'), 53]]),
    ).toEqual([]);
  });
});

describe('the flavour of bencode', () => {
  const { value } = fc.letrec<{ value: DhtValue }>(tie => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 5 },
      fc.maxSafeInteger(),
      fc.uint8Array({ maxLength: 20 }),
      fc.array(tie('value'), { maxLength: 4 }),
      fc
        .array(fc.tuple(fc.uint8Array({ maxLength: 4 }).map(latin1), tie('value')), { maxLength: 4 })
        .map(each => new Map<string, DhtValue>(each)),
    ),
  }));
  function plain(value: DhtValue): unknown {
    if (value instanceof Uint8Array) return { bytes: hex(value) };
    if (Array.isArray(value)) return value.map(plain);
    return value instanceof Map ? { dict: [...value].map(([key, item]) => [key, plain(item)]).sort() } : value;
  }

  it('reads what it writes', () => {
    fc.assert(
      fc.property(value, each => {
        expect(plain(decodeValue(encodeValue(each)))).toEqual(plain(each));
      }),
    );
  });

  it('sorts integer keys by number, before text', () => {
    const dict = new Map<string | number, DhtValue>([
      ['b', 1],
      [10, 1],
      ['a', 1],
      [9, 1],
    ]);
    expect(latin1(encodeValue(dict))).toBe('di9ei1ei10ei1e1:ai1e1:bi1ee');
  });

  it('of hostile bytes is read or refused, never anything else', () => {
    const token = fc.constantFrom(
      'i',
      'e',
      'l',
      'd',
      '0:',
      '1:a',
      '-',
      '1',
      '48:',
      '999999999999999999:',
      'i0e',
      'i1e20:',
      'de',
    );
    const likely = fc.array(token, { maxLength: 30 }).map(tokens => Buffer.from(tokens.join('')));
    const source = fc.constantFrom(
      ...[...all.static.cases, ...all.captured_2018_network.cases].map(({ hex }) => bytes(hex)),
    );
    const mutated = fc.tuple(source, fc.nat(), fc.nat(255)).map(([bytes, at, value]) => {
      const changed = Buffer.from(bytes);
      changed[at % changed.length] = value;
      return changed;
    });
    const deep = fc.constantFrom(
      Buffer.from('l'.repeat(60_000)),
      Buffer.from(`l${'i1e'.repeat(20_000)}e`),
      Buffer.from('d'.repeat(60_000)),
    );
    fc.assert(
      fc.property(fc.oneof(mutated, likely, deep, fc.uint8Array()), bytes => {
        try {
          const datagram = decodeDatagram(bytes);
          if (datagram.kind === 'request') readRequest(datagram);
          if (datagram.kind === 'response') {
            readContacts(datagram.result);
            readFoundValue(datagram.result, ONE);
          }
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('refuses to send more than a datagram may hold', () => {
    expect(() => encodeDatagram(response(Buffer.alloc(1400)))).toThrow('1400 is the most');
  });
});
