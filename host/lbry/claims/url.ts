/** URLs of claims: `lbry://@channel:claim/stream$2`, by the grammar that lbry-sdk keeps. */

import { LsdError } from '../../../shared/errors.ts';

/** A claim by its name: the one with most support, else as the rest says. */
export interface UrlPart {
  /** with the `@` of a channel */
  name: string;
  /** the start of the claim's id, 1 to 40 hex digits */
  claimId?: string;
  /** the so-many-th by support, from 1 */
  amountOrder?: number;
}

/** Of a channel, of a stream (or what else is not a channel), or of a stream in a channel. */
export type ClaimUrl = { channel: UrlPart; stream?: undefined } | { channel?: UrlPart | undefined; stream: UrlPart };

/** No name on the chain is longer than 255 bytes. */
const MAX_URL_LENGTH = 1_024;
// A name holds none of these, nor a lone surrogate.
const NAME = '[^=&#:$@%?;"/\\\\<>{}|^~\\[\\]`\\u{0}-\\u{20}\\u{d800}-\\u{dfff}\\u{fffe}\\u{ffff}]+';
const PART = new RegExp(`^(?<name>@?${NAME})(?:[:#](?<claimId>[0-9a-f]{1,40})|\\$(?<order>[1-9]\\d*))?$`, 'u');

/** Throws `invalid` for what is no URL of a claim. The scheme may be left out. */
export function parseUrl(text: string): ClaimUrl {
  if (text.length > MAX_URL_LENGTH) throw refused('it is too long');
  const [first = '', second, ...more] = text.replace(/^lbry:\/\//, '').split('/');
  if (more.length > 0) throw refused('it has more than a channel and a stream');
  const part = parsePart(first);
  if (second === undefined) return part.name.startsWith('@') ? { channel: part } : { stream: part };
  const stream = parsePart(second);
  if (!part.name.startsWith('@')) throw refused('only a channel, whose name begins with "@", holds streams');
  if (stream.name.startsWith('@')) throw refused('a channel lies in no other channel');
  return { channel: part, stream };
}

function parsePart(text: string): UrlPart {
  const groups = PART.exec(text)?.groups;
  if (!groups?.name)
    throw refused('a name in it is empty or has characters that no name has, or what follows it is wrong');
  const { name, claimId, order } = groups;
  if (claimId !== undefined) return { name, claimId };
  if (order === undefined) return { name };
  const amountOrder = Number(order);
  if (!Number.isSafeInteger(amountOrder)) throw refused('the number behind "$" is too large');
  return { name, amountOrder };
}

/** The canonical form, with its scheme. */
export function formatUrl({ channel, stream }: ClaimUrl): string {
  return `lbry://${[channel, stream]
    .filter(part => part !== undefined)
    .map(formatPart)
    .join('/')}`;
}

function formatPart({ name, claimId, amountOrder }: UrlPart): string {
  if (claimId !== undefined) return `${name}:${claimId}`;
  return amountOrder === undefined ? name : `${name}$${amountOrder}`;
}

function refused(why: string): LsdError {
  return new LsdError('invalid', `This is no URL of a claim: ${why}.`);
}
