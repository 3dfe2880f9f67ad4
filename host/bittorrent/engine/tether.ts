/**
 * Ties the engine to the address that the person chose for peers: it starts when that is there, and ends at once when it
 * goes, with every connection it had. So while a VPN is down nothing goes out by another way.
 */

import type { Log } from '../../core/ports.ts';
import type { LocalAddress } from '../../platform/local-address.ts';
import type { EngineOptions, EngineProcess, StartEngine } from './link.ts';

/** The engine it gives may still be waiting for its address; what it is told meanwhile it is told when it starts. */
export function tether(start: StartEngine, local: LocalAddress, log: Log): StartEngine {
  return options => {
    const address = local.current();
    if (address === null) return start({ ...options, peerAddress: null });
    return createTethered(start, options, local, log);
  };
}

function createTethered(start: StartEngine, options: EngineOptions, local: LocalAddress, log: Log): EngineProcess {
  let real: EngineProcess | undefined;
  let listeners: Parameters<EngineProcess['listen']> = [() => {}, () => {}];
  let waiting: Parameters<EngineProcess['send']>[] = [];
  const unwatch = local.watch(look);

  function look(): void {
    const address = local.current();
    if (real) {
      log.warn('peer-address-gone');
      unwatch();
      void real.terminate();
    } else if (typeof address === 'string') {
      begin(address);
    }
  }

  function begin(address: string): void {
    const made = start({ ...options, peerAddress: address });
    real = made;
    made.listen(...listeners);
    for (const message of waiting) made.send(...message);
    waiting = [];
  }

  return {
    get pid() {
      return real?.pid;
    },
    send(...message) {
      if (real) real.send(...message);
      else if (message[0].type === 'close') listeners[1]('it never started');
      else waiting.push(message);
    },
    listen(onMessage, onExit) {
      listeners = [
        onMessage,
        why => {
          unwatch();
          onExit(why);
        },
      ];
      const address = local.current();
      if (typeof address === 'string') begin(address);
      else log.warn('peer-address-missing');
    },
    async terminate() {
      unwatch();
      await real?.terminate();
    },
  };
}
