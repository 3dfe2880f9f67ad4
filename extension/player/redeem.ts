/** Changes a ticket into what it stands for. */

import { parseSubtitles, type Subtitles } from '../subtitles.ts';
import { browser } from '../web-extension.ts';
import { PLAYER } from './frame-protocol.ts';

export interface Shown {
  /** of the file, with a capability */
  url: string;
  /** of the site that plays it */
  origin: string;
  /** what lies beside it */
  subtitles: Promise<Subtitles[]>;
}

/** The background looks at who asks, by the browser's word; a ticket of another page gets no answer but the end of the port. */
export function redeem(ticket: string): Promise<Shown> {
  const shown = Promise.withResolvers<Shown>();
  const subtitles = Promise.withResolvers<Subtitles[]>();
  const port = browser.runtime.connect({ name: PLAYER });
  port.onMessage.addListener((answer: unknown) => {
    const told = Object.fromEntries(Object.entries(answer ?? {}));
    if (typeof told.url === 'string' && typeof told.origin === 'string') {
      shown.resolve({ url: told.url, origin: told.origin, subtitles: subtitles.promise });
    } else {
      subtitles.resolve(parseSubtitles(told.subtitles));
      port.disconnect();
    }
  });
  port.onDisconnect.addListener(() => {
    shown.reject(new Error('no such ticket'));
    subtitles.resolve([]);
  });
  port.postMessage({ ticket, ancestors: ancestors() });
  return shown.promise;
}

/** Firefox says the same by there being none: it frames this page nowhere. */
function ancestors(): string[] {
  if (location.ancestorOrigins) return [...location.ancestorOrigins];
  return parent === window ? [] : ['unknown'];
}
