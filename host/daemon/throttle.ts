/** Pause and speed limits of the whole home: remembered, and applied to the engine at once. */

import type { Limits } from '../../shared/protocol.ts';
import type { Events } from '../core/events.ts';
import type { Clock, Settings, Torrents } from '../core/ports.ts';

const PAUSE = 'paused-until';
const LIMITS = 'limits';
/** setTimeout's own limit. */
const MAX_TIMER_MS = 2 ** 31 - 1;

export interface Throttle {
  /** Unix ms; 0 = until resumed; null = not paused */
  pausedUntil(): number | null;
  pause(until: number): void;
  resume(): void;
  limits(): Limits;
  setLimits(change: Partial<Limits>): Limits;
  close(): void;
}

export function createThrottle(deps: {
  settings: Settings;
  torrents: Torrents;
  events: Events;
  clock: Clock;
}): Throttle {
  const { settings, torrents, events, clock } = deps;
  let timer: NodeJS.Timeout | undefined;

  function pausedUntil(): number | null {
    const stored = settings.get(PAUSE);
    return stored === undefined ? null : Number(stored);
  }

  function resume(): void {
    settings.remove(PAUSE);
    apply();
  }

  function apply(): void {
    clearTimeout(timer);
    const until = pausedUntil();
    torrents.setPaused(until !== null);
    if (until) timer = setTimeout(check, Math.min(Math.max(0, until - clock.now()), MAX_TIMER_MS));
    events.emit('daemon.state', {});
  }

  /** A clock that jumped may end the pause early or late, never leave it for ever. */
  function check(): void {
    const until = pausedUntil();
    if (until && until <= clock.now()) resume();
    else apply();
  }

  function limits(): Limits {
    const stored = settings.get(LIMITS);
    return stored === undefined ? { down: null, up: null } : (JSON.parse(stored) as Limits);
  }

  torrents.setLimits(limits());
  check();
  return {
    pausedUntil,
    pause(until) {
      settings.set(PAUSE, String(until));
      apply();
    },
    resume,
    limits,
    setLimits(change) {
      const next = { ...limits(), ...change };
      settings.set(LIMITS, JSON.stringify(next));
      torrents.setLimits(next);
      return next;
    },
    close: () => clearTimeout(timer),
  };
}
