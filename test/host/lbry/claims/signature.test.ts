/** Signatures of channels: three real claims of the main net and their channels. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compressedKey } from '../../../../host/lbry/claims/channel-key.ts';
import { claimIdOf, decodeClaimScript } from '../../../../host/lbry/claims/script.ts';
import { isSigned, publicKeyOf } from '../../../../host/lbry/claims/signature.ts';
import { decodeTransaction, type Transaction, txidOf } from '../../../../host/lbry/claims/transaction.ts';
import { decodeClaim, viewOf } from '../../../../host/lbry/claims/value.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

interface Case {
  test: string;
  stream_tx_hex: string;
  stream_txid: string;
  channel_tx_hex: string;
  channel_txid: string;
  stream_name: string;
  channel_name: string;
  stream_claim_id: string;
  channel_claim_id: string;
  claim_value_hex: string | null;
  claim_version: number;
  signature_hex: string;
  channel_public_key_compressed_hex: string;
  first_input_outpoint_hex: string;
  stream: object;
}
const cases: Case[] = vectors('claims').signed_mainnet_transactions.cases;
const named = cases.map(each => [each.test, each] as const);
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');

/** The claim of this name in a transaction, and where it stands. */
function claimIn(transaction: Transaction, name: string) {
  const scripts = transaction.scripts.map(decodeClaimScript);
  const output = scripts.findIndex(script => script?.name === name);
  const script = scripts[output]!;
  return { value: decodeClaim(script.value!), place: { transaction, output }, script };
}

const pair = (each: Case) => ({
  stream: claimIn(decodeTransaction(Buffer.from(each.stream_tx_hex, 'hex')), each.stream_name),
  channel: claimIn(decodeTransaction(Buffer.from(each.channel_tx_hex, 'hex')), each.channel_name),
});

describe('a transaction of the main net', () => {
  it.each(named)('has its id, its claims and theirs: %s', (_, each) => {
    const { stream, channel } = pair(each);
    expect(txidOf(stream.place.transaction)).toBe(each.stream_txid);
    expect(txidOf(channel.place.transaction)).toBe(each.channel_txid);
    expect(hex(stream.place.transaction.outpoints[0]!)).toBe(each.first_input_outpoint_hex);
    expect(claimIdOf(stream.place.transaction.hash, stream.place.output)).toBe(each.stream_claim_id);
    expect(stream.script.operation).toBe('create');
    expect(stream.value.version).toBe(each.claim_version);
    if (each.claim_value_hex) expect(hex(stream.script.value!)).toBe(each.claim_value_hex);
    expect(viewOf(stream.value)).toEqual(each.stream);
    expect(stream.value.signature).toEqual({
      channelId: each.channel_claim_id,
      signature: Buffer.from(each.signature_hex, 'hex'),
    });
  });
});

describe('the signature of a claim', () => {
  it.each(named)('holds with the key of its channel, and with no other: %s', (_, each) => {
    const { stream, channel } = pair(each);
    const key = publicKeyOf(channel.value)!;
    expect(compressedKey(key)).toBe(each.channel_public_key_compressed_hex);
    expect(isSigned(stream.value, stream.place, key)).toBe(true);
    expect(isSigned(stream.value, stream.place, Buffer.from(each.channel_public_key_compressed_hex, 'hex'))).toBe(true);
    for (const other of cases.filter(one => one !== each)) {
      expect(isSigned(stream.value, stream.place, publicKeyOf(pair(other).channel.value)!)).toBe(false);
    }
    expect(isSigned(channel.value, channel.place, key)).toBe(false);
  });

  it('does not hold for other bytes, in another place, or by anything that is no key', () => {
    for (const each of cases) {
      const { stream, channel } = pair(each);
      const { value, place } = stream;
      const key = publicKeyOf(channel.value)!;
      const wrong = Buffer.from(value.signature!.signature);
      wrong[10] = wrong[10]! ^ 1;
      expect(
        isSigned({ ...value, signature: { ...value.signature!, signature: wrong } } as typeof value, place, key),
      ).toBe(false);
      expect(isSigned(value, channel.place, key)).toBe(false);
      expect(isSigned(value, { ...place, output: 99, transaction: { ...place.transaction, outpoints: [] } }, key)).toBe(
        false,
      );
    }
  });

  it('of hostile bytes is false, and throws nothing', () => {
    const { stream, channel } = pair(cases[1]!);
    const key = publicKeyOf(channel.value)!;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.uint8Array({ maxLength: 90 }), (signature, otherKey) => {
        const value = { ...stream.value, signature: { ...stream.value.signature!, signature } } as typeof stream.value;
        expect(isSigned(value, stream.place, key)).toBe(false);
        expect(isSigned(stream.value, stream.place, otherKey)).toBe(false);
      }),
    );
    for (const end of ['00'.repeat(64), 'ff'.repeat(64), '00'.repeat(32) + 'ff'.repeat(32)]) {
      const value = { ...stream.value, signature: { ...stream.value.signature!, signature: Buffer.from(end, 'hex') } };
      expect(isSigned(value as typeof stream.value, stream.place, key)).toBe(false);
    }
  });
});

describe('a script', () => {
  const push = (bytes: Buffer) =>
    bytes.length < 0x4c
      ? Buffer.concat([Buffer.of(bytes.length), bytes])
      : Buffer.concat([Buffer.of(0x4c, bytes.length), bytes]);
  const CONDITION = Buffer.from(`76a914${'11'.repeat(20)}88ac`, 'hex');
  const script = (code: number, pushed: Buffer[], drops: number[]) =>
    Buffer.concat([Buffer.of(code), ...pushed.map(push), Buffer.from(drops), CONDITION]);
  const [NAME, HASH, VALUE] = [Buffer.from('name'), Buffer.alloc(20, 7), Buffer.alloc(100, 8)];

  it('creates, updates or supports a claim, or carries none', () => {
    expect(decodeClaimScript(script(0xb5, [NAME, VALUE], [0x6d, 0x75]))).toMatchObject({
      operation: 'create',
      name: 'name',
      value: VALUE,
      condition: CONDITION,
    });
    expect(decodeClaimScript(script(0xb7, [NAME, HASH, VALUE], [0x6d, 0x6d]))).toMatchObject({
      operation: 'update',
      claimHash: HASH,
      value: VALUE,
    });
    expect(decodeClaimScript(script(0xb6, [NAME, HASH], [0x6d, 0x75]))).toMatchObject({
      operation: 'support',
      claimHash: HASH,
      condition: CONDITION,
    });
    expect(decodeClaimScript(script(0xb6, [NAME, HASH, VALUE], [0x6d, 0x6d]))).toMatchObject({ operation: 'support' });
    expect(decodeClaimScript(CONDITION)).toBeUndefined();
    expect(decodeClaimScript(Buffer.alloc(0))).toBeUndefined();
  });

  it.each([
    ['no value', script(0xb5, [NAME], [0x6d])],
    ['a field too many', script(0xb5, [NAME, HASH, VALUE], [0x6d, 0x6d])],
    ['a short hash', script(0xb7, [NAME, NAME, VALUE], [0x6d, 0x6d])],
    ['no drops', Buffer.concat([Buffer.of(0xb5), push(NAME), push(VALUE)])],
    ['an opcode in place of a value', Buffer.from('b501ffac6d75', 'hex')],
  ])('with %s is refused', (_, bytes) => {
    expect(() => decodeClaimScript(bytes)).toThrow(LsdError);
  });

  it('or transaction of hostile bytes is refused, never anything else', () => {
    const source = fc.constantFrom(...cases.map(each => Buffer.from(each.stream_tx_hex, 'hex')));
    const mutated = fc.tuple(source, fc.nat(), fc.nat(255), fc.nat()).map(([bytes, at, value, cut]) => {
      const changed = Buffer.from(bytes);
      changed[at % changed.length] = value;
      return cut % 2 ? changed : changed.subarray(0, cut % changed.length);
    });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 100 })), bytes => {
        try {
          for (const each of decodeTransaction(bytes).scripts) decodeClaimScript(each);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
        try {
          decodeClaimScript(Buffer.concat([Buffer.of(0xb5), bytes]));
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
