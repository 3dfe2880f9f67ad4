/** The way out: every connection on a site's word goes to an address that was checked, and to no other. */

import type { LookupAddress, LookupOptions } from 'node:dns';
import { lookup as systemLookup } from 'node:dns/promises';
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { LsdError } from '../../shared/errors.ts';
import { isAllowed } from './addresses.ts';
import { type CheckedFetch, createCheckedFetch } from './checked-fetch.ts';
import { boundTo, type LocalAddress } from './local-address.ts';
import { createRequester, type Requester } from './requester.ts';
import { createStandingSockets, type StandingSockets } from './standing-sockets.ts';

/** ms to connect, TLS included */
const CONNECT_MS = 30_000;

/** Whether loopback, private and link-local addresses may be contacted; by host where one answer does not fit all. */
export type LanRule = boolean | ((host: string) => boolean);

export interface Net {
  /** One request with caps; see checked-fetch.ts. */
  checkedFetch: CheckedFetch;
  /** `fetch` for a library that knows nothing of caps: checked, pinned, redirects only within the origin. */
  fetchFor(lan: LanRule, maxBytes: number): typeof fetch;
  /** The address that may be contacted for a host name or literal (UDP trackers, peers), else `denied` or `site-unreachable`. */
  lookupChecked(host: string, options: { lan: boolean }): Promise<LookupAddress>;
  /** For `net.connect` and friends. They do not ask it about literals: use `agents`, or `lookupChecked` first. */
  lookup(lan: LanRule): LookupFunction;
  /** For libraries over node:http, as WebSocket trackers are; literals are checked too. */
  agents(lan: LanRule): { http: HttpAgent; https: HttpsAgent };
  /** The person blocked this address. */
  isBlocked(address: string): boolean;
  /** Others are blocked now: what stands to one of them is let go. */
  dropBlocked(): void;
  close(): Promise<void>;
}

export interface NetOptions {
  /** names with a fixed address (`--resolve HOST:ADDRESS`); the address policy holds for them as well */
  resolve: ReadonlyMap<string, string>;
  /** addresses that the person blocked */
  isBlocked?(address: string): boolean;
  /** that requests go out by, the system's choice where it is left out; while it is not there none goes out */
  local?: Pick<LocalAddress, 'current'>;
}

export function createNet(options: NetOptions): Net {
  const isBlocked = options.isBlocked ?? (() => false);
  const standing = createStandingSockets(isBlocked);

  /** What connections are bound to; null: the system's choice; undefined: it is not there. */
  function bound(): string | null | undefined {
    const address = options.local ? options.local.current() : null;
    return address && boundTo(address);
  }

  async function addressesOf(host: string, family: number): Promise<LookupAddress[]> {
    const fixed = options.resolve.get(host.toLowerCase());
    if (fixed !== undefined) return [{ address: fixed, family: isIP(fixed) }];
    const literal = isIP(bareHost(host));
    if (literal) return [{ address: bareHost(host), family: literal }];
    try {
      return await systemLookup(host, { all: true, family });
    } catch (cause) {
      throw new LsdError('site-unreachable', `The name ${host} has no address: check the spelling and the network.`, {
        cause,
      });
    }
  }

  async function checked(host: string, lan: boolean, family = 0): Promise<LookupAddress[]> {
    const addresses = await addressesOf(host, family);
    // One forbidden address refuses the name: a name with two is how a filter is tricked into the second.
    for (const { address } of addresses) assertAllowed(host, address, lan, isBlocked);
    return addresses;
  }

  function lookup(lan: LanRule): LookupFunction {
    return (host, lookupOptions, callback) => {
      checked(host, allows(lan, host), isIP(bound() ?? '') || familyOf(lookupOptions)).then(
        addresses => {
          const first = addresses[0];
          if (lookupOptions.all) callback(null, addresses);
          else if (first) callback(null, first.address, first.family);
          else callback(new Error(`no address for ${host}`), '', 0);
        },
        (thrown: Error) => callback(thrown, '', 0),
      );
    };
  }

  function admit(host: string, lan: boolean): string | null {
    const localAddress = bound();
    if (localAddress === undefined) throw cut();
    const refused = refusalOfLiteral(host, lan, isBlocked);
    if (refused) throw refused;
    return localAddress;
  }

  const requesters = new Map<boolean, Requester>();
  let closed = false;
  function requester(lan: boolean): Requester {
    if (closed) throw new LsdError('aborted', 'Nothing is fetched any more: the program ends.');
    const known = requesters.get(lan);
    if (known) return known;
    const made = createRequester({
      lookup: lookup(lan),
      admit: host => admit(host, lan),
      keep: standing.keep,
      connectMs: CONNECT_MS,
    });
    requesters.set(lan, made);
    return made;
  }

  const checkedFetch = createCheckedFetch((url, init, lan) => requester(lan).send(url, init));

  return {
    checkedFetch,
    fetchFor: (lan, maxBytes) => createPlainFetch(checkedFetch, lan, maxBytes),
    async lookupChecked(host, { lan }) {
      const first = (await checked(host, lan))[0];
      if (first) return first;
      throw new LsdError('site-unreachable', `The name ${host} has no address.`);
    },
    lookup,
    agents: lan => createAgents(lan, lookup(lan), { isBlocked, standing }),
    isBlocked,
    dropBlocked: standing.review,
    async close() {
      closed = true;
      await Promise.all([...requesters.values()].map(each => each.close()));
    },
  };
}

/** 30 s of silence, as for sites. */
const PLAIN_SILENCE_MS = 30_000;

function createPlainFetch(checkedFetch: CheckedFetch, lan: LanRule, maxBytes: number): typeof fetch {
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input);
    return checkedFetch(url, init, {
      lan: allows(lan, url.hostname),
      maxBytes,
      silenceMs: PLAIN_SILENCE_MS,
      ...(init.signal && { signal: init.signal }),
    });
  };
}

type IsBlocked = (address: string) => boolean;

interface Guard {
  isBlocked: IsBlocked;
  standing: StandingSockets;
}

function createAgents(lan: LanRule, lookup: LookupFunction, guard: Guard): { http: HttpAgent; https: HttpsAgent } {
  const http = new HttpAgent({ lookup, timeout: CONNECT_MS } as object);
  const https = new HttpsAgent({ lookup, timeout: CONNECT_MS } as object);
  guardConnections(http, lan, guard);
  guardConnections(https, lan, guard);
  return { http, https };
}

function guardConnections(agent: HttpAgent | HttpsAgent, lan: LanRule, { isBlocked, standing }: Guard): void {
  const connect: HttpAgent['createConnection'] = agent.createConnection.bind(agent);
  agent.createConnection = (options: { host?: string | null }, callback?: Parameters<typeof connect>[1]) => {
    const host = options.host ?? 'localhost';
    const refused = refusalOfLiteral(host, allows(lan, host), isBlocked);
    if (refused) throw refused;
    const socket = connect(options, callback);
    standing.keep(socket);
    return socket;
  };
}

function refusalOfLiteral(host: string, lan: boolean, isBlocked: IsBlocked): LsdError | undefined {
  const bare = bareHost(host);
  if (!isIP(bare)) return undefined;
  if (isBlocked(bare)) return blocked(host, bare);
  return isAllowed(bare, { lan }) ? undefined : refusal(host, bare);
}

function assertAllowed(host: string, address: string, lan: boolean, isBlocked: IsBlocked): void {
  if (isBlocked(address)) throw blocked(host, address);
  if (!isAllowed(address, { lan })) throw refusal(host, address);
}

function cut(): LsdError {
  return new LsdError(
    'site-unreachable',
    'The address that was chosen for peers is not there: nothing is fetched until it is back.',
  );
}

function blocked(host: string, address: string): LsdError {
  const named = host === address ? address : `${host} (${address})`;
  return new LsdError('denied', `${named} is in a list of blocked addresses ("letsshare blocklist list").`, {
    params: { host },
  });
}

function refusal(host: string, address: string): LsdError {
  const named = host === address ? address : `${host} (${address})`;
  return new LsdError(
    'denied',
    `${named} is no address on the public internet. Allow the local network for this site (--lan) if it belongs there.`,
    { params: { host } },
  );
}

function allows(lan: LanRule, host: string): boolean {
  return typeof lan === 'boolean' ? lan : lan(host);
}

function bareHost(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host;
}

function familyOf(options: LookupOptions): number {
  if (options.family === 'IPv4') return 4;
  if (options.family === 'IPv6') return 6;
  return options.family ?? 0;
}
