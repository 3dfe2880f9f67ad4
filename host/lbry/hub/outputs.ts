/** What a hub says of claims (pb.Outputs): where each is, and what it knows of it. Bytes in, values out; nothing in it is believed. */

import { fromBinary } from '@bufbuild/protobuf';
import { LsdError } from '../../../shared/errors.ts';
import type { NoClaim, ResolvedClaim } from '../../core/lbry-claims.ts';
import { formatAmount } from '../claims/amount.ts';
import { type ClaimMeta, type Error as HubError, type Output, OutputsSchema } from '../claims/proto/result_pb.ts';

/** An output of a transaction of the chain, as the hub has it. */
export interface Outpoint {
  /** as people see it */
  txid: string;
  output: number;
  height: number;
}

export interface HubClaim extends Outpoint {
  channel: Outpoint | null;
  repost: Outpoint | null;
  /** as the hub writes them, which knows how few digits of an id tell it from others */
  urls: { short: string; canonical: string };
  meta: ResolvedClaim['meta'];
}

const HASH_BYTES = 32;
const MOST_OUTPUTS = 1_000;

export interface HubOutputs {
  /** one for each URL, in their order; or a page of what was searched for */
  outputs: (HubClaim | NoClaim)[];
  /** of all pages */
  total: number;
}

/** Throws `invalid` for bytes that are no such answer. */
export function readOutputs(base64: unknown): HubOutputs {
  if (base64 === null) return { outputs: [], total: 0 };
  if (typeof base64 !== 'string') throw refused();
  try {
    const { txos, total } = fromBinary(OutputsSchema, Buffer.from(base64, 'base64'));
    if (txos.length <= MOST_OUTPUTS) return { outputs: txos.map(claimOf), total };
  } catch (cause) {
    throw refused(cause);
  }
  throw refused();
}

function claimOf(output: Output): HubClaim | NoClaim {
  const { meta } = output;
  if (meta.case === 'error') return failure(meta.value);
  const at = outpointOf(output);
  if (meta.case !== 'claim' || !at) return { error: { name: 'NOT_FOUND', text: 'The hub names no claim.' } };
  const { channel, repost } = meta.value;
  return {
    ...at,
    channel: (channel && outpointOf(channel)) ?? null,
    repost: (repost && outpointOf(repost)) ?? null,
    urls: { short: meta.value.shortUrl, canonical: meta.value.canonicalUrl },
    meta: metaOf(meta.value),
  };
}

function outpointOf({ txHash, nout, height }: Output): Outpoint | undefined {
  if (txHash.length !== HASH_BYTES) return undefined;
  return { txid: Buffer.from(txHash).reverse().toString('hex'), output: nout, height };
}

const ERRORS = ['NOT_FOUND', 'NOT_FOUND', 'INVALID', 'BLOCKED'] as const;
const MOST_TEXT = 500;

function failure({ code, text }: HubError): NoClaim {
  return { error: { name: ERRORS[code] ?? 'NOT_FOUND', text: text.slice(0, MOST_TEXT) } };
}

function metaOf(meta: ClaimMeta): ResolvedClaim['meta'] {
  return {
    is_controlling: meta.isControlling,
    take_over_height: meta.takeOverHeight,
    creation_height: meta.creationHeight,
    activation_height: meta.activationHeight,
    expiration_height: meta.expirationHeight,
    claims_in_channel: meta.claimsInChannel,
    reposted: meta.reposted,
    effective_amount: coins(meta.effectiveAmount),
    support_amount: coins(meta.supportAmount),
  };
}

/** As lbry-sdk writes them: with a point in any case. */
function coins(smallest: bigint): string {
  const text = formatAmount(smallest, 8);
  return text.includes('.') ? text : `${text}.0`;
}

function refused(cause?: unknown): LsdError {
  return new LsdError('invalid', 'The hub sent something that is no list of claims.', { cause });
}
