/** Which torrents the engine has, as far as the daemon knows: what it was given, less what it gave back. */

import { req2Digest } from '../../platform/req2.ts';
import { type ClientName, type FromEngine, type HashKind, nameKey, type ToEngine, type TorrentName } from './link.ts';

export interface Inventory {
  readonly isEmpty: boolean;
  sent(message: ToEngine): void;
  received(message: FromEngine): void;
  find(client: ClientName, kind: HashKind, hash: string): TorrentName | undefined;
  /** The engine is gone, and all that was in it. */
  clear(): void;
}

export function createInventory(): Inventory {
  const byHash = new Map<string, TorrentName>();
  const byDigest = new Map<string, TorrentName>();
  const digestKey = ({ client, infoHash }: TorrentName) => `${client}:${req2Digest(infoHash)}`;

  function add({ client, infoHash }: TorrentName): void {
    const name = { client, infoHash };
    byHash.set(nameKey(name), name);
    byDigest.set(digestKey(name), name);
  }

  function remove(name: TorrentName): void {
    byHash.delete(nameKey(name));
    byDigest.delete(digestKey(name));
  }

  return {
    get isEmpty() {
      return byHash.size === 0;
    },
    sent(message) {
      if (message.type === 'add') add(message.order);
      else if (message.type === 'remove') remove(message.name);
    },
    received(message) {
      if (message.type === 'failed' || message.type === 'suspect') remove(message.name);
    },
    find: (client, kind, hash) => (kind === 'info' ? byHash : byDigest).get(`${client}:${hash}`),
    clear() {
      byHash.clear();
      byDigest.clear();
    },
  };
}
