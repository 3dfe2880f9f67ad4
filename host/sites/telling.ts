/** What a site does not know yet of its requests is told at the next chance, in the order in which it came about. */

import type { Id } from '../../shared/id.ts';
import type { RequestRow, RequestStore } from '../core/stored.ts';
import type { Grants } from './grants.ts';
import type { Links } from './links.ts';

/** In one call. */
export const MAX_IDS = 10_000;

export interface TellingDeps {
  requests: RequestStore;
  grants: Pick<Grants, 'current'>;
  links: Pick<Links, 'call'>;
  /** tells it of these requests */
  ask(origin: string, ids: Id[]): Promise<void>;
}

export interface Telling {
  /** Calls to one site go one after the other, so that an add never overtakes the removal before it. */
  queued<T>(origin: string, work: () => Promise<T>): Promise<T>;
  /** The site may not know all. */
  owe(origin: string): void;
  forget(origin: string): void;
  /** Tells it, if there may be anything; what fails is still owed. */
  tell(origin: string): Promise<void>;
}

export function createTelling({ requests, grants, links, ask }: TellingDeps): Telling {
  const queues = new Map<string, Promise<unknown>>();
  const owed = new Set<string>();

  function queued<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const result = (queues.get(origin) ?? Promise.resolve()).then(work);
    queues.set(
      origin,
      result.catch(() => {}),
    );
    return result;
  }

  async function tellAll(origin: string): Promise<void> {
    const rows = requests.ofSite(origin);
    await takeBack(
      origin,
      rows.filter(row => row.state !== 'open' && !row.settled),
    );
    const untold = rows.filter(row => row.state === 'open' && !row.told);
    await ask(
      origin,
      untold.map(row => row.id),
    );
  }

  async function takeBack(origin: string, rows: RequestRow[]): Promise<void> {
    for (let at = 0; at < rows.length; at += MAX_IDS) {
      const ids = rows.slice(at, at + MAX_IDS).map(row => row.id);
      await links.call(origin, 'removeRequests', { ids });
      requests.batch(() => {
        for (const id of ids) {
          const row = requests.get(origin, id);
          if (row?.state === 'cancelled') requests.remove(origin, id);
          else if (row?.state === 'done') requests.put({ ...row, settled: true });
        }
      });
    }
  }

  return {
    queued,
    owe: origin => void owed.add(origin),
    forget: origin => void owed.delete(origin),
    async tell(origin) {
      if (!owed.has(origin)) return;
      await queued(origin, async () => {
        // Taken off before it is looked what there is: what comes meanwhile is owed anew.
        if (!grants.current(origin) || !owed.delete(origin)) return;
        try {
          await tellAll(origin);
        } catch (thrown) {
          owed.add(origin);
          throw thrown;
        }
      });
    },
  };
}
