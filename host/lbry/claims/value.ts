/** The value of a claim, in whichever of the three versions it is written. */

import { clearField, clone, fromBinary, toBinary } from '@bufbuild/protobuf';
import { LsdError } from '../../../shared/errors.ts';
import { type Claim as ClaimV2, ClaimSchema as V2Schema } from './proto/claim_pb.ts';
import { type Claim as ClaimV1, ClaimSchema as V1Schema } from './proto/legacy_pb.ts';
import { idOfHash } from './script.ts';
import { readV0, type V0Claim, viewOfV0 } from './v0.ts';
import { typeOfV1, viewOfV1 } from './v1-view.ts';
import { typeOfV2, viewOfV2 } from './v2-view.ts';
import type { ClaimType, ClaimView } from './view.ts';

/** What a channel signed a claim with. That it is right is `isSigned`'s to say. */
export interface ChannelSignature {
  /** of the channel's claim */
  channelId: string;
  /** r and s, 64 bytes */
  signature: Uint8Array;
}

/** Fields that are not known are kept in the messages of versions 1 and 2, unknown keys in the JSON of version 0. */
export type ClaimValue =
  | { version: 0; claim: V0Claim; signature?: undefined }
  | { version: 1; claim: ClaimV1; signature?: ChannelSignature }
  /** `payload`: the protobuf as it came, which is what was signed */
  | { version: 2; claim: ClaimV2; payload: Uint8Array; signature?: ChannelSignature };

const UNSIGNED = 0x00;
const SIGNED = 0x01;
const BRACE = 0x7b;
const CHANNEL_BYTES = 20;
const SIGNATURE_BYTES = 64;

/** Throws `invalid` for bytes that are no claim. */
export function decodeClaim(bytes: Uint8Array): ClaimValue {
  switch (bytes[0]) {
    case undefined:
      throw refused('it is empty');
    case UNSIGNED:
      return version2(bytes.subarray(1));
    case SIGNED:
      return signedVersion2(bytes.subarray(1));
    case BRACE:
      return version0(bytes);
    default:
      return version1(bytes);
  }
}

function version2(payload: Uint8Array): ClaimValue & { version: 2 } {
  return { version: 2, claim: protobuf(() => fromBinary(V2Schema, payload)), payload };
}

function signedVersion2(bytes: Uint8Array): ClaimValue {
  if (bytes.length < CHANNEL_BYTES + SIGNATURE_BYTES) throw refused('it is too short for its signature');
  const payload = bytes.subarray(CHANNEL_BYTES + SIGNATURE_BYTES);
  const channelId = idOfHash(bytes.subarray(0, CHANNEL_BYTES));
  const signature = bytes.subarray(CHANNEL_BYTES, CHANNEL_BYTES + SIGNATURE_BYTES);
  return { ...version2(payload), signature: { channelId, signature } };
}

function version1(bytes: Uint8Array): ClaimValue {
  const claim = protobuf(() => fromBinary(V1Schema, bytes));
  if (!claim.stream && !claim.certificate) throw refused('it is neither of a stream nor of a channel');
  const { signature, certificateId } = claim.publisherSignature ?? {};
  if (!signature || !certificateId) return { version: 1, claim };
  // Here alone the id stands in the order that people see.
  return { version: 1, claim, signature: { channelId: Buffer.from(certificateId).toString('hex'), signature } };
}

function version0(bytes: Uint8Array): ClaimValue {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw refused('it begins as JSON, and is none', cause);
  }
  const claim = readV0(json);
  if (!claim) throw refused('its JSON has not the fields of a claim');
  return { version: 0, claim };
}

function protobuf<T>(read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw refused('it is no protobuf of one', cause);
  }
}

/** The value as it stands on the chain. */
export function encodeClaim(value: ClaimValue): Uint8Array {
  switch (value.version) {
    case 0:
      return Buffer.from(JSON.stringify(value.claim), 'utf8');
    case 1:
      return toBinary(V1Schema, value.claim);
    case 2: {
      const { signature } = value;
      if (!signature) return Buffer.concat([Buffer.of(UNSIGNED), value.payload]);
      const channel = Buffer.from(signature.channelId, 'hex').reverse();
      return Buffer.concat([Buffer.of(SIGNED), channel, signature.signature, value.payload]);
    }
  }
}

/** An unsigned value of version 2. */
export function unsignedValue(claim: ClaimV2): ClaimValue & { version: 2 } {
  return { version: 2, claim, payload: toBinary(V2Schema, claim) };
}

/** What was signed of a claim of version 1: all but the signature. */
export function unsignedV1(claim: ClaimV1): Uint8Array {
  const unsigned = clone(V1Schema, claim);
  clearField(unsigned, V1Schema.field.publisherSignature);
  return toBinary(V1Schema, unsigned);
}

export function typeOf(value: ClaimValue): ClaimType | undefined {
  switch (value.version) {
    case 0:
      return 'stream';
    case 1:
      return typeOfV1(value.claim);
    case 2:
      return typeOfV2(value.claim);
  }
}

export function viewOf(value: ClaimValue): ClaimView {
  switch (value.version) {
    case 0:
      return viewOfV0(value.claim);
    case 1:
      return viewOfV1(value.claim);
    case 2:
      return viewOfV2(value.claim);
  }
}

function refused(why: string, cause?: unknown): LsdError {
  return new LsdError('invalid', `This is no claim: ${why}.`, { cause });
}
