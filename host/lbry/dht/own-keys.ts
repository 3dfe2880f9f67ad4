/** Keys that applications of this machine give: announced at once, then as streams are, until they are taken back. */

import { LsdError } from '../../../shared/errors.ts';
import type { LbryDht, OwnKey } from '../../core/lbry.ts';
import type { LbryStore } from '../../core/lbry-store.ts';
import { isEnough } from './announcer.ts';
import { keyOf, type LastingNode } from './lasting.ts';

/** As many again may the streams of a large home be: all of them come round in their twelve hours. */
const MOST_KEYS = 10_000;

export interface OwnKeysDeps {
  store: Pick<LbryStore, 'ownKeys' | 'setOwnKey' | 'removeOwnKey' | 'announced'>;
  node: LastingNode;
  /** TCP, of the blob server */
  port(): number;
  /** Unix ms */
  now(): number;
}

export function createOwnKeys({
  store,
  node: { node, dht },
  port: blobPort,
  now,
}: OwnKeysDeps): Pick<LbryDht, 'announce' | 'unannounce' | 'announced'> {
  function assertRoom(key: string): void {
    const all = store.ownKeys();
    if (all.length < MOST_KEYS || all.some(each => each.key === key)) return;
    throw new LsdError('quota', `${MOST_KEYS} keys are announced already, the most that may be. Take one back first.`);
  }

  return {
    async announce(text, asked, signal) {
      const key = keyOf(text);
      assertRoom(key);
      const port = asked ?? blobPort();
      const nodes = await dht.announce(key, port, signal);
      store.setOwnKey({ key, port: asked, addedAt: now() });
      // Too few of them, and the announcer's next round is for it, too.
      if (isEnough(nodes.length, node.table.size)) store.announced(key, now());
      return { port, nodes };
    },
    unannounce: text => store.removeOwnKey(keyOf(text)),
    announced: (): OwnKey[] => store.ownKeys().map(own => ({ ...own, port: own.port ?? blobPort() })),
  };
}
