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
import { type Fault, faultError, faultOf } from './faults.ts';

const HOST = 'lets_share_data';

/** A daemon that starts may have to open a large catalogue first. */
const HELLO_MS = 30_000;
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 60_000;

/**
 * `idle` → `greeting` → `connected` → `down` → `greeting` …
 * A `down` link is tried again by itself after `host-exited`, and by any call once `retryAt` has passed.
 * `connected` → `stopped`, when the person ended the daemon: only what needs a daemon starts another.
 */
type State =
  | { kind: 'idle' }
  | { kind: 'greeting'; welcome: Promise<Welcome>; channel: Channel; port: Runtime.Port }
  | { kind: 'connected'; welcome: Welcome; channel: Channel; port: Runtime.Port }
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
  /** the person ends the daemon: its next silence is meant */
  let ending = false;
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
    ending = false;
    channel.handle(ENDING, params => {
      ending = (params as Ending).reason === 'stopped';
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
      if (!(welcome.protocol >= PROTOCOL.min && welcome.protocol <= PROTOCOL.max)) throw mismatch();
      if (!stillGreeting(port)) throw faultError('host-exited');
      failures = 0;
      deps.stopped.write(false);
      state = { kind: 'connected', welcome, channel, port };
      deps.listener.connected(welcome);
      return welcome;
    } catch (thrown) {
      const error = LsdError.from(thrown);
      throw (
        drop(port, error.code === 'protocol-mismatch' ? 'protocol-mismatch' : 'host-exited', error.message) ?? error
      );
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
    // A host that has greeted was there and let us in.
    const fault = given ?? (kind === 'connected' ? 'host-exited' : faultOf(why));
    const error = ending ? stop() : down(fault, why);
    channel.close(error);
    if (kind === 'connected') deps.listener.dropped(fault);
    return error;
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
    const delay = Math.min(FIRST_DELAY_MS * 2 ** failures, LAST_DELAY_MS);
    failures += 1;
    // A call of a person or page need not wait for the whole back-off.
    state = { kind: 'down', error, fault, retryAt: deps.now() + FIRST_DELAY_MS };
    // The other faults need the person; trying again by itself would only wake the machine.
    if (fault === 'host-exited') deps.later(() => state.kind === 'down' && void connect().catch(() => {}), delay);
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
    reconnect() {
      if (state.kind === 'down' || state.kind === 'stopped') state = { kind: 'idle' };
      return view();
    },
  };
}

/** What the extension asks by itself, or a page by its clock, is no reason to start a daemon that the person stopped. */
function needsDaemon<M extends Method>(method: M, params: Params<M>): boolean {
  return method !== 'reader' && !('method' in params && params.method === 'status');
}

function mismatch(): LsdError {
  return new LsdError('protocol-mismatch', 'The daemon speaks another protocol than this extension.');
}
