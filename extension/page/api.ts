/** `window.lsd`: what a site's scripts call. Frozen; every method returns a promise and takes a trailing callback. */

import { PROTOCOL, VERSION } from '../../shared/protocol.ts';
import type { Calls } from './calls.ts';
import { LSDError } from './error.ts';
import { LISTEN } from './handshake.ts';
import type { LsdPermission } from './lsd.d.ts';
import type { Player } from './play.ts';
import { defineProperty, freeze, listenOn, Promised, permissionState, whenSettled } from './primordials.ts';

type Callback = (error: unknown, result?: unknown) => void;
type Method = (...args: unknown[]) => Promise<unknown>;

const METHODS = ['config', 'sync', 'addRequests', 'removeRequests', 'status', 'seedRequests', 'setFolder'] as const;

/** Names of what a page may use of this version. */
const CAPABILITIES = [...METHODS, 'url', 'play', 'permission', 'events'];

/** `onFirstListener`: the content script needs to hold a port to the background only for pages that listen. */
export function createLsd(calls: Calls, player: Pick<Player, 'play'>, onFirstListener: () => void): EventTarget {
  const lsd = new Lsd(() => {
    calls.notify(LISTEN);
    onFirstListener();
  });
  for (const name of METHODS) addMethod(lsd, name, args => calls.call(name, args[0] ?? {}));
  addMethod(lsd, 'url', async args => urlOf(await calls.call('url', { id: args[0] })));
  addMethod(lsd, 'play', ([element, id]) => player.play(element, id, true));
  addMethod(lsd, 'permission', () => readPermission(calls));
  addConstant(lsd, 'version', VERSION);
  addConstant(lsd, 'protocol', freeze({ min: PROTOCOL.min, max: PROTOCOL.max }));
  addConstant(lsd, 'capabilities', freeze(CAPABILITIES));
  return freeze(lsd);
}

class Lsd extends EventTarget {
  #onFirstListener: (() => void) | undefined;

  constructor(onFirstListener: () => void) {
    super();
    this.#onFirstListener = onFirstListener;
  }

  override addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void {
    listenOn(this, type, listener, options);
    this.#onFirstListener?.();
    this.#onFirstListener = undefined;
  }
}
freeze(Lsd.prototype);

function addConstant(lsd: EventTarget, name: string, value: unknown): void {
  defineProperty(lsd, name, { value, enumerable: true });
}

function addMethod(lsd: EventTarget, name: string, run: (args: unknown[]) => Promise<unknown>): void {
  const method: Method = (...args) => {
    const callback = takeCallback(args);
    const promise = run(args);
    if (callback) settle(promise, callback);
    return promise;
  };
  defineProperty(method, 'name', { value: name });
  addConstant(lsd, name, freeze(method));
}

/** Removes the trailing callback from the arguments. */
function takeCallback(args: unknown[]): Callback | undefined {
  const last = args.length - 1;
  const callback = args[last];
  if (typeof callback !== 'function') return undefined;
  args.length = last;
  return (error, result) => callback(error, result);
}

function settle(promise: Promise<unknown>, callback: Callback): void {
  // A callback that throws is the page's own error: it is reported as such, not as a rejection of this promise.
  whenSettled(
    promise,
    result => reportThrown(() => callback(null, result)),
    error => reportThrown(() => callback(error)),
  );
}

const later = setTimeout;
function reportThrown(run: () => void): void {
  try {
    run();
  } catch (thrown) {
    later(() => {
      throw thrown;
    }, 0);
  }
}

function urlOf(result: unknown): unknown {
  return typeof result === 'object' && result !== null && 'url' in result ? result.url : undefined;
}

/** Calls `changed` when the person, or the browser's settings, change what this page may do with loopback. */
export function onLoopbackChange(changed: () => void): void {
  const asked = permissionState('loopback-network');
  if (!asked) return;
  whenSettled(
    asked,
    status => listenOn(status, 'change', changed),
    () => {},
  );
}

/** The background knows the grant; the browser's permission for loopback is asked here. */
export async function readPermission(calls: Calls): Promise<LsdPermission> {
  const fromBackground = await calls.call('permission', {});
  const site = typeof fromBackground === 'object' && fromBackground !== null && 'site' in fromBackground;
  if (!site) throw new LSDError({ code: 'internal', message: 'The permission could not be read.' });
  return { site: oneOf(fromBackground.site), loopback: await loopbackPermission() };
}

/** Browsers that do not guard loopback do not know the name: there playing needs no permission. */
async function loopbackPermission(): Promise<LsdPermission['loopback']> {
  try {
    const status = await (permissionState('loopback-network') ?? Promised.resolve({ state: 'granted' }));
    return oneOf(status.state);
  } catch {
    return 'granted';
  }
}

function oneOf(state: unknown): LsdPermission['site'] {
  return state === 'granted' || state === 'denied' ? state : 'prompt';
}
