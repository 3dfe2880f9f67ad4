/** Tokens that other nodes gave: each lets this one store there, for a while. */

import type { Contact } from './messages.ts';

/** As long as lbry-sdk keeps one. */
const KEPT_MS = 300_000;
const MOST_KEPT = 1_024;

export interface TokenBook {
  keep(contact: Contact, token: Uint8Array): void;
  take(contact: Contact): Uint8Array | undefined;
  drop(contact: Contact): void;
}

/** `now`: Unix ms */
export function createTokenBook(now: () => number): TokenBook {
  const tokens = new Map<string, { token: Uint8Array; at: number }>();
  return {
    keep({ id }, token) {
      tokens.delete(id);
      // A copy: the token is a part of a datagram.
      tokens.set(id, { token: token.slice(), at: now() });
      const [oldest] = tokens.size > MOST_KEPT ? tokens.keys() : [];
      if (oldest !== undefined) tokens.delete(oldest);
    },
    take({ id }) {
      const kept = tokens.get(id);
      return kept && now() - kept.at < KEPT_MS ? kept.token : undefined;
    },
    drop: ({ id }) => void tokens.delete(id),
  };
}
