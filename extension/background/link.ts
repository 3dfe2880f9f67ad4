/** The one native port of this extension: opened when it is needed, greeted, and opened again after it broke. */

import { type Channel, createChannel } from '../../shared/channel.ts';
import { LsdError } from '../../shared/errors.ts';
import {
  type DaemonEvent,
  ENDING,
  type Ending,
  EVENT,
  type Method,
  type Params,
  PROTOCOL,
  type Result,
  VERSION,
  type Welcome,
} from '../../shared/protocol.ts';
import type { Runtime } from '../web-extension.ts';
import { type Fault, faultError, faultOf, LAST_WORDS, mismatchOf } from './faults.ts';

const HOST = 'lets_share_data';

/** A daemon that starts may have to open a large catalogue first. */
const HELLO_MS = 30_000;
/** Between attempts: each is twice as far from the one before, as the first two stand to the last. */
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 60_000;
/** A daemon that does not start at all is tried less often: every attempt starts a program. */
const DOWN_DELAY_MS = 60_000;
const LAST_DOWN_DELAY_MS = 900_000;
/** A connection that did not hold for so long counts as one more failure. */
const STEADY_MS = 60_000;

/**
 * `idle` → `greeting` → `connected` → `down` → `greeting` …
 * A `down` link is tried again by itself after `host-exited` and `daemon-down`, and by any call once `retryAt` has passed.
 * `connected` → `stopped`, when the person ended the daemon: only what needs a daemon starts another.
 */
type State =
  | { kind: 'idle' }
  | { kind: 'greeting'; welcome: Promise<Welcome>; channel: Channel; port: Runtime.Port }
  | { kind: 'connected'; welcome: Welcome; channel: Channel; port: Runtime.Port; since: number }
  | { kind: 'down'; error: LsdError; fault: Fault; retryAt: number }
  | { kind: 'stopped'; error: LsdError };

type LinkView = { state: 'connected'; welcome: Welcome } | { state: Fault | 'host-stopped'; message: string };

export interface Link {
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  /** Connects where there is no connection and none was stopped, and says how it went. Never rejects. */
  view(): Promise<LinkView>;
  /** Tries again now, whatever the back-off says. */
  reconnect(): Promise<LinkView>;
}

export interface LinkListener {
  connected(welcome: Welcome): void;
  /** was connected, is no longer */
  dropped(fault: Fault): void;
  /** a connection could not be made, or broke */
  changed(): void;
  event(event: DaemonEvent): void;
}

export interface LinkDeps {
  /** whether the person stopped the daemon; kept for as long as the browser runs */
  stopped: { read(): Promise<boolean>; write(stopped: boolean): void };
  connectNative(host: string): Runtime.Port;
  /** why the port that just disconnected is gone */
  reason(port: Runtime.Port): string | undefined;
  now(): number;
  later(run: () => void, ms: number): void;
  listener: LinkListener;
}

export function createLink(deps: LinkDeps): Link {
  let state: State = { kind: 'idle' };
  let failures = 0;
  /** what the other side said before it ended; a daemon that the person stopped is silent because it was meant to be */
  let lastWord: Ending['reason'] | undefined;
  let restored: Promise<void> | undefined = deps.stopped.read().then(stopped => {
    restored = undefined;
    if (stopped && state.kind === 'idle') state = { kind: 'stopped', error: faultError('host-exited') };
  });

  function connect(): Promise<Welcome> {
    if (state.kind === 'connected') return Promise.resolve(state.welcome);
    if (state.kind === 'greeting') return state.welcome;
    if (state.kind === 'down' && deps.now() < state.retryAt) return Promise.reject(state.error);
    return open();
  }

  function open(): Promise<Welcome> {
    let port: Runtime.Port;
    try {
      port = deps.connectNative(HOST);
    } catch (thrown) {
      return Promise.reject(down(faultOf(String(thrown)), String(thrown)));
    }
    const channel = createChannel({ send: message => port.postMessage(message) });
    lastWord = undefined;
    channel.handle(ENDING, params => {
      lastWord = (params as Ending).reason;
    });
    channel.handle(EVENT, event => deps.listener.event(event as DaemonEvent));
    port.onMessage.addListener(message => channel.receive(message));
    port.onDisconnect.addListener(() => lost(port, deps.reason(port)));
    const welcome = greet(channel, port);
    state = { kind: 'greeting', welcome, channel, port };
    return welcome;
  }

  async function greet(channel: Channel, port: Runtime.Port): Promise<Welcome> {
    deps.later(() => stillGreeting(port) && drop(port, 'host-exited', 'no answer to hello'), HELLO_MS);
    try {
      const hello = { role: 'extension', version: VERSION, protocol: PROTOCOL };
      const welcome = (await channel.call('hello', hello)) as Welcome;
      if (!(welcome.protocol >= PROTOCOL.min && welcome.protocol <= PROTOCOL.max)) throw mismatch(welcome);
      if (!stillGreeting(port)) throw faultError('host-exited');
      deps.stopped.write(false);
      state = { kind: 'connected', welcome, channel, port, since: deps.now() };
      deps.listener.connected(welcome);
      return welcome;
    } catch (thrown) {
      const error = LsdError.from(thrown);
      const fault = error.code === 'protocol-mismatch' ? mismatchOf(error) : 'host-exited';
      throw drop(port, fault, error.message) ?? error;
    }
  }

  function stillGreeting(port: Runtime.Port): boolean {
    return state.kind === 'greeting' && state.port === port;
  }

  /** The port is given up by this side. */
  function drop(port: Runtime.Port, fault: Fault, why: string): LsdError | undefined {
    const error = lost(port, why, fault);
    port.disconnect();
    return error;
  }

  function lost(port: Runtime.Port, why: string | undefined, given?: Fault): LsdError | undefined {
    if ((state.kind !== 'greeting' && state.kind !== 'connected') || state.port !== port) return undefined;
    const { channel, kind } = state;
    if (state.kind === 'connected' && deps.now() - state.since >= STEADY_MS) failures = 0;
    // A host that has greeted was there and let us in.
    const fault = given ?? spoken() ?? (kind === 'connected' ? 'host-exited' : faultOf(why));
    const error = lastWord === 'stopped' ? stop() : down(fault, why);
    channel.close(error);
    if (kind === 'connected') deps.listener.dropped(fault);
    return error;
  }

  function spoken(): Fault | undefined {
    return lastWord === undefined || lastWord === 'stopped' || lastWord === 'handover'
      ? undefined
      : LAST_WORDS[lastWord];
  }

  function stop(): LsdError {
    const error = faultError('host-exited');
    state = { kind: 'stopped', error };
    deps.stopped.write(true);
    deps.listener.changed();
    return error;
  }

  function down(fault: Fault, why: string | undefined): LsdError {
    const error = faultError(fault, why);
    const isDown = fault === 'daemon-down';
    const [first, last] = isDown ? [DOWN_DELAY_MS, LAST_DOWN_DELAY_MS] : [FIRST_DELAY_MS, LAST_DELAY_MS];
    const delay = Math.min(first * 2 ** failures, last);
    failures += 1;
    // Calls of pages wait as well: one that calls in a loop must not start programs in a loop. The person need not.
    state = { kind: 'down', error, fault, retryAt: deps.now() + delay };
    // The other faults need the person; trying again by itself would only wake the machine.
    const mends = isDown || fault === 'host-exited';
    if (mends) deps.later(() => state.kind === 'down' && void connect().catch(() => {}), delay);
    deps.listener.changed();
    return error;
  }

  async function view(): Promise<LinkView> {
    if (restored) await restored;
    if (state.kind === 'stopped') return { state: 'host-stopped', message: state.error.message };
    try {
      return { state: 'connected', welcome: await connect() };
    } catch (thrown) {
      const error = LsdError.from(thrown);
      return { state: state.kind === 'down' ? state.fault : 'host-exited', message: error.message };
    }
  }

  return {
    async call<M extends Method>(method: M, params: Params<M>) {
      if (restored) await restored;
      if (state.kind === 'stopped' && !needsDaemon(method, params)) throw state.error;
      await connect();
      if (state.kind !== 'connected') throw faultError('host-exited');
      // The daemon is the same release or negotiated: its answers are taken as the protocol types them.
      return (await state.channel.call(method, params)) as Result<M>;
    },
    view,
    async reconnect() {
      // What was begun before may have met what the person has mended since.
      if (state.kind === 'greeting') await state.welcome.catch(() => {});
      if (state.kind === 'down' || state.kind === 'stopped') state = { kind: 'idle' };
      failures = 0;
      return view();
    },
  };
}

/** What only looks: asked by the extension itself and by its open pages whenever there are news. */
const LOOKS: ReadonlySet<Method> = new Set<Method>([
  'reader',
  'daemon.status',
  'daemon.history',
  'control.get',
  'folder.list',
  'file.list',
  'item.list',
  'item.status',
  'item.detail',
  'item.blocked',
  'download.list',
  'question.list',
  'site.list',
  'site.log',
  'site.plan',
  'blocklist.list',
]);

/** Looking, and a page that asks for its status by a clock, is no reason to start a daemon that the person stopped. */
function needsDaemon<M extends Method>(method: M, params: Params<M>): boolean {
  return !LOOKS.has(method) && !('method' in params && params.method === 'status');
}

function mismatch({ protocol }: Welcome): LsdError {
  const older = protocol > PROTOCOL.max ? 'extension' : 'daemon';
  return new LsdError('protocol-mismatch', 'The daemon chose a protocol that this extension does not speak.', {
    params: { older },
  });
}
