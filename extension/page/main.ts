/** Runs in the page's own world at `document_start`, right after the content script: puts `window.lsd` there. */

import { createLsd, onLoopbackChange, readPermission } from './api.ts';
import { createCalls } from './calls.ts';
import { createElements } from './elements.ts';
import { HANDSHAKE } from './handshake.ts';
import { defineLsdMedia } from './lsd-media.ts';
import { createPlayer } from './play.ts';
import { Detailed, defineProperty, dispatchOn, listenOn, whenSettled } from './primordials.ts';

function inject(): void {
  const { port1, port2 } = new MessageChannel();
  dispatchOn(window, new MessageEvent(HANDSHAKE, { ports: [port2] }));
  const calls = createCalls(port1, onEvent);
  const player = createPlayer(calls, createElements(port2));
  const lsd = createLsd(calls, player, () => onLoopbackChange(permissionChanged));

  function onEvent(event: string, detail: unknown): void {
    if (event === 'permissionchange') permissionChanged();
    else if (!player.take(event, detail)) dispatchOn(lsd, new Detailed(event, { detail }));
  }
  function permissionChanged(): void {
    whenSettled(
      readPermission(calls),
      detail => dispatchOn(lsd, new Detailed('permissionchange', { detail })),
      () => {},
    );
  }

  // Not locked: a page's own `let lsd` or `function lsd()` must go on working.
  defineProperty(window, 'lsd', { value: lsd, writable: true, configurable: true, enumerable: false });
  defineLsdMedia(player.play);
  const announce = () => dispatchOn(window, new Detailed('lsd#ready'));
  listenOn(window, 'lsd#request', announce);
  announce();
}

// A page under `Content-Security-Policy: sandbox` has the origin "null": nobody could be asked about it.
if (window.top === window && window.origin !== 'null' && !('lsd' in window)) inject();
