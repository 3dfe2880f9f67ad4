/** Runs in the isolated world at `document_start`, before the page's own script: joins the page to the background. */

import { createElements } from '../page/elements.ts';
import { HANDSHAKE } from '../page/handshake.ts';
import { createPlayback } from './playback/playback.ts';
import { createRelay } from './relay.ts';

if (window.top === window && window.origin !== 'null') {
  addEventListener(HANDSHAKE, takePort, { capture: true, once: true });
}

function takePort(event: Event): void {
  event.stopImmediatePropagation();
  const port = event instanceof MessageEvent ? event.ports[0] : undefined;
  if (!port) return;
  const playback = createPlayback(createElements(port), () => relay);
  const relay = createRelay(port, () => chrome.runtime.connect({ name: 'page' }), playback.calls);
  playback.start();
}
