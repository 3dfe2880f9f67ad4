/** Claims: they are resolved, and recorded here. */

import * as v from 'valibot';
import type { FoundClaim, NoClaim } from '../../../core/lbry-claims.ts';
import { type Method, method } from '../method.ts';
import { flag, ignored, longText, text } from '../parameters.ts';
import { INVALID_PARAMS, rpcError } from '../rpc-error.ts';

/** lbry-sdk asks a hub for as many at once */
const MOST_URLS = 100;

export const CLAIM =
  'claim_id, name, txid, nout, height, value_type, value, signing_channel, is_channel_signature_valid, canonical_url, short_url, permanent_url, meta, proof';

export function shownClaim(found: FoundClaim | NoClaim | undefined) {
  if (!found) return { error: { name: 'NOT_FOUND', text: 'Could not find claim.' } };
  return 'error' in found ? found : found.claim;
}

export const CLAIMS: readonly Method[] = [
  method({
    name: 'resolve',
    summary: 'What the claims at some URLs say. Records of this home come before what a hub says.',
    takes: v.strictObject({
      urls: v.pipe(
        v.union(
          [text('one'), v.pipe(v.array(text('each')), v.maxLength(MOST_URLS))],
          'must be one URL, or a list of at most 100.',
        ),
        v.description('one URL, or a list of at most 100'),
        v.transform(value => (typeof value === 'string' ? [value] : value)),
      ),
      wallet_id: v.exactOptional(ignored),
      new_sdk_server: v.exactOptional(ignored),
      include_purchase_receipt: v.exactOptional(ignored),
      include_is_my_output: v.exactOptional(ignored),
      include_sent_supports: v.exactOptional(ignored),
      include_sent_tips: v.exactOptional(ignored),
      include_received_tips: v.exactOptional(ignored),
    }),
    returns: `{url: {${CLAIM}} or {"error": {name, text}}}`,
    async work({ urls }, { claims }, signal) {
      const found = await claims.resolve(urls, signal);
      return Object.fromEntries([...found].map(([url, each]) => [url, shownClaim(each)]));
    },
  }),
  method({
    name: 'claim_import',
    summary: 'Records a claim here, so that its name leads to it without a hub. Nothing is put on the chain.',
    takes: v.strictObject({
      name: v.exactOptional(text('name of the claim; a transaction says it itself')),
      claim: v.exactOptional(longText('value of the claim: hexadecimal digits, or JSON')),
      tx: v.exactOptional(longText('a raw transaction, as hexadecimal digits')),
    }),
    returns: `{url: {${CLAIM}}}`,
    work({ name, claim, tx }, { claims }) {
      const recorded = claims.record(givenClaim(name, claim, tx));
      return Object.fromEntries(recorded.map(each => [`lbry://${each.claim.name}`, each.claim]));
    },
  }),
  method({
    name: 'stream_cost_estimate',
    aliases: ['get_est_cost'],
    summary: 'What a claim costs: nothing, for there is no wallet here that could pay.',
    takes: v.strictObject({
      uri: v.exactOptional(text('URL of a claim')),
      name: v.exactOptional(text('the same')),
      size: v.exactOptional(ignored),
      include_fee: v.exactOptional(flag('taken')),
    }),
    returns: '0.0',
    work: () => 0,
  }),
];

function givenClaim(name: string | undefined, claim: string | undefined, tx: string | undefined) {
  if (tx !== undefined) return { name: name ?? null, transaction: tx };
  if (claim === undefined) throw missing('claim');
  if (name === undefined) throw missing('name');
  return { name, value: claim };
}

function missing(parameter: string): Error {
  return rpcError(INVALID_PARAMS, `Missing required parameters for claim_import command: ${parameter}`);
}
