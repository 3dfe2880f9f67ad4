/** What was moved on each site's account: counted in memory, and written down every few seconds. */

import type { Id } from '../../../shared/id.ts';
import type { Amounts } from '../../../shared/protocol.ts';
import type { Events } from '../../core/events.ts';
import type { Clock } from '../../core/ports.ts';
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
  zone: () => string;
  after(ms: number, work: () => void): () => void;
  /** these sites have used more than before */
  onCounted(origins: Iterable<string>): void;
}

export function keepAccounts(deps: AccountsDeps): Accounts {
  const { usage, events, clock, zone } = deps;
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

  function flush(): void {
    cancel?.();
    cancel = undefined;
    const month = monthOf(clock.now(), zone());
    for (const [origin, amounts] of sites) usage.add(origin, month, amounts);
    for (const [id, bytes] of served) usage.addServed(id, bytes);
    const counted = [...sites.keys()];
    sites.clear();
    served.clear();
    if (counted.length > 0) deps.onCounted(counted);
  }

  return {
    used(origin) {
      flush();
      return { month: usage.of(origin, monthOf(clock.now(), zone())), total: usage.total(origin) };
    },
    forget(origin) {
      sites.delete(origin);
      usage.remove(origin);
    },
    close() {
      stop();
      flush();
    },
  };
}
