/** The address of this machine that peers' traffic goes by, as the person chose it, and whether it is there now. */

import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { LsdError } from '../../shared/errors.ts';

/** how often a chosen address is looked for */
const LOOK_MS = 500;

/** An address, a network interface (its first IPv4 address, else its first global IPv6 one), or the system's choice. */
export type AddressChoice = { address: string } | { interface: string } | null;

export interface LocalAddress {
  /** null: the system's choice; undefined: the chosen one is not there */
  current(): string | null | undefined;
  /** Calls back when it went, came, or became another; returns what ends that. */
  watch(onChange: () => void): () => void;
  close(): void;
}

/** What the options say. */
export function addressChoice(peerAddress: string | null, peerInterface: string | null): AddressChoice {
  if (peerInterface !== null && peerAddress !== null) {
    throw new LsdError('invalid', 'Choose an address (--peer-address) or an interface (--peer-interface), not both.');
  }
  if (peerInterface !== null) return { interface: peerInterface };
  if (peerAddress === null) return null;
  if (isIP(peerAddress)) return { address: peerAddress };
  throw new LsdError('invalid', `--peer-address wants an address of this machine in numbers, not "${peerAddress}".`);
}

export function createLocalAddress(choice: AddressChoice, interfaces = networkInterfaces): LocalAddress {
  const watchers = new Set<() => void>();
  const find = () => (choice === null ? null : findAddress(choice, interfaces()));
  let before = find();

  /** A process without free handles cannot ask; that tells nothing of the address, so what was known stays. */
  function findAgain(): typeof before {
    try {
      return find();
    } catch {
      return before;
    }
  }

  function look(): void {
    const now = findAgain();
    if (now === before) return;
    before = now;
    for (const onChange of [...watchers]) onChange();
  }

  const timer = choice === null ? undefined : setInterval(look, LOOK_MS);
  timer?.unref();
  return {
    current: () => before,
    watch(onChange) {
      watchers.add(onChange);
      return () => watchers.delete(onChange);
    },
    close: () => clearInterval(timer),
  };
}

function findAddress(
  choice: NonNullable<AddressChoice>,
  all: ReturnType<typeof networkInterfaces>,
): string | undefined {
  if ('address' in choice) return isHere(choice.address, all) ? choice.address : undefined;
  const list = all[choice.interface] ?? [];
  const usable = list.find(each => each.family === 'IPv4') ?? list.find(each => !each.address.startsWith('fe80:'));
  return usable?.address;
}

/** This machine has the address now. */
export function isHere(address: string, all = networkInterfaces()): boolean {
  // All of 127.0.0.0/8 is this machine, though the interface names one address of it.
  if (EVERY.has(address) || address.startsWith('127.')) return true;
  return Object.values(all).some(list => list?.some(each => each.address === address));
}

const EVERY = new Set(['0.0.0.0', '::']);

/** The address that outgoing sockets are to be bound to; null = any. */
export function boundTo(address: string | null): string | null {
  return address === null || EVERY.has(address) ? null : address;
}
