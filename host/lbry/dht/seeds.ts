/** The nodes by which a network is entered. */

import { lookup } from 'node:dns/promises';
import { LsdError } from '../../../shared/errors.ts';
import { isAllowed } from '../../platform/addresses.ts';
import type { NodeAddress } from './rpc.ts';

/** Names that nobody knows are left out. */
export async function seedsOf(names: readonly string[], lan: boolean): Promise<NodeAddress[]> {
  const found = await Promise.all(names.map(name => addressesOf(name)));
  return found.flat().filter(({ address }) => isAllowed(address, { lan }));
}

async function addressesOf(name: string): Promise<NodeAddress[]> {
  const { host, port: udpPort } = hostAndPort(name, 'node');
  const addresses = await lookup(host, { family: 4, all: true }).catch(() => []);
  return addresses.map(({ address }) => ({ address, udpPort }));
}

/** Throws `invalid` for text that is not `HOST:PORT`. */
export function hostAndPort(
  text: string,
  what: 'node' | 'peer' | 'tracker' | 'reflector',
): { host: string; port: number } {
  const match = /^([^:\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match && port >= 1 && port <= 65_535) return { host: match[1]!, port };
  throw new LsdError('invalid', `"${text}" is no ${what}: it must be HOST:PORT.`);
}
