/** The loop that asks one site what it wants of this home: by long poll where the site offers it, else now and then. */

import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import type { Clock, Log } from '../core/ports.ts';
import { pause, type Timers } from '../platform/timers.ts';
import { nextPollMs } from './cadence.ts';
import type { Links } from './links.ts';
import { parseWanted, type WantedReply } from './replies.ts';

/** What a site can do is asked again so often. */
const DESCRIBE_EVERY_MS = 60 * 60_000;
/** A site that offers to hold its reply and does not is polled like any other after so many hasty ones. */
const MAX_HASTY = 3;

export interface Poller {
  /** Asks now, whatever the loop waits for; throws what the call throws. */
  now(): Promise<Id[]>;
  /** The site is polled now, and nobody waits for the answer. */
  wake(): void;
  close(): void;
}

export interface PollerDeps {
  origin: string;
  lan: boolean;
  links: Pick<Links, 'call' | 'describe' | 'session'>;
  apply: (reply: WantedReply) => Id[];
  /** the site answers: what was owed to it can be told */
  onAnswer: () => void;
  clock: Clock;
  timers: Timers;
  log: Log;
  /** null = the usual */
  pollMs: number | null;
  /** when the grant ends; null = never */
  expiresAt: number | null;
  onExpired: () => void;
}

export function createPoller(deps: PollerDeps): Poller {
  const { origin, links, clock, timers, log } = deps;
  const closed = new AbortController();
  /** while the loop sleeps */
  let sleep: AbortController | undefined;
  let describedAt: number | undefined;
  let describing: Promise<unknown> | undefined;
  let cursor: string | null = null;
  let failures = 0;
  let hasty = 0;
  let lastWantedAt = clock.now();

  async function describe(): Promise<void> {
    if (describedAt !== undefined && clock.now() - describedAt < DESCRIBE_EVERY_MS) return;
    describing ??= links.describe(origin, closed.signal).finally(() => {
      describing = undefined;
    });
    if (await describing) describedAt = clock.now();
  }

  const mayHold = () => links.session(origin).about.wait > 0 && hasty < MAX_HASTY;

  async function poll(options: { hold: boolean }): Promise<Id[]> {
    await describe();
    const wait = options.hold && mayHold() && cursor !== null ? Math.floor(links.session(origin).about.wait) : 0;
    const before = cursor;
    const startedAt = clock.now();
    const data = wait > 0 ? { since: before, wait } : {};
    const reply = parseWanted(await links.call(origin, 'getRequests', data, { wait, signal: closed.signal }), deps);
    if (wait > 0) {
      const isHasty = reply.cursor === before && clock.now() - startedAt < (wait * 1000) / 2;
      hasty = isHasty ? hasty + 1 : 0;
    }
    cursor = reply.cursor;
    const ids = deps.apply(reply);
    if (ids.length > 0) lastWantedAt = clock.now();
    failures = 0;
    deps.onAnswer();
    return ids;
  }

  async function loop(): Promise<void> {
    while (!closed.signal.aborted) {
      if (deps.expiresAt !== null && deps.expiresAt <= clock.now()) return deps.onExpired();
      await poll({ hold: true }).catch((thrown: unknown) => {
        if (closed.signal.aborted) return;
        failures++;
        log.debug('poll failed', { origin, failures, code: LsdError.from(thrown).code });
      });
      if (closed.signal.aborted) return;
      sleep = new AbortController();
      await pause(timers, delay(), AbortSignal.any([sleep.signal, closed.signal]));
      sleep = undefined;
    }
  }

  function delay(): number {
    const holds = cursor !== null && mayHold();
    const quietMs = clock.now() - lastWantedAt;
    const ms = nextPollMs({ failures, holds, quietMs, pollMs: deps.pollMs }, Math.random());
    return deps.expiresAt === null ? ms : Math.min(ms, Math.max(0, deps.expiresAt - clock.now()));
  }

  loop().catch(error => log.error('polling ended', { origin, error }));
  return {
    now: () => poll({ hold: false }),
    wake() {
      if (sleep) return sleep.abort();
      // The reply that the site holds may be long in coming.
      poll({ hold: false }).catch(() => {});
    },
    close: () => closed.abort(),
  };
}
