/** What a sync has to tell: three streams of ids in order are merged into one, and nothing is held but its head. */

import type { Id } from '../../shared/id.ts';

/**
 * `add`: shared here, the site does not list it. `agreed`: shared and listed.
 * `remove`: listed and no longer shared, and this home had reported it. `keep`: listed, not here, and not of our doing.
 * `forget`: we had reported it, and neither side has it any longer.
 */
export type PlanStep = { id: Id; what: 'add' | 'agreed' | 'remove' | 'keep' | 'forget' };

export interface PlanStreams {
  /** K: what the site believes; each stream in order of id, each id once */
  listed: Iterable<Id>;
  /** L: what this home shares with the site */
  shared: Iterable<Id>;
  /** what this home ever told the site, and did not take back */
  reported: Iterable<Id>;
}

export function* plan({ listed, shared, reported }: PlanStreams): Generator<PlanStep> {
  const heads = [listed, shared, reported].map(stream => createHead(stream));
  const [k, l, r] = heads;
  for (;;) {
    const id = least(heads);
    if (id === undefined) return;
    const [isListed, isShared, wasReported] = [k!.take(id), l!.take(id), r!.take(id)];
    if (isShared) yield { id, what: isListed ? 'agreed' : 'add' };
    else if (isListed) yield { id, what: wasReported ? 'remove' : 'keep' };
    else yield { id, what: 'forget' };
  }
}

interface Head {
  peek(): Id | undefined;
  /** true, and on to the next, where the head is `id` */
  take(id: Id): boolean;
}

function createHead(stream: Iterable<Id>): Head {
  const iterator = stream[Symbol.iterator]();
  let head = iterator.next();
  return {
    peek: () => (head.done ? undefined : head.value),
    take(id) {
      if (head.done || head.value !== id) return false;
      head = iterator.next();
      return true;
    },
  };
}

function least(heads: Head[]): Id | undefined {
  let id: Id | undefined;
  for (const head of heads) {
    const candidate = head.peek();
    if (candidate !== undefined && (id === undefined || candidate < id)) id = candidate;
  }
  return id;
}
