/** The table of methods. */

import type { Method } from '../method.ts';
import { CLAIMS } from './claims.ts';
import { DAEMON } from './daemon.ts';
import { DESKTOP } from './desktop.ts';
import { FILES } from './files.ts';
import { HASH_TABLE } from './hash-table.ts';
import { helpMethods } from './help.ts';
import { NETWORK } from './network.ts';
import { OLD } from './old.ts';
import { PUBLISHING } from './publishing.ts';
import { REFLECTING } from './reflecting.ts';
import { SEARCHING } from './search.ts';
import { WALLET } from './wallet.ts';

export const METHODS: readonly Method[] = [
  ...DAEMON,
  ...helpMethods(() => METHODS),
  ...CLAIMS,
  ...SEARCHING,
  ...FILES,
  ...PUBLISHING,
  ...NETWORK,
  ...HASH_TABLE,
  ...REFLECTING,
  ...OLD,
  ...DESKTOP,
  ...WALLET,
];

/** By name and older name. */
export const BY_NAME: ReadonlyMap<string, Method> = new Map(
  METHODS.flatMap(each => [each.name, ...each.aliases].map(name => [name, each] as const)),
);
