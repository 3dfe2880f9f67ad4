/** Claims that were published or imported here: found by their names, without asking anybody. */

import { setImmediate as nextTurn } from 'node:timers/promises';
import { LsdError } from '../../../shared/errors.ts';
import type { ClaimQuery, ClaimRecord, ClaimStore, FoundClaim, GivenClaim, NoClaim } from '../../core/lbry-claims.ts';
import { claimsIn } from './in-transaction.ts';
import { normalName } from './normal-name.ts';
import { type ClaimInPlace, foundClaim, isSignedBy } from './resolved.ts';
import { isMeant } from './search.ts';
import { bytesOfHex, readValue } from './show.ts';
import { decodeTransaction } from './transaction.ts';
import { type ClaimUrl, parseUrl, type UrlPart } from './url.ts';
import { decodeClaim, encodeClaim } from './value.ts';

/** records that are looked at before others have their turn */
const AT_ONCE = 20;

export interface ClaimRecords {
  /** Undefined: nothing is recorded here that this URL could mean. */
  find(url: ClaimUrl): FoundClaim | NoClaim | undefined;
  /** The last first. Throws `invalid` for a channel that is no URL. */
  search(query: ClaimQuery, signal: AbortSignal): Promise<FoundClaim[]>;
  /** Throws `invalid` for what is no claim, or has no name. */
  record(given: GivenClaim): FoundClaim[];
  /** A value without a transaction. Throws `invalid` for what is no name. */
  put(name: string, value: Uint8Array): FoundClaim;
}

export function createRecords(store: ClaimStore): ClaimRecords {
  function find({ channel, stream }: ClaimUrl): FoundClaim | NoClaim | undefined {
    if (!channel) return stream && maybeShown(chosen(candidates(stream.name), stream));
    const found = chosen(candidates(channel.name), channel);
    if (!stream) return maybeShown(found);
    if (found === undefined || found.claimId === null) return undefined;
    const named = candidates(stream.name).filter(({ value }) => value.signature?.channelId === found.claimId);
    const inChannel = chosen(named, stream);
    if (!inChannel) return undefined;
    if (isSignedBy(inChannel, found)) return shown(inChannel);
    return { error: { name: 'INVALID', text: `The channel ${channel.name} did not sign ${stream.name}.` } };
  }

  function candidates(name: string): ClaimInPlace[] {
    return store.named(normalName(name)).map(inPlace);
  }

  function maybeShown(at: ClaimInPlace | undefined): FoundClaim | undefined {
    return at && shown(at);
  }

  function shown(at: ClaimInPlace): FoundClaim {
    const { signature } = at.value;
    const channel = signature && store.withId(signature.channelId);
    return foundClaim(at, channel && inPlace(channel));
  }

  function keep(record: ClaimRecord): FoundClaim {
    store.put(normalName(record.name), record);
    return shown(inPlace(record));
  }

  function put(name: string, value: Uint8Array): FoundClaim {
    return keep({ name: nameOf(name), claimId: null, value, place: null });
  }

  return {
    find,
    put,
    async search(query, signal) {
      const { name } = query;
      const all = name === undefined ? store.list().reverse() : store.named(normalName(name));
      const found: FoundClaim[] = [];
      for (const [index, record] of all.entries()) {
        const each = shown(inPlace(record));
        if (isMeant(query, each)) found.push(each);
        // Each may have a signature to verify.
        if (index % AT_ONCE === AT_ONCE - 1) await nextTurn(undefined, { signal });
      }
      return found;
    },
    record(given) {
      if ('value' in given) return [put(given.name, encodeClaim(readValue(given.value)))];
      const bytes = bytesOfHex(given.transaction.trim(), 'transaction');
      const claims = claimsIn(decodeTransaction(bytes));
      if (claims.length === 0) throw new LsdError('invalid', 'This transaction carries no claim.');
      return claims.map(({ name, claimId, value, output }) =>
        keep({ name: nameOf(name), claimId, value: encodeClaim(value), place: { transaction: bytes, output } }),
      );
    },
  };
}

/** Of a record, the last one first: the claim whose id begins so, or the so-many-th. */
function chosen(all: ClaimInPlace[], { claimId, amountOrder = 1 }: UrlPart): ClaimInPlace | undefined {
  if (claimId !== undefined) return all.find(each => each.claimId?.startsWith(claimId));
  return all[amountOrder - 1];
}

function inPlace({ name, claimId, value, place }: ClaimRecord): ClaimInPlace {
  const found = place && claimsInBytes(place.transaction).find(({ output }) => output === place.output);
  return {
    name,
    claimId,
    operation: found?.operation ?? 'create',
    value: found?.value ?? decodeClaim(value),
    place: place && { transaction: decodeTransaction(place.transaction), output: place.output },
    height: null,
    proof: 'local',
    meta: {},
  };
}

function claimsInBytes(bytes: Uint8Array) {
  return claimsIn(decodeTransaction(bytes));
}

/** Throws `invalid` for what no URL could name. */
export function nameOf(name: string): string {
  const { channel, stream } = parseUrl(name);
  const [part, ...more] = [channel, stream].filter(each => each !== undefined);
  if (part && more.length === 0 && part.name === name) return name;
  throw new LsdError('invalid', `"${name}" is no name of a claim: it must be the name alone, without a claim id.`);
}
