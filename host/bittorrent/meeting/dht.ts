/** The DHT node: started when the first public torrent wakes, and never for a torrent of reach `site`. */

import { Client as Dht } from 'bittorrent-dht';
import { nodeIdFor } from './node-id.ts';

export interface DhtOptions {
  enabled: boolean;
  /** 0 = any */
  port: number;
  /** empty: the public ones */
  bootstrap: string[];
  /** this node as others see it, for an id that fits (BEP 42); any id where it is left out */
  publicIp?: string | undefined;
}

/** When a torrent is announced in the DHT, each time. */
export type TakeTurn = (infoHash: string, announce: () => void) => void;

export interface DhtNode {
  /** The node; undefined where it is switched off. */
  get(): Dht | undefined;
  close(): Promise<void>;
}

export function createDhtNode(
  options: DhtOptions,
  address: string | null,
  takeTurn: TakeTurn,
  onTrouble: (error: Error) => void,
): DhtNode {
  let node: Dht | undefined;
  return {
    get() {
      if (!options.enabled || node) return node;
      const { bootstrap, publicIp } = options;
      const made = new Dht({
        ...(bootstrap.length > 0 && { bootstrap }),
        ...(publicIp !== undefined && { nodeId: Buffer.from(nodeIdFor(publicIp)) }),
      });
      made.on('error', onTrouble);
      made.on('warning', () => {});
      // one listener a torrent
      made.setMaxListeners(0);
      const announce = made.announce.bind(made);
      made.announce = (infoHash, ...rest) => {
        const go = () => announce(infoHash, ...rest);
        // After the look-up the library calls it once more, with bytes, for the same announce.
        if (typeof infoHash === 'string') takeTurn(infoHash, go);
        else go();
      };
      made.listen(options.port, address ?? undefined);
      node = made;
      return made;
    },
    close: () =>
      new Promise(resolve => {
        if (node) node.destroy(resolve);
        else resolve();
      }),
  };
}
