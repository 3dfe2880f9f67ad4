/**
 * Ties the engine to the address that the person chose for peers: it starts when that is there, and ends at once when it
 * goes, with every connection it had. So while a VPN is down nothing goes out by another way.
 */

import type { Log } from '../../core/ports.ts';
import type { LocalAddress } from '../../platform/local-address.ts';
import type { StartEngine } from './link.ts';

export interface Tether {
  /** Undefined: an engine can start. Else resolves when the address is there. */
  absence(): Promise<void> | undefined;
  /** Bound to the address; only while that is there. */
  start: StartEngine;
}

export function tether(start: StartEngine, local: Pick<LocalAddress, 'current' | 'watch'>, log: Log): Tether {
  return {
    absence() {
      if (local.current() !== undefined) return undefined;
      log.warn('peer-address-missing');
      return isThere(local);
    },
    start(options) {
      const address = local.current();
      if (address === undefined) throw new Error('the address chosen for peers is not there');
      const engine = start({ ...options, peerAddress: address });
      const unwatch = local.watch(() => {
        log.warn('peer-address-gone');
        unwatch();
        void engine.terminate();
      });
      return {
        get pid() {
          return engine.pid;
        },
        send: engine.send,
        listen(onMessage, onExit) {
          engine.listen(onMessage, why => {
            unwatch();
            onExit(why);
          });
        },
        terminate() {
          unwatch();
          return engine.terminate();
        },
      };
    },
  };
}

function isThere(local: Pick<LocalAddress, 'current' | 'watch'>): Promise<void> {
  return new Promise(resolve => {
    const unwatch = local.watch(() => {
      if (local.current() === undefined) return;
      unwatch();
      resolve();
    });
  });
}
