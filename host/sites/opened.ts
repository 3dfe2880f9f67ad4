/** What goes on by itself for each site that has a grant, from the grant to its end: polling, and open requests. */

import type { Id } from '../../shared/id.ts';
import type { Events } from '../core/events.ts';
import type { Clock, Log, Torrents } from '../core/ports.ts';
import type { SiteRow } from '../core/stored.ts';
import type { Timers } from '../platform/timers.ts';
import type { Links } from './links.ts';
import { createPoller, type Poller } from './poll.ts';
import type { Requests } from './requests.ts';
import type { Syncs } from './syncs.ts';
import type { Wanted } from './wanted.ts';

/** between looks whether a grant that has expired holds again */
const LOOK_AGAIN_MS = 600_000;

export interface Opened {
  /** Begins, or begins anew under another configuration. */
  open(row: SiteRow): void;
  shut(origin: string): void;
  /** Asks the site now what it wants. */
  poll(origin: string): Promise<Id[]>;
  /** The same, and nobody waits for the answer. */
  wake(origin: string): void;
  close(): void;
}

export interface OpenedDeps {
  links: Links;
  wanted: Wanted;
  requests: Requests;
  syncs: () => Pick<Syncs, 'settle' | 'forget'>;
  torrents: Pick<Torrents, 'forget'>;
  events: Events;
  clock: Clock;
  timers: Timers;
  log: Log;
  /** null = the usual */
  pollSeconds: number | null;
}

export function createOpened(deps: OpenedDeps): Opened {
  const { links, wanted, requests, syncs, torrents, events, clock, timers, log, pollSeconds } = deps;
  const pollers = new Map<string, Poller>();
  /** how the next look at an expired grant is called off */
  const looks = new Map<string, () => void>();

  function open(row: SiteRow): void {
    const { origin, lan, expiresAt } = row;
    looks.get(origin)?.();
    looks.delete(origin);
    pollers.get(origin)?.close();
    const poller = createPoller({
      ...{ origin, lan, expiresAt, links, clock, timers, log },
      apply: reply => wanted.apply(origin, reply),
      onAnswer() {
        requests.tell(origin).catch(() => {});
        syncs().settle(origin);
      },
      pollMs: pollSeconds === null ? null : pollSeconds * 1000,
      onExpired() {
        shut(origin);
        lookAgain(row);
      },
    });
    pollers.set(origin, poller);
    requests.resume(origin);
  }

  /** A clock that was set wrong for a while ended the grant; it may hold again. */
  function lookAgain(row: SiteRow): void {
    looks.get(row.origin)?.();
    const cancel = timers.after(LOOK_AGAIN_MS, () => {
      looks.delete(row.origin);
      if (row.expiresAt === null || row.expiresAt > clock.now()) open(row);
      else lookAgain(row);
    });
    looks.set(row.origin, cancel);
  }

  function shut(origin: string): void {
    looks.get(origin)?.();
    looks.delete(origin);
    pollers.get(origin)?.close();
    pollers.delete(origin);
    syncs().forget(origin);
    wanted.forget(origin);
    torrents.forget(origin);
    requests.drop(origin);
    events.emit('grants.changed', { origin });
  }

  return {
    open,
    shut,
    poll: async origin => (await pollers.get(origin)?.now()) ?? [],
    wake: origin => pollers.get(origin)?.wake(),
    close() {
      for (const poller of pollers.values()) poller.close();
      for (const cancel of looks.values()) cancel();
    },
  };
}
