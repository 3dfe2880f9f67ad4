/** Claims from a hub, over its real wire format; and hubs that lie, babble, are silent or gone. */

import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClaimQuery } from '../../../../host/core/lbry-claims.ts';
import { OutputsSchema } from '../../../../host/lbry/claims/proto/result_pb.ts';
import { parseUrl } from '../../../../host/lbry/claims/url.ts';
import { readHub } from '../../../../host/lbry/hub/addresses.ts';
import { createHubs } from '../../../../host/lbry/hub/hub.ts';
import { readOutputs } from '../../../../host/lbry/hub/outputs.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { type HubDouble, openHub } from '../../../support/hub-double.ts';
import { vectors } from '../../../support/lbry-vectors.ts';
import { faultLog } from '../../http/client.ts';

const [found, missing] = vectors('hub_resolve').cases;
const { expected } = found;
const { short_url, canonical_url, ...meta } = expected.meta;
const URL = `lbry://${expected.channel_name}/${expected.name}`;

// biome-ignore lint/suspicious/noExplicitAny: each test looks at other fields of it
type Any = any;

describe('a hub', () => {
  let hub: HubDouble;
  const log = faultLog();
  beforeEach(async () => {
    hub = await openHub({ resolve: () => found.result_base64, transactions: found.txs });
  });
  afterEach(() => hub[Symbol.asyncDispose]());

  const resolve = async (urls: string[], ports = [hub.port], signal = AbortSignal.timeout(10_000)) => {
    const hubs = ports.map(port => ({ host: '127.0.0.1', port }));
    const lookup = async (host: string) => ({ address: host });
    return createHubs({ hubs, lookup, client: 'test', log }).resolve(urls.map(parseUrl), signal);
  };
  const search = async (query: Omit<ClaimQuery, 'more'>, more = {}, port = hub.port) => {
    const lookup = async (host: string) => ({ address: host });
    const hubs = createHubs({ hubs: [{ host: '127.0.0.1', port }], lookup, client: 'test', log });
    return hubs.search({ ...query, more }, { offset: 20, limit: 10 }, AbortSignal.timeout(10_000));
  };
  const wrong = (name: string) => [{ error: { name, text: expect.any(String) } }];

  it('finds the claim that lbry-sdk finds, says who signed it, and that nothing proves it', async () => {
    const [{ claim, sources }]: Any = await resolve([URL]);
    expect(claim).toMatchObject({
      claim_id: expected.claim_id,
      name: expected.name,
      height: found.needed_txs[1][1],
      value: { source: { sd_hash: expected.sd_hash } },
      signing_channel: { name: expected.channel_name, claim_id: expected.channel_claim_id },
      is_channel_signature_valid: true,
      ...{ short_url, canonical_url },
      meta: { ...meta, effective_amount: '0.01', support_amount: '0.0' },
      proof: 'unverified',
    });
    expect(sources.sdHash).toBe(expected.sd_hash);
    expect(hub.asked).toEqual(['server.version', 'blockchain.claimtrie.resolve', 'blockchain.transaction.get_batch']);
  });

  it('is searched as lbry-sdk does, and what it finds is checked as by resolve', async () => {
    const asked: object[] = [];
    hub.answers.search = query => {
      asked.push(query);
      return found.result_base64;
    };
    const name = expected.name.toUpperCase();
    const result = await search({ name, any_tags: ['a'] }, { height: '>7' });
    expect(asked).toEqual([{ name, any_tags: ['a'], height: '>7', offset: 20, limit: 10 }]);
    expect(result).toMatchObject({
      claims: [{ claim: { claim_id: expected.claim_id, is_channel_signature_valid: true, proof: 'unverified' } }],
      trouble: null,
    });
    const isFound = async (query: Omit<ClaimQuery, 'more'>) => (await search(query)).claims.length === 1;
    for (const query of [
      { channel: expected.channel_name },
      { channel_ids: ['f'.repeat(40), expected.channel_claim_id] },
      { claim_ids: [expected.claim_id] },
    ]) {
      expect(await isFound(query)).toBe(true);
    }
    for (const query of [
      { name: 'bait' },
      { channel: '@bait' },
      { channel_ids: ['f'.repeat(40)] },
      { claim_ids: ['f'] },
    ])
      expect(await isFound(query)).toBe(false);
    hub.answers.transactions = {};
    expect(await isFound({})).toBe(false);
    hub.answers.search = () => ({ error: 'no such thing' });
    expect(await search({})).toEqual({ claims: [], total: 0, trouble: expect.stringContaining('hub') });
  });

  it('says what is not there', async () => {
    hub.answers.resolve = () => missing.result_base64;
    expect(await resolve(['lbry://nope'])).toEqual(wrong('NOT_FOUND'));
    hub.answers.resolve = () => null;
    expect(await resolve(['lbry://nope'])).toEqual([undefined]);
  });

  it('that answers with another claim, or another channel, is not believed', async () => {
    for (const url of ['lbry://bait', `lbry://${expected.name}:ffff`, `lbry://@bait/${expected.name}`]) {
      expect(await resolve([url])).toEqual(wrong('INVALID'));
    }
  });

  it.each([
    ['no transactions', () => ({})],
    [
      'a transaction for another',
      (all: [string, unknown][]) => ({ [all[0]![0]]: all[1]![1], [all[1]![0]]: all[0]![1] }),
    ],
    [
      'a transaction that was changed',
      (all: [string, unknown][]) =>
        Object.fromEntries(all.map(([id, [hex, rest]]: Any) => [id, [hex.replace('6d', '6e'), rest]])),
    ],
    ['no hex', (all: [string, unknown][]) => Object.fromEntries(all.map(([id]) => [id, ['zz', {}]]))],
    ['lists of nothing', (all: [string, unknown][]) => Object.fromEntries(all.map(([id]) => [id, []]))],
  ])('that gives %s is not believed', async (_, change) => {
    hub.answers.transactions = change(Object.entries(found.txs));
    expect(await resolve([URL])).toEqual(wrong('INVALID'));
  });

  it('that gives a claim without its channel is not believed under that channel', async () => {
    const stream = Object.entries(found.txs).find(([id]) => id === found.needed_txs[1][0] || id.startsWith('df6a'));
    hub.answers.transactions = Object.fromEntries([stream!]);
    expect(await resolve([URL])).toEqual(wrong('INVALID'));
    const [{ claim }]: Any = await resolve([`lbry://${expected.name}`]);
    expect(claim).toMatchObject({
      is_channel_signature_valid: false,
      signing_channel: { channel_id: expected.channel_claim_id },
    });
  });

  it('that is gone, silent or mad is left for the next, or named in the error', async () => {
    const dead = await openHub(hub.answers);
    await dead[Symbol.asyncDispose]();
    expect(await resolve([URL], [dead.port])).toEqual(wrong('TIMEOUT'));
    await using mad = await openHub({ ...hub.answers, raw: Buffer.from('HTTP/1.1 200 OK\r\n\r\n') });
    expect(await resolve([URL], [mad.port])).toEqual(wrong('TIMEOUT'));
    const [{ claim }]: Any = await resolve([URL], [dead.port, mad.port, hub.port]);
    expect(claim.name).toBe(expected.name);
    hub.answers.resolve = () => ({ error: 'no such thing' });
    expect(await resolve([URL])).toEqual(wrong('TIMEOUT'));
    mad.answers.raw = Buffer.alloc(17 * 1024 * 1024, 0x20);
    expect(await resolve([URL], [mad.port])).toEqual(wrong('TIMEOUT'));
    const { promise: never } = Promise.withResolvers<string>();
    hub.answers.resolve = () => never;
    await expect(resolve([URL], [hub.port], AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough');
  });

  it('may send any bytes', async () => {
    await using babble = await openHub(hub.answers);
    const noise = fc.oneof(
      fc.uint8Array({ maxLength: 60 }),
      fc.json().map(text => Buffer.from(`${text}\n{"id":0,"result":[]}\n{"id":1,"result":"AA"}\n`)),
    );
    await fc.assert(
      fc.asyncProperty(noise, async raw => {
        babble.answers.raw = Buffer.from(raw);
        const [answer]: Any = await resolve([URL], [babble.port]);
        expect(answer?.error?.name ?? 'none').toMatch(/^(TIMEOUT|NOT_FOUND|INVALID|none)$/);
        expect(answer?.claim).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });
});

describe('what a hub says of claims', () => {
  it('is a value or refused, whatever bytes it is', () => {
    const bytes = Buffer.from(found.result_base64, 'base64');
    const cut = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255)).map(([at, byte]) => {
      const changed = Buffer.from(bytes);
      changed[at] = byte;
      return changed;
    });
    fc.assert(
      fc.property(fc.oneof(cut, fc.uint8Array({ maxLength: 200 })), raw => {
        try {
          for (const each of readOutputs(Buffer.from(raw).toString('base64')).outputs)
            expect(each).toBeTypeOf('object');
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
      { numRuns: 500 },
    );
    const many = create(OutputsSchema, { txos: Array.from({ length: 1_001 }, () => ({ nout: 1 })) });
    expect(() => readOutputs(Buffer.from(toBinary(OutputsSchema, many)).toString('base64'))).toThrow(LsdError);
    for (const none of [7, {}, [], undefined]) expect(() => readOutputs(none)).toThrow(LsdError);
  });
});

describe('the option for hubs', () => {
  it('names a host and a port', () => {
    expect(readHub('hub.example')).toEqual({ host: 'hub.example', port: 50_001 });
    expect(readHub('[::1]:7')).toEqual({ host: '[::1]', port: 7 });
    for (const wrong of ['', 'a:b', 'a:0', 'a:70000', '::1:5', 'a b:1'])
      expect(() => readHub(wrong)).toThrow('--lbry-hub');
  });
});
