/**
 * Holds every connection to the rates: that of all, and that of each site on whose account its torrent moves. WebTorrent
 * makes each peer's two throttles by `client.throttleGroups` before it is known which torrent the peer is for; here every
 * peer gets a pair of its own, which is told later. Until then the rate of all holds. test/host/bittorrent/rates.test.ts
 * pins this seam.
 */

import type WebTorrent from 'webtorrent';
import type { Throttle, Torrent, Wire } from 'webtorrent';
import { isLocal } from '../../platform/addresses.ts';
import { type Account, createPace, openAccount, type PaceDeps } from '../../platform/pace.ts';
import type { EngineLimits } from '../engine/link.ts';
import { peerOf } from './peer-of.ts';

type Direction = 'down' | 'up';

export interface Meter {
  /** Every peer that the client makes from now on is metered. */
  attach(client: WebTorrent): void;
  /** The peer turned out to be one of this torrent; `sites`: on whose account it moves, now. */
  follow(torrent: Torrent, wire: Wire, sites: () => readonly string[]): void;
  set(limits: EngineLimits): void;
  close(): void;
}

/** What one connection counts for. */
interface Scope {
  sites: () => readonly string[];
  isLan: boolean;
}

/** What stands in the place of WebTorrent's two groups. */
interface MeteredPair {
  down: { throttle(): Throttle; destroy(): void };
  up: { throttle(): Throttle; destroy(): void };
  scope: Scope;
}

export function createMeter(deps: PaceDeps): Meter {
  const pace = createPace(deps);
  const all = { down: openAccount(), up: openAccount() };
  const sites = new Map<string, typeof all>();
  const pairs = new WeakMap<object, MeteredPair>();
  let limitLan = false;

  function accountsOf({ isLan, sites: names }: Scope, direction: Direction): Account[] {
    if (isLan && !limitLan) return [];
    const limited = names().flatMap(name => sites.get(name)?.[direction] ?? []);
    return [all[direction], ...limited].filter(({ rate }) => rate !== null);
  }

  /** The throttle passes what the accounts of the scope let pass, slice by slice. */
  function metered(throttle: Throttle, scope: Scope, direction: Direction): Throttle {
    const accounts = () => accountsOf(scope, direction);
    let giveUp = () => {};
    throttle._transform = (chunk, done) => {
      const pass = (from: number) => {
        if (throttle.destroying) return;
        const left = chunk.length - from;
        const bytes = pace.slice(accounts(), left);
        giveUp = pace.pay(accounts, bytes, () => {
          throttle.push(chunk.subarray(from, from + bytes));
          if (bytes === left) done();
          // Out of this turn, so that others have theirs.
          else queueMicrotask(() => pass(from + bytes));
        });
      };
      pass(0);
    };
    throttle.on('close', () => giveUp());
    return throttle;
  }

  return {
    attach(client) {
      // They stay switched off; what they make is ours to steer.
      const { down, up } = client.throttleGroups;
      Object.defineProperty(client, 'throttleGroups', {
        get(): MeteredPair {
          const scope: Scope = { sites: () => [], isLan: false };
          const of = (group: typeof down, direction: Direction) => ({
            throttle: () => metered(group.throttle(), scope, direction),
            destroy: () => group.destroy(),
          });
          const pair = { scope, down: of(down, 'down'), up: of(up, 'up') };
          pairs.set(pair, pair);
          return pair;
        },
      });
    },
    follow(torrent, wire, names) {
      const peer = peerOf(torrent, wire);
      const scope = peer && pairs.get(peer.throttleGroups)?.scope;
      if (!scope) return;
      scope.sites = names;
      scope.isLan = isLocal(peer.conn?.remoteAddress ?? wire.remoteAddress ?? '');
    },
    set(limits) {
      limitLan = limits.limitLan;
      all.down.rate = limits.down;
      all.up.rate = limits.up;
      for (const name of sites.keys()) if (!limits.sites.has(name)) sites.delete(name);
      for (const [name, { down, up }] of limits.sites) {
        const known = sites.get(name) ?? { down: openAccount(), up: openAccount() };
        known.down.rate = down;
        known.up.rate = up;
        sites.set(name, known);
      }
      // A debt of the old rate is no measure for the new one.
      const now = deps.now();
      for (const { down, up } of [all, ...sites.values()])
        for (const each of [down, up]) each.paidAt = Math.min(each.paidAt, now);
      pace.review();
    },
    close: () => pace.close(),
  };
}
