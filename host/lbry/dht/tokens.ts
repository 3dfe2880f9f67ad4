/** Proof that who stores a key was asked from the address it sends from: a token of its address and a secret that changes. */

import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

/** As lbry-sdk means to rotate it. A token holds for one to two of these: callers keep it for five minutes. */
export const ROTATION_MS = 300_000;
const SECRET_BYTES = 48;

export interface Tokens {
  /** 48 bytes */
  issue(address: string): Uint8Array;
  isValid(token: Uint8Array, address: string): boolean;
}

/** `now`: Unix ms */
export function createTokens(now: () => number, secret: () => Uint8Array = () => randomBytes(SECRET_BYTES)): Tokens {
  let current = secret();
  let previous = secret();
  let period = Math.floor(now() / ROTATION_MS);

  function rotate(): void {
    const latest = Math.floor(now() / ROTATION_MS);
    if (latest === period) return;
    previous = latest === period + 1 ? current : secret();
    current = secret();
    period = latest;
  }
  const tokenOf = (secret: Uint8Array, address: string) =>
    hash('sha384', Buffer.concat([secret, Buffer.from(address.split('.').map(Number))]), 'buffer');

  return {
    issue(address) {
      rotate();
      return tokenOf(current, address);
    },
    isValid(token, address) {
      rotate();
      return [current, previous]
        .map(secret => tokenOf(secret, address))
        .some(expected => token.length === expected.length && timingSafeEqual(token, expected));
    },
  };
}
