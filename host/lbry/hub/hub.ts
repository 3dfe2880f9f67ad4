/**
 * Claims from a hub: where they are, then the transactions that carry them. A transaction is the one that was named if its hash
 * is; whether it is part of the chain only block headers could tell, so what is found here is `unverified`.
 */

import { LsdError } from '../../../shared/errors.ts';
import type { ClaimQuery, FoundClaim, NoClaim } from '../../core/lbry-claims.ts';
import type { Log } from '../../core/ports.ts';
import { claimAt } from '../claims/in-transaction.ts';
import { normalName } from '../claims/normal-name.ts';
import { type ClaimInPlace, foundClaim, isSignedBy } from '../claims/resolved.ts';
import type { ClaimSource } from '../claims/resolver.ts';
import { isMeant as isSearched } from '../claims/search.ts';
import { decodeTransaction, type Transaction, txidOf } from '../claims/transaction.ts';
import { type ClaimUrl, formatUrl, parseUrl, type UrlPart } from '../claims/url.ts';
import type { WayOut } from '../own-address.ts';
import { connectHub, type HubConnection } from './connection.ts';
import { type HubClaim, type HubOutputs, type Outpoint, readOutputs } from './outputs.ts';

export interface HubsDeps {
  hubs: readonly { host: string; port: number }[];
  /** The address that may be contacted, and the way to it. Throws `denied` or `site-unreachable`. */
  lookup(host: string): Promise<{ address: string } & Partial<WayOut>>;
  /** as we call ourselves */
  client: string;
  log: Log;
}

/** what lbry-sdk of that number understands */
const PROTOCOL = '0.113.0';
/** ms for all that is asked of one hub */
const PATIENCE_MS = 15_000;
/** lbry-sdk asks for as many transactions at once */
const MOST_AT_ONCE = 100;

/** The first hub that answers is believed, as far as it can be. */
export function createHubs({ hubs, lookup, client, log }: HubsDeps): ClaimSource {
  async function ask(hub: HubsDeps['hubs'][number], { method, params }: Question, signal: AbortSignal) {
    const { address, localAddress, signal: here = signal } = await lookup(hub.host);
    const until = AbortSignal.any([signal, here]);
    using connection = await connectHub({ address, port: hub.port, localAddress }, until);
    await connection.call('server.version', [client, PROTOCOL]);
    const answer = readOutputs(await connection.call(method, params));
    return { ...answer, transactions: await fetchTransactions(connection, answer.outputs) };
  }

  async function askAll(question: Question, signal: AbortSignal): Promise<Answer | { trouble: string }> {
    let last: unknown;
    for (const hub of hubs) {
      try {
        return await ask(hub, question, AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]));
      } catch (thrown) {
        signal.throwIfAborted();
        last = thrown;
        log.warn('lbry-hub-failed', { hub: `${hub.host}:${hub.port}`, error: thrown });
      }
    }
    return { trouble: last instanceof LsdError ? last.message : 'No hub answered in time.' };
  }

  return {
    async resolve(urls, signal) {
      const answer = await askAll({ method: 'blockchain.claimtrie.resolve', params: urls.map(formatUrl) }, signal);
      if (!('trouble' in answer)) {
        return urls.map((url, index) => checked(url, answer.outputs[index], answer.transactions));
      }
      const text = `Failed to resolve: ${answer.trouble}`;
      return urls.map((): NoClaim => ({ error: { name: 'TIMEOUT', text } }));
    },
    async search({ more, ...query }, range, signal) {
      const params = { ...query, ...more, ...range };
      const answer = await askAll({ method: 'blockchain.claimtrie.search', params }, signal);
      if ('trouble' in answer) return { claims: [], total: 0, trouble: answer.trouble };
      const claims = answer.outputs.flatMap(output => {
        const found = 'error' in output ? undefined : shownClaim(output, answer.transactions);
        return found && isAsked(query, found) ? [found] : [];
      });
      return { claims, total: answer.total, trouble: null };
    },
  };
}

interface Question {
  method: string;
  params: unknown;
}

interface Answer extends HubOutputs {
  transactions: ReadonlyMap<string, Transaction>;
}

/** Of what was asked for, that which tells one claim from another must be so; how well the rest fits is the hub's word. */
function isAsked({ name, txid, nout, claim_ids, channel, channel_ids }: Omit<ClaimQuery, 'more'>, found: FoundClaim) {
  const isOfChannel = channel !== undefined || channel_ids !== undefined;
  const asked = { name, txid, nout, claim_ids, channel, channel_ids, signature_valid: isOfChannel || undefined };
  const said = Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
  return isSearched({ ...said, more: {} }, found);
}

async function fetchTransactions(
  connection: HubConnection,
  outputs: readonly (HubClaim | NoClaim)[],
): Promise<ReadonlyMap<string, Transaction>> {
  const wanted = new Set(outputs.flatMap(each => ('error' in each ? [] : outpointsOf(each).map(({ txid }) => txid))));
  const found = new Map<string, Transaction>();
  const all = [...wanted];
  for (let at = 0; at < all.length; at += MOST_AT_ONCE) {
    const batch = all.slice(at, at + MOST_AT_ONCE);
    const answer = await connection.call('blockchain.transaction.get_batch', batch);
    for (const txid of batch) {
      const transaction = transactionOf(txid, answer);
      if (transaction) found.set(txid, transaction);
    }
  }
  return found;
}

function outpointsOf(own: HubClaim): Outpoint[] {
  return [own, own.channel, own.repost].filter(each => each !== null);
}

/** `{txid: [hex, …]}`. Undefined for one that is another than was asked for. */
function transactionOf(txid: string, answer: unknown): Transaction | undefined {
  if (typeof answer !== 'object' || answer === null) return undefined;
  const entry: unknown = new Map<string, unknown>(Object.entries(answer)).get(txid);
  const hex: unknown = Array.isArray(entry) ? entry[0] : entry;
  if (typeof hex !== 'string') return undefined;
  try {
    const transaction = decodeTransaction(Buffer.from(hex, 'hex'));
    return txidOf(transaction) === txid ? transaction : undefined;
  } catch (thrown) {
    if (thrown instanceof LsdError) return undefined;
    throw thrown;
  }
}

/** A hub may answer with any claim: it must be one that the URL can mean, and in a channel one that the channel signed. */
function checked(
  { channel: wantedChannel, stream }: ClaimUrl,
  output: HubClaim | NoClaim | undefined,
  transactions: ReadonlyMap<string, Transaction>,
): FoundClaim | NoClaim | undefined {
  if (!output || 'error' in output) return output;
  const claim = inPlace(output, transactions, output.meta);
  if (!claim) return invalid('The hub did not give the claim that it named.');
  const channel = channelOf(output, transactions);
  const own = stream ?? wantedChannel;
  if (own && !isMeant(own, claim)) return invalid(`The hub answered with another claim, ${claim.name}.`);
  if (stream && wantedChannel) {
    const isIn = channel && isMeant(wantedChannel, channel) && isSignedBy(claim, channel);
    if (!isIn) return invalid(`The channel ${wantedChannel.name} did not sign ${stream.name}.`);
  }
  return shownClaim(output, transactions);
}

/** Undefined where the hub did not give the claim that it named. */
function shownClaim(output: HubClaim, transactions: ReadonlyMap<string, Transaction>): FoundClaim | undefined {
  const claim = inPlace(output, transactions, output.meta);
  if (!claim) return undefined;
  const channel = channelOf(output, transactions);
  const reposted = output.repost ? inPlace(output.repost, transactions, {}) : undefined;
  const known = withReposted(foundClaim(claim, channel), reposted);
  return { ...known, claim: { ...known.claim, ...urlsOf(output, claim, channel) } };
}

function channelOf({ channel }: HubClaim, transactions: ReadonlyMap<string, Transaction>): ClaimInPlace | undefined {
  return channel ? inPlace(channel, transactions, {}) : undefined;
}

/** The hub's short forms, where they can mean nothing else. */
function urlsOf({ urls: { short, canonical } }: HubClaim, claim: ClaimInPlace, channel: ClaimInPlace | undefined) {
  const shortUrl = trusted(short, claim, channel);
  const canonicalUrl = trusted(canonical, claim, channel);
  return { ...(shortUrl && { short_url: shortUrl }), ...(canonicalUrl && { canonical_url: canonicalUrl }) };
}

function trusted(text: string, claim: ClaimInPlace, channel: ClaimInPlace | undefined): string | undefined {
  try {
    const url = parseUrl(text);
    const [above, own] = url.stream ? [url.channel, url.stream] : [undefined, url.channel];
    const isOwn = isMeant(own, claim) && own.claimId !== undefined;
    const isAbove = !above || channel?.claimId?.startsWith(above.claimId ?? '-') === true;
    return isOwn && isAbove ? formatUrl(url) : undefined;
  } catch {
    return undefined;
  }
}

/** What is got of a repost is what it repeats. */
function withReposted(found: FoundClaim, reposted: ClaimInPlace | undefined): FoundClaim {
  if (!reposted) return found;
  const { claim, sources } = foundClaim(reposted, undefined);
  return { claim: { ...found.claim, reposted_claim: claim }, sources };
}

function isMeant({ name, claimId }: UrlPart, claim: ClaimInPlace): boolean {
  if (normalName(name) !== normalName(claim.name)) return false;
  return claimId === undefined || claim.claimId?.startsWith(claimId) === true;
}

function inPlace(
  { txid, output, height }: Outpoint,
  transactions: ReadonlyMap<string, Transaction>,
  meta: ClaimInPlace['meta'],
): ClaimInPlace | undefined {
  const transaction = transactions.get(txid);
  const claim = transaction && claimIn(transaction, output);
  if (!claim) return undefined;
  return { ...claim, place: { transaction, output }, height, proof: 'unverified', meta };
}

/** Undefined for an output without a claim, or with one that cannot be read. */
function claimIn(transaction: Transaction, output: number) {
  try {
    return claimAt(transaction, output);
  } catch (thrown) {
    if (thrown instanceof LsdError) return undefined;
    throw thrown;
  }
}

function invalid(text: string): NoClaim {
  return { error: { name: 'INVALID', text } };
}
