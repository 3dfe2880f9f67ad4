/**
 * The address of this machine that LBRY goes by: the one that was chosen for peers, else the system's choice. Its network
 * knows IPv4 alone. While the chosen one is not there nothing listens and nothing leaves.
 */

import { isIPv4 } from 'node:net';
import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import type { Config } from '../platform/config.ts';
import { addressChoice, boundTo, createLocalAddress, type LocalAddress } from '../platform/local-address.ts';

export const ANYWHERE = '0.0.0.0';

/** For outgoing sockets. */
export interface WayOut {
  /** that they are bound to; undefined: the system's choice */
  localAddress?: string | undefined;
  /** aborts when the address goes */
  signal: AbortSignal;
}

export interface OwnAddress extends Disposable {
  /** Where ports are opened; undefined: nowhere now. */
  listening(): string | undefined;
  /** Throws `site-unreachable` while the address is not there. */
  wayOut(): WayOut;
  /** Why LBRY is off, in a sentence; null: it is not. */
  trouble(): string | null;
  /** Calls back when it went, or came; returns what ends that. Before another it always goes. */
  watch(onChange: () => void): () => void;
}

export type AddressConfig = Pick<Config, 'peerAddress' | 'peerInterface' | 'lbryAddress'>;

/** Throws `invalid` for options that name two. */
export function createOwnAddress(config: AddressConfig, log: Pick<Log, 'info' | 'warn'>): OwnAddress {
  const choice = addressChoice(config.peerAddress ?? null, config.peerInterface ?? null);
  return ownAddress(createLocalAddress(choice), config.lbryAddress, log);
}

/** `configured`: where ports are opened when no address was chosen for peers. */
export function ownAddress(local: LocalAddress, configured: string, log: Pick<Log, 'info' | 'warn'>): OwnAddress {
  const watchers = new Set<() => void>();
  /** as `LocalAddress` has it, and undefined for one that LBRY has no use for */
  let address = usable();
  let here = new AbortController();

  function usable(): string | null | undefined {
    const found = local.current();
    if (found === undefined) return undefined;
    const bound = boundTo(found);
    return bound === null || isIPv4(bound) ? bound : undefined;
  }

  function trouble(): string | null {
    if (address !== undefined) return null;
    const found = local.current();
    if (typeof found === 'string' && !isIPv4(found)) {
      return `The address for peers, ${found}, is an IPv6 one, and LBRY's network knows IPv4 alone: LBRY's network is off.`;
    }
    return "The address for peers is not there: LBRY's network is off until it is back.";
  }

  function become(next: typeof address): void {
    if (next === address) return;
    address = next;
    if (next === undefined)
      here.abort(new LsdError('site-unreachable', trouble() ?? 'The address for peers is another.'));
    else here = new AbortController();
    for (const onChange of [...watchers]) onChange();
  }

  function tell(): void {
    const message = trouble();
    if (message !== null) log.warn('lbry-offline', { message });
    else log.info('lbry-online', { address });
  }

  if (trouble() !== null) tell();
  if (typeof address === 'string' && configured !== ANYWHERE && configured !== address) {
    throw new LsdError(
      'invalid',
      `LBRY goes by the address for peers (${address}), not by that of --lbry-address (${configured}): leave that out.`,
    );
  }
  const unwatch = local.watch(() => {
    // What went by the one before lets go of it first.
    become(undefined);
    become(usable());
    tell();
  });
  return {
    listening: () => (address === null ? configured : address),
    wayOut() {
      if (address === undefined) throw new LsdError('site-unreachable', trouble() ?? '');
      return { localAddress: address ?? undefined, signal: here.signal };
    },
    trouble,
    watch(onChange) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    [Symbol.dispose]() {
      unwatch();
      local.close();
    },
  };
}
