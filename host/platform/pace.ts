/**
 * Rates as accounts: each byte that passes is owed by every account that it counts for, and an account pays off its debt at
 * its rate. Nothing passes while one of its accounts owes more than a moment's worth; who waits goes in turn. So in any time T
 * at most `rate × (T + the moment)` bytes pass and one slice more, however many take part, and none of it is measured.
 */

/** The moment, ms: what may be owed, so that timers need not be as fine as blocks. */
export const MOMENT_MS = 50;
/** bytes that pass at once; of a slow account less, or one peer would keep all others waiting for seconds */
const MAX_SLICE = 16 * 1024;
const MIN_SLICE = 512;
const SLICES_A_SECOND = 8;
/** the shortest wait that is worth a timer, ms */
const MIN_WAIT_MS = 2;

export interface Account {
  /** bytes a second; null = no limit */
  rate: number | null;
  /** ms of the clock at which all is paid */
  paidAt: number;
  /** bytes that passed */
  passed: number;
}

export function openAccount(rate: number | null = null): Account {
  return { rate, paidAt: 0, passed: 0 };
}

export interface Pace {
  /** Bytes that may pass at once for these accounts, at most `wanted`. */
  slice(accounts: readonly Account[], wanted: number): number;
  /** Calls `pass` when `bytes` may; returns the way to give up. At once where nothing is in the way. */
  pay(accounts: () => readonly Account[], bytes: number, pass: () => void): () => void;
  /** Rates are others now: who waits may not have to. */
  review(): void;
  close(): void;
}

interface Waiter {
  accounts: () => readonly Account[];
  bytes: number;
  pass: () => void;
}

export interface PaceDeps {
  /** ms, never set */
  now(): number;
  after(ms: number, work: () => void): () => void;
}

export function createPace({ now, after }: PaceDeps): Pace {
  const waiting = new Set<Waiter>();
  let cancel: (() => void) | undefined;
  /** ms of the clock at which it is looked again */
  let lookAt = Number.POSITIVE_INFINITY;

  /** ms until the account owes no more than a moment's worth */
  function wait({ rate, paidAt }: Account, at: number): number {
    if (rate === null) return 0;
    // Nothing passes at a rate of none; a change of it looks again.
    if (rate === 0) return Number.POSITIVE_INFINITY;
    return Math.max(0, paidAt - MOMENT_MS - at);
  }

  const longest = (accounts: readonly Account[], at: number) =>
    accounts.reduce((most, account) => Math.max(most, wait(account, at)), 0);

  function charge(accounts: readonly Account[], bytes: number, at: number): void {
    for (const account of accounts) {
      account.passed += bytes;
      if (account.rate) account.paidAt = Math.max(account.paidAt, at) + (bytes / account.rate) * 1000;
    }
  }

  /** One slice for each who waits and may, the longest waiting first. */
  function review(): void {
    cancel?.();
    cancel = undefined;
    lookAt = Number.POSITIVE_INFINITY;
    for (const waiter of [...waiting]) {
      const at = now();
      const accounts = waiter.accounts();
      if (longest(accounts, at) > 0 || !waiting.delete(waiter)) continue;
      charge(accounts, waiter.bytes, at);
      waiter.pass();
    }
    plan();
  }

  function plan(): void {
    const at = now();
    let soonest = Number.POSITIVE_INFINITY;
    for (const waiter of waiting) soonest = Math.min(soonest, longest(waiter.accounts(), at));
    if (soonest === Number.POSITIVE_INFINITY) return;
    const ms = Math.max(MIN_WAIT_MS, soonest);
    cancel?.();
    cancel = after(ms, review);
    lookAt = at + ms;
  }

  return {
    slice(accounts, wanted) {
      const rates = accounts.flatMap(({ rate }) => (rate === null ? [] : [rate]));
      if (rates.length === 0) return wanted;
      const fair = Math.floor(Math.min(...rates) / SLICES_A_SECOND);
      return Math.min(wanted, Math.max(MIN_SLICE, Math.min(MAX_SLICE, fair)));
    },
    pay(accounts, bytes, pass) {
      const at = now();
      const mine = accounts();
      // Nobody overtakes one whose turn has come meanwhile.
      const isDue = (theirs: readonly Account[]) =>
        theirs.some(each => mine.includes(each)) && longest(theirs, at) === 0;
      const ms = longest(mine, at);
      if (ms === 0 && ![...waiting].some(other => isDue(other.accounts()))) {
        charge(mine, bytes, at);
        pass();
        return () => {};
      }
      const waiter = { accounts, bytes, pass };
      waiting.add(waiter);
      if (at + ms < lookAt) plan();
      return () => waiting.delete(waiter);
    },
    review,
    close() {
      cancel?.();
      waiting.clear();
    },
  };
}
