/** Says in the hash table what this home gives: at once what is new, then each key every twelve hours, and never too much at a time. */

import { LsdError } from '../../../shared/errors.ts';
import type { LbryStore } from '../../core/lbry-store.ts';
import type { Timers } from '../../platform/timers.ts';
import type { Key } from './id.ts';
import type { DhtNode } from './node.ts';

/** Others keep an announce for a day; it is made again after half of that, as lbry-sdk does. */
export const AGAIN_MS = 43_200_000;
/** Ms between looks at what is due. */
const LOOK_MS = 60_000;
const AT_ONCE = 10;
/** Announces begun between two looks: a home of 50,000 streams comes round in its twelve hours, with 25 datagrams a second. */
const BUDGET = 140;
/** Ms until an announce that did not count is tried again, at first and at most. */
const RETRY_MS = 60_000;
const LONGEST_RETRY_MS = 3_600_000;
/** It counts with more nodes than this, or with all that are known. */
const ENOUGH = 4;

/** Does an announce that so many nodes noted count, where so many are known? */
export function isEnough(noted: number, known: number): boolean {
  return noted > Math.min(ENOUGH, known - 1);
}

export interface AnnouncerOptions {
  store: Pick<LbryStore, 'dueAnnounces' | 'announced'>;
  node: Pick<DhtNode, 'announce' | 'table'>;
  /** TCP, of the blob server */
  port(): number;
  mayAnnounce(): boolean;
  timers: Timers;
  /** Unix ms */
  now(): number;
}

export interface Announcer {
  /** Something new is given: it is looked at once. */
  wake(): void;
  /** These, whatever the schedule says. Resolves to those that counted. */
  announce(keys: readonly Key[], signal: AbortSignal): Promise<Key[]>;
  close(): void;
}

export function createAnnouncer({ store, node, port, mayAnnounce, timers, now }: AnnouncerOptions): Announcer {
  const closing = new AbortController();
  /** of keys whose announce did not count: when next, and how long the wait was */
  const retries = new Map<string, { at: number; wait: number }>();
  const running = new Set<string>();
  let left = BUDGET;
  let cancel: (() => void) | undefined;

  function round(): void {
    cancel?.();
    left = BUDGET;
    pump();
    cancel = timers.after(LOOK_MS, round);
  }

  function pump(): void {
    if (closing.signal.aborted || !mayAnnounce() || node.table.size === 0) return;
    const most = AT_ONCE + running.size + retries.size;
    for (const { key, port: own } of store.dueAnnounces(now() - AGAIN_MS, most)) {
      if (running.size >= AT_ONCE || left === 0) return;
      if (running.has(key) || (retries.get(key)?.at ?? 0) > now()) continue;
      left--;
      running.add(key);
      void one(key as Key, own ?? port(), closing.signal)
        .catch(() => false)
        .finally(() => {
          running.delete(key);
          pump();
        });
    }
  }

  async function one(key: Key, at: number, signal: AbortSignal): Promise<boolean> {
    const wait = Math.min(LONGEST_RETRY_MS, 2 * (retries.get(key)?.wait ?? RETRY_MS / 2));
    retries.set(key, { at: now() + wait, wait });
    const nodes = await node.announce(key, at, signal);
    if (!isEnough(nodes.length, node.table.size)) return false;
    retries.delete(key);
    store.announced(key, now());
    return true;
  }

  round();
  return {
    wake: () => setImmediate(pump),
    async announce(keys, signal) {
      const done: Key[] = [];
      for (const key of keys) {
        try {
          if (await one(key, port(), signal)) done.push(key);
        } catch (thrown) {
          signal.throwIfAborted();
          if (!(thrown instanceof LsdError)) throw thrown;
        }
      }
      return done;
    },
    close() {
      closing.abort(new LsdError('aborted', 'LBRY is switched off.'));
      cancel?.();
    },
  };
}
