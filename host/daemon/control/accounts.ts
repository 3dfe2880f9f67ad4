/** What was moved on each site's account: counted in memory, and written down every few seconds. */

import type { Amounts } from '../../../shared/control-methods.ts';
import type { Id } from '../../../shared/id.ts';
import type { Events } from '../../core/events.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Usage } from '../../core/preferences.ts';
import { monthOf } from './policy.ts';

/** What a daemon that is killed forgets, at most. */
const FLUSH_MS = 5_000;

export interface Accounts {
  used(origin: string): { month: Amounts; total: Amounts };
  /** Nothing was moved on its account. */
  forget(origin: string): void;
  close(): void;
}

export interface AccountsDeps {
  usage: Usage;
  events: Events;
  clock: Clock;
  log: Log;
  zone: () => string;
  after(ms: number, work: () => void): () => void;
  /** these sites have used more than before */
  onCounted(origins: Iterable<string>): void;
}

export function keepAccounts(deps: AccountsDeps): Accounts {
  const { usage, events, clock, log, zone } = deps;
  const sites = new Map<string, Amounts>();
  const served = new Map<Id, number>();
  let cancel: (() => void) | undefined;

  const stop = events.on('bytes.moved', ({ by, id, down, up, held }) => {
    for (const origin of by) {
      const before = sites.get(origin) ?? { down: 0, up: 0 };
      sites.set(origin, { down: before.down + down, up: before.up + up });
    }
    if (held && up > 0) served.set(id, (served.get(id) ?? 0) + up);
    cancel ??= deps.after(FLUSH_MS, flush);
  });

  const month = () => monthOf(clock.now(), zone());

  function flush(): void {
    cancel?.();
    cancel = undefined;
    if (sites.size + served.size === 0) return;
    const counted = [...sites.keys()];
    write();
    if (counted.length > 0) deps.onCounted(counted);
  }

  /** What cannot be written (a full disk) is kept for the next time. */
  function write(): void {
    try {
      usage.add(month(), sites, served);
      sites.clear();
      served.clear();
    } catch (thrown) {
      log.error('what moved cannot be written down', { error: thrown });
      cancel = deps.after(FLUSH_MS, flush);
    }
  }

  return {
    used(origin) {
      const unwritten = sites.get(origin) ?? { down: 0, up: 0 };
      return {
        month: sum(usage.of(origin, month()), unwritten),
        total: sum(usage.total(origin), unwritten),
      };
    },
    forget(origin) {
      usage.remove(origin);
      sites.delete(origin);
    },
    close() {
      stop();
      flush();
      cancel?.();
    },
  };
}

function sum(a: Amounts, b: Amounts): Amounts {
  return { down: a.down + b.down, up: a.up + b.up };
}
