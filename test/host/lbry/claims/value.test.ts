/** Values of claims: real ones of all three versions are shown as lbry-sdk shows them, and written as they were. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countries, languages, scripts } from '../../../../host/lbry/claims/names.ts';
import { v1FromJson, v1ToJson } from '../../../../host/lbry/claims/v1-json.ts';
import { streamClaim } from '../../../../host/lbry/claims/v2-encode.ts';
import { decodeClaim, encodeClaim, typeOf, unsignedValue, viewOf } from '../../../../host/lbry/claims/value.ts';
import { LsdError } from '../../../../shared/errors.ts';
import { vectors } from '../../../support/lbry-vectors.ts';

interface Case {
  hex: string;
  detected_version?: number;
  type?: string;
  as_dict?: object;
  decoded_by_lbry_sdk?: object;
  sd_hash?: string;
  title?: string;
  media_type?: string;
  signing_channel_id?: string;
  signature_hex?: string;
}
const claims = vectors('claims');
const example: Case[] = claims.btih_and_seed_example.cases;
const cases: Case[] = [
  ...claims.legacy_json_and_v1_protobuf.cases,
  ...claims.v1_protobuf_go.cases,
  ...claims.v2,
  ...example,
];
const bytes = (hex: string) => Buffer.from(hex, 'hex');
const hex = (value: Uint8Array) => Buffer.from(value).toString('hex');
const named = cases.map((each, index) => [index, each] as const);

describe('a claim that lbry-sdk or lbry.go wrote', () => {
  it.each(named)('number %i is shown as lbry-sdk shows it', (_, each) => {
    const value = decodeClaim(bytes(each.hex));
    const view = viewOf(value);
    if (each.detected_version !== undefined) expect(value.version).toBe(each.detected_version);
    if (each.type) expect(typeOf(value)).toBe(each.type);
    const shown = each.as_dict ?? each.decoded_by_lbry_sdk;
    if (shown) expect(view).toEqual(shown);
    if (each.sd_hash) expect(view.source?.sd_hash).toBe(each.sd_hash);
    if (each.title) expect(view.title).toBe(each.title);
    if (each.media_type) expect(view.source?.media_type).toBe(each.media_type);
    expect(value.signature?.channelId).toBe(each.signing_channel_id);
    if (each.signature_hex) expect(hex(value.signature!.signature)).toBe(each.signature_hex);
  });

  it.each(named)('number %i is written as it was', (_, each) => {
    const value = decodeClaim(bytes(each.hex));
    // Of version 0 the spaces between are not kept, which nothing depends on.
    if (value.version === 0) expect(decodeClaim(encodeClaim(value))).toEqual(value);
    else expect(hex(encodeClaim(value))).toBe(each.hex);
  });

  it.each(named.filter(([, each]) => each.hex.startsWith('08')))(
    'number %i, of version 1, is the same through JSON',
    (_, each) => {
      const value = decodeClaim(bytes(each.hex));
      if (value.version !== 1) throw new Error('not of version 1');
      const json = JSON.parse(JSON.stringify(v1ToJson(value.claim)));
      expect(hex(encodeClaim({ version: 1, claim: v1FromJson(json) }))).toBe(each.hex);
    },
  );

  it.each(named.filter(([, each]) => each.hex.startsWith('00')))(
    'number %i, of version 2, is the same when it is made',
    (_, each) => {
      const { stream_type: _type, ...view } = viewOf(decodeClaim(bytes(each.hex)));
      expect(hex(encodeClaim(unsignedValue(streamClaim(view))))).toBe(each.hex);
    },
  );
});

describe('a claim', () => {
  const TORRENT = 'dd8255ecdc7ca55fb0bbf81323d87062db1f6d1c';
  const bounty = example.at(-1)!;

  it('of version 1 names a torrent by 20 bytes, or as the bounty once had it, by 40 digits', () => {
    const value = decodeClaim(bytes(bounty.hex));
    if (value.version !== 1) throw new Error('not of version 1');
    const json = v1ToJson(value.claim);
    const stream = json.stream as { source: object };
    const withTorrent = {
      ...json,
      stream: { ...stream, source: { ...stream.source, sourceType: 'btih', source: TORRENT } },
    };
    const claim = v1FromJson(withTorrent);
    expect(hex(encodeClaim({ version: 1, claim }))).toContain(`1002${'1a14'}${TORRENT}`);
    const again = decodeClaim(encodeClaim({ version: 1, claim }));
    expect(viewOf(again).source).toEqual({ media_type: 'video/mp4', bt_infohash: TORRENT });
    claim.stream!.source!.source = Buffer.from(TORRENT, 'latin1');
    expect(viewOf({ version: 1, claim }).source?.bt_infohash).toBe(TORRENT);
  });

  it('of version 0 may name a torrent, and keeps what it is not known for', () => {
    const text = `{"ver":"0.0.3","title":"t","sources":{"btih":"${TORRENT}"},"content_type":"video/mp4","x":[1]}`;
    const value = decodeClaim(Buffer.from(text));
    expect(viewOf(value)).toMatchObject({ title: 't', source: { bt_infohash: TORRENT, media_type: 'video/mp4' } });
    expect(Buffer.from(encodeClaim(value)).toString()).toBe(text);
  });

  it('with both sources shows both', () => {
    const sdHash = 'ab'.repeat(48);
    const source = { sd_hash: sdHash as never, bt_infohash: TORRENT as never };
    const value = decodeClaim(encodeClaim(unsignedValue(streamClaim({ title: 't', source }))));
    expect(viewOf(value)).toEqual({ title: 't', source: { sd_hash: sdHash, bt_infohash: TORRENT } });
  });

  it('keeps the fields that are not known yet', () => {
    // field 99, text "x", in the claim; field 98, number 5, in its source
    const source = '900605';
    const stream = `0a03${source}`;
    const value = `000a05${stream}9a060178`;
    const decoded = decodeClaim(bytes(value));
    if (decoded.version !== 2) throw new Error('not of version 2');
    expect(hex(encodeClaim(unsignedValue(decoded.claim)))).toBe(value);
    const old = `${bounty.hex}${'9a060178'}`;
    expect(hex(encodeClaim(decodeClaim(bytes(old))))).toBe(old);
  });

  it.each([
    ['an amount that is none', { fee: { amount: 'much' } }],
    ['an amount that is too fine', { fee: { currency: 'USD', amount: '0.001' } }],
    ['a currency that is none', { fee: { currency: 'EUR', amount: '1' } }],
    ['an address that is none', { fee: { address: '0OIl' } }],
    ['a language that is none', { languages: ['Klingon'] }],
  ])('is not made with %s', (_, facts) => {
    expect(() => streamClaim(facts)).toThrow(LsdError);
  });

  it('has its languages, scripts and countries where the network has them', () => {
    expect([languages.numberOf('zu'), scripts.numberOf('Zzzz'), countries.numberOf('ZW')]).toEqual([184, 199, 249]);
    expect([languages.nameOf(34), scripts.nameOf(88), countries.nameOf(83)]).toEqual(['de', 'Latn', 'DE']);
    expect([languages.nameOf(0), languages.nameOf(999)]).toEqual([undefined, undefined]);
    const value = decodeClaim(encodeClaim(unsignedValue(streamClaim({ languages: ['zh-Hant-TW', 'pt-BR'] }))));
    expect(viewOf(value).languages).toEqual(['zh-Hant-TW', 'pt-BR']);
  });

  it('of JSON that is none is refused, naming the field', () => {
    expect(() => v1FromJson({ stream: { metadata: {}, source: { sourceType: 'http', source: '' } } })).toThrow(
      'sourceType',
    );
    expect(() => v1FromJson({ stream: { metadata: {}, source: { sourceType: 'btih', source: 'ab' } } })).toThrow(
      'hash of its type',
    );
    expect(() => v1FromJson([])).toThrow(LsdError);
  });

  it('of hostile bytes is refused, never anything else, and can be shown where it is not', () => {
    const real = fc.constantFrom(...cases.map(each => bytes(each.hex)));
    const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 6 });
    const mutated = fc.tuple(real, changes).map(([source, changes]) => {
      const changed = Buffer.from(source);
      for (const [at, value] of changes) changed[at % changed.length] = value;
      return changed;
    });
    const cut = fc.tuple(real, fc.nat()).map(([source, length]) => source.subarray(0, length % source.length));
    const typed = fc
      .tuple(fc.constantFrom(0, 1, 8, 0x7b), fc.uint8Array({ maxLength: 200 }))
      .map(([first, rest]) => Buffer.from([first, ...rest]));
    const json = fc
      .record({ title: fc.anything(), sources: fc.anything(), fee: fc.anything() })
      .map(each => Buffer.from(JSON.stringify(each) ?? '{}'));
    fc.assert(
      fc.property(fc.oneof(mutated, cut, typed, json), source => {
        try {
          const value = decodeClaim(source);
          JSON.stringify(viewOf(value));
          typeOf(value);
          encodeClaim(value);
          if (value.version === 1) v1ToJson(value.claim);
        } catch (thrown) {
          expect(thrown).toBeInstanceOf(LsdError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
