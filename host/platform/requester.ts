/** HTTP by undici, over connections that somebody else admits. */

import { createRequire } from 'node:module';
import type { LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';

const require = createRequire(import.meta.url);

/**
 * It takes a tenth of a second, which is spared until the first request. Not by `import`: what fails while it is evaluated, as
 * without file handles, fails with it for ever.
 */
function loadUndici(): typeof import('undici') {
  return require('undici');
}

export interface Connecting {
  lookup: LookupFunction;
  /** What a connection to the host goes out by (null: the system's choice). Throws where there is to be none. */
  admit(host: string): string | null;
  /** One was made. */
  keep(socket: Parameters<buildConnector.Callback>[1]): void;
  /** TLS included */
  connectMs: number;
}

export interface Requester {
  /** Redirects are answers like others. */
  send(url: URL, init: RequestInit): Promise<Response>;
  /** Ends what is under way. */
  close(): Promise<void>;
}

export function createRequester({ lookup, admit, keep, connectMs }: Connecting): Requester {
  const { Agent, buildConnector, fetch } = loadUndici();
  const connect = buildConnector({ timeout: connectMs, allowH2: false, lookup });
  const dispatcher = new Agent({
    // Silence is timed by checked-fetch.ts, for each call by its own measure.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect(target, callback) {
      let localAddress: string | null;
      try {
        localAddress = admit(target.hostname);
      } catch (refused) {
        callback(refused as Error, null);
        return;
      }
      connect({ ...target, localAddress }, (...result) => {
        keep(result[1]);
        callback(...result);
      });
    },
  });
  return {
    /** The one wall between the types of the DOM's fetch and those of undici's, which are the same at run time. */
    async send(url, init) {
      const options = { ...init, redirect: 'manual', dispatcher };
      const response: unknown = await fetch(url, options as Parameters<typeof fetch>[1]);
      return response as Response;
    },
    close: () => dispatcher.destroy(),
  };
}
