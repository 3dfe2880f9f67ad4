/** Claims of version 1 as JSON, field by field: as lbrynet showed them, and the LBRY bounty's example is written. */

import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { base58 } from '@scure/base';
import * as v from 'valibot';
import { parse } from '../../../shared/schema.ts';
import { currencies, languages } from './names.ts';
import { type Claim, ClaimSchema, type Fee, type Metadata, type Signature, type Source } from './proto/legacy_pb.ts';
import { BTIH, SD_HASH } from './v1-view.ts';
import { addressBytes } from './v2-encode.ts';

const VERSIONS = ['UNKNOWN_VERSION', '_0_0_1', '_0_0_2', '_0_0_3', '_0_1_0'];
const CLAIM_TYPES = ['UNKNOWN_CLAIM_TYPE', 'streamType', 'certificateType'];
const SOURCE_TYPES = ['UNKNOWN_SOURCE_TYPE', 'lbry_sd_hash', 'btih'];
const KEY_TYPES = ['UNKNOWN_PUBLIC_KEY_TYPE', 'NIST256p', 'NIST384p', 'SECP256k1'];
const SOURCE_BYTES: Readonly<Record<number, number>> = { [SD_HASH]: 48, [BTIH]: 20 };

// A number that has no name yet stands for itself.
const number = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const named = (numberOf: (name: string) => number | undefined) =>
  v.union([
    number,
    v.pipe(
      v.string(),
      v.rawTransform(({ dataset, addIssue, NEVER }) => {
        const found = numberOf(dataset.value);
        if (found !== undefined) return found;
        addIssue({ message: `cannot be "${dataset.value}"` });
        return NEVER;
      }),
    ),
  ]);
const oneOf = (names: readonly string[]) => named(name => (names.includes(name) ? names.indexOf(name) : undefined));
const bytes = v.pipe(
  v.string(),
  v.regex(/^([0-9a-f]{2})*$/i, 'must be hexadecimal digits'),
  v.transform((hex): Uint8Array<ArrayBuffer> => Buffer.from(hex, 'hex')),
);
const text = v.exactOptional(v.string());

const feeSchema = v.object({
  version: v.exactOptional(oneOf(VERSIONS), '_0_0_1'),
  currency: named(currencies.numberOf),
  address: v.pipe(v.string(), v.transform(addressBytes)),
  amount: v.number(),
});
const sourceSchema = v.pipe(
  v.object({
    version: v.exactOptional(oneOf(VERSIONS), '_0_0_1'),
    sourceType: oneOf(SOURCE_TYPES),
    source: bytes,
    contentType: v.exactOptional(v.string(), ''),
  }),
  v.check(
    ({ sourceType, source }) => source.length === (SOURCE_BYTES[sourceType] ?? source.length),
    'is not as long as a hash of its type',
  ),
);
const claimSchema = v.pipe(
  v.object({
    version: v.exactOptional(oneOf(VERSIONS), '_0_0_1'),
    claimType: v.exactOptional(oneOf(CLAIM_TYPES), 'streamType'),
    stream: v.exactOptional(
      v.object({
        version: v.exactOptional(oneOf(VERSIONS), '_0_0_1'),
        metadata: v.object({
          version: v.exactOptional(oneOf(VERSIONS), '_0_1_0'),
          language: v.exactOptional(named(languages.numberOf), 'en'),
          title: v.exactOptional(v.string(), ''),
          description: v.exactOptional(v.string(), ''),
          author: v.exactOptional(v.string(), ''),
          license: v.exactOptional(v.string(), ''),
          nsfw: v.exactOptional(v.boolean(), false),
          fee: v.exactOptional(feeSchema),
          thumbnail: text,
          preview: text,
          licenseUrl: text,
        }),
        source: sourceSchema,
      }),
    ),
    certificate: v.exactOptional(
      v.object({ version: v.exactOptional(oneOf(VERSIONS), '_0_0_1'), keyType: oneOf(KEY_TYPES), publicKey: bytes }),
    ),
    publisherSignature: v.exactOptional(
      v.object({
        version: v.exactOptional(oneOf(VERSIONS), '_0_0_1'),
        signatureType: oneOf(KEY_TYPES),
        signature: bytes,
        certificateId: bytes,
      }),
    ),
  }),
  v.check(
    ({ stream, certificate }) => stream !== undefined || certificate !== undefined,
    'has neither a stream nor a certificate',
  ),
);

/** Throws `invalid`, naming the field, for JSON that is no claim of version 1. */
export function v1FromJson(json: unknown): Claim {
  const init: MessageInitShape<typeof ClaimSchema> = parse(claimSchema, json, 'The claim');
  return create(ClaimSchema, init);
}

/** What `v1FromJson` reads, but for fields that it does not know. */
export function v1ToJson(claim: Claim): Record<string, unknown> {
  const { stream, certificate, publisherSignature } = claim;
  return present({
    version: nameIn(VERSIONS, claim.version),
    claimType: nameIn(CLAIM_TYPES, claim.claimType),
    stream:
      stream &&
      present({
        version: nameIn(VERSIONS, stream.version),
        metadata: stream.metadata && metadataJson(stream.metadata),
        source: stream.source && sourceJson(stream.source),
      }),
    certificate:
      certificate &&
      present({
        version: nameIn(VERSIONS, certificate.version),
        keyType: nameIn(KEY_TYPES, certificate.keyType),
        publicKey: hex(certificate.publicKey),
      }),
    publisherSignature: publisherSignature && signatureJson(publisherSignature),
  });
}

function metadataJson(metadata: Metadata): Record<string, unknown> {
  const { version, language, title, description, author, license, nsfw, fee, thumbnail, preview, licenseUrl } =
    metadata;
  return present({
    version: nameIn(VERSIONS, version),
    language: language === undefined ? undefined : (languages.nameOf(language) ?? language),
    ...{ title, description, author, license, nsfw },
    fee: fee && feeJson(fee),
    ...{ thumbnail, preview, licenseUrl },
  });
}

function feeJson({ version, currency, address, amount }: Fee): Record<string, unknown> {
  return present({
    version: nameIn(VERSIONS, version),
    currency: currency === undefined ? undefined : (currencies.nameOf(currency) ?? currency),
    address: base58.encode(address ?? new Uint8Array()),
    amount,
  });
}

function sourceJson({ version, sourceType, source, contentType }: Source): Record<string, unknown> {
  return present({
    version: nameIn(VERSIONS, version),
    sourceType: nameIn(SOURCE_TYPES, sourceType),
    source: hex(source),
    contentType,
  });
}

function signatureJson({ version, signatureType, signature, certificateId }: Signature): Record<string, unknown> {
  return present({
    version: nameIn(VERSIONS, version),
    signatureType: nameIn(KEY_TYPES, signatureType),
    signature: hex(signature),
    certificateId: hex(certificateId),
  });
}

function nameIn(names: readonly string[], number: number | undefined): string | number | undefined {
  return number === undefined ? undefined : (names[number] ?? number);
}

function hex(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('hex');
}

function present(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
