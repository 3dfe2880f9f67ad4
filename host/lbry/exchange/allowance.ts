/** How fast blobs may come and go, over all connections together; and how fast they do. */

import { isLocal } from '../../platform/addresses.ts';
import { type Account, createPace, openAccount, type PaceDeps } from '../../platform/pace.ts';

export interface AllowanceLimits {
  /** bytes a second; null = no limit */
  down: number | null;
  up: number | null;
  /** they hold for peers of the local network, too */
  limitLan: boolean;
}

export type Direction = 'down' | 'up';

export interface Allowance {
  setLimits(limits: AllowanceLimits): void;
  /** bytes a second that hold for this peer; null = no limit */
  limit(direction: Direction, address: string): number | null;
  /** Calls `pass` when so many bytes may move, at once where nothing is in the way; returns the way to give up. */
  pay(direction: Direction, address: string, bytes: number, pass: () => void): () => void;
  /** bytes that are best moved at once */
  slice(direction: Direction, address: string, wanted: number): number;
  close(): void;
}

export function createAllowance(deps: PaceDeps): Allowance {
  const pace = createPace(deps);
  const accounts = { down: openAccount(), up: openAccount() };
  let isLanLimited = false;
  const accountsFor = (direction: Direction, address: string): Account[] =>
    isLanLimited || !isLocal(address) ? [accounts[direction]] : [];

  return {
    setLimits({ down, up, limitLan }) {
      accounts.down.rate = down;
      accounts.up.rate = up;
      isLanLimited = limitLan;
      // A debt of the old rate is no measure for the new one.
      const now = deps.now();
      for (const each of [accounts.down, accounts.up]) each.paidAt = Math.min(each.paidAt, now);
      pace.review();
    },
    limit: (direction, address) => accountsFor(direction, address)[0]?.rate ?? null,
    pay: (direction, address, bytes, pass) => pace.pay(() => accountsFor(direction, address), bytes, pass),
    slice: (direction, address, wanted) => pace.slice(accountsFor(direction, address), wanted),
    close: pace.close,
  };
}
