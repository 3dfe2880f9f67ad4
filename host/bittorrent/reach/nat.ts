/**
 * Asks the router to open the peer port, where the person agreed: NAT-PMP first, then UPnP; again before the router forgets,
 * after a while where it refused, and at once when the address for peers changes. Takes it back at the end.
 */

import type { Log } from '../../core/ports.ts';
import { classOf } from '../../platform/addresses.ts';
import type { LocalAddress } from '../../platform/local-address.ts';
import type { Mapping } from './reachability.ts';

/** s that a mapping is asked for; NAT-PMP recommends two hours */
const LIFETIME_SECONDS = 7_200;
/** ms until a router that did not do it is asked again */
const RETRY_MS = 15 * 60_000;
const MIN_RENEW_MS = 60_000;

/** `lifetime`: s, 0 = take it back. `via`: the local address; null = the system's choice. */
export type MapPort = (wish: { port: number; lifetime: number; via: string | null }) => Promise<{
  /** the router's own address to the outside */
  address: string;
  lifetime: number;
}>;

export class MappingError extends Error {
  readonly why: 'no-router' | 'router-refused';
  constructor(why: 'no-router' | 'router-refused', message: string) {
    super(message);
    this.why = why;
  }
}

export interface PortMapping {
  state(): Mapping;
  set(on: boolean): void;
  /** Takes the mapping back. */
  close(): Promise<void>;
}

export interface PortMappingDeps {
  port: number;
  local: LocalAddress;
  /** in the order in which they are tried */
  ways: MapPort[];
  log: Log;
}

export function createPortMapping({ port, local, ways, log }: PortMappingDeps): PortMapping {
  let state: Mapping = 'off';
  let on = false;
  let timer: NodeJS.Timeout | undefined;
  /** what the router was made to open last: for which address, and what takes it back */
  let mapped: { via: string | null; undo: () => Promise<unknown> } | undefined;
  let working: Promise<void> = Promise.resolve();
  const unwatch = local.watch(() => {
    if (on) again();
  });

  function again(): void {
    clearTimeout(timer);
    working = working.then(() => (on ? ask() : undefined));
  }

  async function ask(): Promise<void> {
    const via = local.current();
    // Loopback has no router, and a gone address none that it could be asked by.
    if (via === undefined || via?.startsWith('127.') || via?.includes(':')) {
      state = 'no-router';
      return;
    }
    if (state === 'off') state = 'asking';
    // Some routers pass a port on to no other address while they remember the one before.
    if (mapped?.via !== via) await giveBack();
    const next = await tryWays(via);
    clearTimeout(timer);
    if (on) timer = setTimeout(again, next).unref();
  }

  /** Returns the ms after which to ask again. */
  async function tryWays(via: string | null): Promise<number> {
    let why: MappingError['why'] = 'no-router';
    for (const map of ways) {
      try {
        const { address, lifetime } = await map({ port, lifetime: LIFETIME_SECONDS, via });
        mapped = { via, undo: () => map({ port, lifetime: 0, via }) };
        state = classOf(address) === 'public' ? 'open' : 'behind-second-nat';
        log.info('port-mapped', { port, address, lifetime });
        return Math.max(MIN_RENEW_MS, (lifetime / 2) * 1000);
      } catch (thrown) {
        if (thrown instanceof MappingError && thrown.why === 'router-refused') why = thrown.why;
        log.debug('port-not-mapped', { message: String(thrown) });
      }
    }
    state = why;
    log.info('port-not-mapped', { why });
    return RETRY_MS;
  }

  async function takeBack(): Promise<void> {
    clearTimeout(timer);
    await working;
    state = 'off';
    await giveBack();
  }

  async function giveBack(): Promise<void> {
    const asked = mapped;
    mapped = undefined;
    await asked?.undo().catch((thrown: unknown) => log.debug('port-not-given-back', { message: String(thrown) }));
  }

  return {
    state: () => state,
    set(next) {
      if (next === on) return;
      on = next;
      if (on) again();
      else working = takeBack();
    },
    async close() {
      on = false;
      unwatch();
      await takeBack();
    },
  };
}
