/** Who may fetch from a torrent now: files of one torrent that different ids want are fetched one after the other. */

export interface Turns {
  /** Resolves when `owner` has the torrent for itself; at once where it has it already. Gives up its other one. */
  take(key: string, owner: string): Promise<void>;
  release(owner: string): void;
}

export function createTurns(): Turns {
  /** who has it stands first */
  const queues = new Map<string, { owner: string; begin: PromiseWithResolvers<void> }[]>();

  function leave(key: string, owner: string): void {
    const queue = queues.get(key);
    const at = queue?.findIndex(each => each.owner === owner) ?? -1;
    if (!queue || at < 0) return;
    // It no longer waits; what it does next is its own affair.
    for (const { begin } of queue.splice(at, 1)) begin.resolve();
    queue[0]?.begin.resolve();
    if (queue.length === 0) queues.delete(key);
  }

  function release(owner: string, except?: string): void {
    for (const key of [...queues.keys()]) if (key !== except) leave(key, owner);
  }

  return {
    take(key, owner) {
      release(owner, key);
      const queue = queues.get(key) ?? [];
      queues.set(key, queue);
      const place = queue.find(each => each.owner === owner) ?? { owner, begin: Promise.withResolvers<void>() };
      if (!queue.includes(place)) queue.push(place);
      if (queue[0] === place) place.begin.resolve();
      return place.begin.promise;
    },
    release: owner => release(owner),
  };
}
