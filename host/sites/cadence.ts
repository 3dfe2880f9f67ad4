/** How long to wait before a site is polled again. */

export interface PollState {
  /** failures in a row */
  failures: number;
  /** the site holds the reply until something changes, so there is nothing to wait for here */
  holds: boolean;
  /** ms since the site last asked for anything */
  quietMs: number;
  /** the person's own measure, in ms; null = ours */
  pollMs: number | null;
}

const POLL_MS = 60_000;
const QUIET_POLL_MS = 5 * 60_000;
const QUIET_AFTER_MS = 60 * 60_000;
const FIRST_RETRY_MS = 5_000;
const MAX_BACK_OFF_MS = 15 * 60_000;
/** Between two replies of a site that holds them. */
const BREATH_MS = 200;
/** A site that comes back is not met by everybody in the same second. */
const SPREAD = 0.2;

/** ms; `random` from 0 to 1 spreads the homes. */
export function nextPollMs({ failures, holds, quietMs, pollMs }: PollState, random: number): number {
  const base = pollMs ?? (quietMs > QUIET_AFTER_MS ? QUIET_POLL_MS : POLL_MS);
  if (failures === 0) return holds ? BREATH_MS : base;
  const first = Math.min(FIRST_RETRY_MS, base);
  const backOff = Math.min(first * 2 ** Math.min(failures - 1, 20), MAX_BACK_OFF_MS);
  return Math.round(backOff * (1 - SPREAD * random));
}
