/** The IPv4 addresses of this machine, as its interfaces have them. What a router shows instead to the outside is not among them. */

import { networkInterfaces } from 'node:os';
import { classOf } from './addresses.ts';

/** ms that a look holds: asking the system takes longer than a packet */
const HOLDS_MS = 10_000;

export interface OwnAddresses {
  has(address: string): boolean;
  /** The one by which everybody reaches it, where it has exactly one. */
  onlyPublic(): string | undefined;
}

/** `now`: Unix ms */
export function createOwnAddresses(now: () => number, interfaces = networkInterfaces): OwnAddresses {
  let all: string[] = [];
  let lookedAt = Number.NEGATIVE_INFINITY;

  function addresses(): readonly string[] {
    if (now() - lookedAt < HOLDS_MS) return all;
    const found = Object.values(interfaces()).flatMap(each => each ?? []);
    all = found.filter(({ family }) => family === 'IPv4').map(({ address }) => address);
    lookedAt = now();
    return all;
  }

  return {
    has: address => addresses().includes(address),
    onlyPublic() {
      const [first, ...more] = addresses().filter(address => classOf(address) === 'public');
      return more.length === 0 ? first : undefined;
    },
  };
}
