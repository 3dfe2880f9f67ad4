/**
 * The engine as the daemon keeps it: started when there is something for it to do, ended when there was nothing for a while,
 * started again when it dies, and closed. (It takes as much memory as all the rest.)
 */

import type { Socket } from 'node:net';
import type { Log } from '../../core/ports.ts';
import { createInventory, type Inventory } from './inventory.ts';
import type { ClientName, EngineOptions, EngineProcess, FromEngine, ToEngine, TorrentName } from './link.ts';
import type { Tether } from './tether.ts';
import type { EngineView } from './torrent-view.ts';

/** ms before an engine that died is started again: at once, then slower while it keeps dying */
const RESTART_MS = [100, 1_000, 5_000, 30_000];
/** ms; one that lived so long did not die of what it was started with */
const HEALTHY_MS = 60_000;
/** ms that a closing engine gets to say goodbye to its trackers */
const CLOSE_MS = 3_000;
/** ms without a torrent after which it ends */
const QUIET_MS = 60_000;

export interface EngineHost {
  /** The first torrent starts the engine; while it has none and sleeps, all else is nothing to it. */
  send(message: ToEngine, connection?: Socket): void;
  /** A torrent may come in a moment: the engine starts already. Where none comes, it ends again. */
  warmUp(): void;
  /** Resolves when the torrent is gone and its files are closed. */
  remove(name: TorrentName): Promise<void>;
  /** Null where the engine does not have it, or does not run. */
  inspect(name: TorrentName): Promise<EngineView | null>;
  /** What the DHT keeps at a target (BEP 44), bencoded; null where nobody has it. Starts the engine. */
  item(target: Uint8Array, salt: string | null): Promise<Uint8Array | null>;
  readonly find: Inventory['find'];
  close(): Promise<void>;
}

export interface EngineHostDeps {
  tether: Tether;
  options: EngineOptions;
  log: Log;
  /** null = the usual */
  quietMs: number | null;
  /** The own client can be opened: resolves when `open` of it was sent. */
  openOwn(): Promise<void>;
  /** Nothing is in the engine, and it is about to end. */
  onAsleep(): void;
  onMessage(message: FromEngine): void;
  /** The engine died with torrents in it: a new one knows nothing, and everything is to be added again. */
  onRestart(): void;
}

/**
 * `asleep` → `starting` (the one before still lets go of its ports) → `running` → `asleep`. From `running` it may die, and
 * from `starting` find that the address for peers is not there: `dead` until its torrents are added again, or `asleep`
 * where it had none. All end in `closed`.
 */
type State =
  | { is: 'asleep' | 'dead' | 'closed' }
  | { is: 'starting'; waiting: [ToEngine, Socket | undefined][] }
  | { is: 'running'; engine: EngineProcess; since: number; exited: Promise<void> };

export function createEngineHost(deps: EngineHostDeps): EngineHost {
  const inventory = createInventory();
  const removals = new Map<number, () => void>();
  const inspections = new Map<number, (view: EngineView | null) => void>();
  const items = new Map<number, (value: Uint8Array | null) => void>();
  /** what each engine is told before all else: ports, limits and blocked addresses */
  const standing = new Map<string, ToEngine>();
  let state: State = { is: 'asleep' };
  /** resolves when the one that was ended last is gone */
  let left: Promise<void> = Promise.resolve();
  let lastTicket = 0;
  let deaths = 0;
  let quiet: NodeJS.Timeout | undefined;

  function send(message: ToEngine, connection?: Socket): void {
    if (clientOf(message) === 'own') void deps.openOwn().then(() => forward(message, connection));
    else forward(message, connection);
  }

  function forward(message: ToEngine, connection: Socket | undefined): void {
    if (message.type === 'open') standing.set(`open ${message.client}`, message);
    if (message.type === 'shut') standing.delete(`open ${message.client}`);
    if (message.type === 'limits' || message.type === 'blocked') standing.set(message.type, message);
    if (state.is === 'asleep' && (message.type === 'add' || message.type === 'item')) void start();
    if (state.is !== 'running' && state.is !== 'starting') {
      nobodyHears(message, connection);
      return;
    }
    if (state.is === 'running') state.engine.send(message, connection);
    else state.waiting.push([message, connection]);
    inventory.sent(message);
    watchQuiet();
  }

  function nobodyHears(message: ToEngine, connection: Socket | undefined): void {
    connection?.destroy();
    if (message.type === 'remove') removed(message.ticket);
    if (message.type === 'inspect') inspected(message.ticket, null);
    if (message.type === 'item') found(message.ticket, null);
  }

  function found(ticket: number, value: Uint8Array | null): void {
    items.get(ticket)?.(value);
    items.delete(ticket);
  }

  function removed(ticket: number): void {
    removals.get(ticket)?.();
    removals.delete(ticket);
  }

  function inspected(ticket: number, view: EngineView | null): void {
    inspections.get(ticket)?.(view);
    inspections.delete(ticket);
  }

  async function start(): Promise<void> {
    const starting: State = { is: 'starting', waiting: [] };
    state = starting;
    await left;
    const absence = deps.tether.absence();
    if (state !== starting || absence) {
      for (const [message, connection] of starting.waiting) nobodyHears(message, connection);
      if (state === starting && absence && starting.waiting.length > 0) waitFor(absence);
      else if (state === starting) state = { is: 'asleep' };
      return;
    }
    const engine = deps.tether.start(deps.options);
    const exited = Promise.withResolvers<void>();
    const running: State = { is: 'running', engine, since: performance.now(), exited: exited.promise };
    engine.listen(receive, why => {
      exited.resolve();
      if (state === running) died(running.since, why);
    });
    state = running;
    for (const message of standing.values()) engine.send(message);
    for (const [message, connection] of starting.waiting) engine.send(message, connection);
    watchQuiet();
  }

  /** Whoever asks meanwhile is answered at once; what is to be fetched and seeded comes again, as after a death. */
  function waitFor(absence: Promise<void>): void {
    letGo();
    state = { is: 'dead' };
    void absence.then(rise);
  }

  function receive(message: FromEngine): void {
    if (message.type === 'removed') removed(message.ticket);
    else if (message.type === 'inspected') inspected(message.ticket, message.view);
    else if (message.type === 'item') found(message.ticket, message.value);
    else if (message.type === 'log') deps.log[message.level](message.event, message.detail);
    else if (message.type === 'refused') refused(message.message);
    else {
      inventory.received(message);
      watchQuiet();
      deps.onMessage(message);
    }
  }

  /** Its exit starts the next try. */
  function refused(why: string): void {
    deps.log.error('engine-not-started', { why });
    if (state.is === 'running') void state.engine.terminate();
  }

  function died(since: number, why: string): void {
    const hadTorrents = !inventory.isEmpty;
    letGo();
    state = { is: hadTorrents ? 'dead' : 'asleep' };
    deps.log.error('engine-died', { why });
    if (performance.now() - since >= HEALTHY_MS) deaths = 0;
    if (!hadTorrents) return;
    setTimeout(rise, RESTART_MS[Math.min(deaths++, RESTART_MS.length - 1)]).unref();
  }

  function rise(): void {
    if (state.is !== 'dead') return;
    state = { is: 'asleep' };
    forgetOwn();
    deps.onRestart();
  }

  /** What was in it is nowhere now, and its files are closed. */
  function letGo(): void {
    inventory.clear();
    forgetOwn();
    clearTimeout(quiet);
    for (const ticket of removals.keys()) removed(ticket);
    for (const ticket of inspections.keys()) inspected(ticket, null);
    for (const ticket of items.keys()) found(ticket, null);
  }

  /** The first message to the own client opens it again, maybe at another port. */
  function forgetOwn(): void {
    standing.delete('open own');
  }

  function watchQuiet(): void {
    clearTimeout(quiet);
    if (state.is !== 'running' || !inventory.isEmpty || items.size > 0) return;
    quiet = setTimeout(sleep, deps.quietMs ?? QUIET_MS);
    quiet.unref();
  }

  function sleep(): void {
    if (state.is !== 'running') return;
    const { engine, exited } = state;
    letGo();
    state = { is: 'asleep' };
    left = end(engine, exited);
    deps.onAsleep();
  }

  return {
    send,
    warmUp() {
      if (state.is === 'asleep') void start();
    },
    remove(name) {
      const ticket = ++lastTicket;
      const { promise, resolve } = Promise.withResolvers<void>();
      removals.set(ticket, resolve);
      send({ type: 'remove', name, ticket });
      return promise;
    },
    inspect(name) {
      // To look at it is no reason to wake it, nor to open the own client.
      if (!inventory.find(name.client, 'info', name.infoHash)) return Promise.resolve(null);
      const ticket = ++lastTicket;
      const { promise, resolve } = Promise.withResolvers<EngineView | null>();
      inspections.set(ticket, resolve);
      forward({ type: 'inspect', name, ticket }, undefined);
      return promise;
    },
    item(target, salt) {
      const ticket = ++lastTicket;
      const { promise, resolve } = Promise.withResolvers<Uint8Array | null>();
      items.set(ticket, value => {
        resolve(value);
        setImmediate(watchQuiet);
      });
      forward({ type: 'item', target, salt, ticket }, undefined);
      return promise;
    },
    find: inventory.find,
    async close() {
      sleep();
      letGo();
      state = { is: 'closed' };
      await left;
    },
  };
}

/** Whose torrent a message is about. */
function clientOf(message: ToEngine): ClientName | undefined {
  if (message.type === 'add') return message.order.client;
  return 'name' in message ? message.name.client : undefined;
}

async function end(engine: EngineProcess, exited: Promise<void>): Promise<void> {
  engine.send({ type: 'close' });
  const patience = Promise.withResolvers<void>();
  const timeout = setTimeout(patience.resolve, CLOSE_MS);
  await Promise.race([exited, patience.promise]);
  clearTimeout(timeout);
  await engine.terminate();
}
