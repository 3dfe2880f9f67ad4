/** The engine as the daemon keeps it: started, started again when it dies, and closed. */

import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import type { EngineOptions, EngineProcess, FromEngine, StartEngine, ToEngine, TorrentName } from './link.ts';

/** ms before an engine that died is started again: at once, then slower while it keeps dying */
const RESTART_MS = [100, 1_000, 5_000, 30_000];
/** ms that a closing engine gets to say goodbye to its trackers */
const CLOSE_MS = 3_000;

export interface EngineHost {
  readonly port: number;
  send(message: ToEngine): void;
  /** Resolves when the torrent is gone and its files are closed. */
  remove(name: TorrentName): Promise<void>;
  close(): Promise<void>;
}

export interface EngineHostDeps {
  start: StartEngine;
  options: EngineOptions;
  log: Log;
  onMessage(message: FromEngine): void;
  /** A new engine knows nothing: everything is to be added again. */
  onRestart(): void;
}

export async function openEngineHost(deps: EngineHostDeps): Promise<EngineHost> {
  const removals = new Map<number, () => void>();
  let engine: EngineProcess;
  let port = 0;
  let lastTicket = 0;
  let deaths = 0;
  let closing = false;
  let exited = Promise.withResolvers<void>();

  function begin(): Promise<number> {
    const listening = Promise.withResolvers<number>();
    exited = Promise.withResolvers<void>();
    engine = deps.start({ ...deps.options, peerPort: port || deps.options.peerPort });
    engine.listen(
      message => {
        if (message.type === 'listening') listening.resolve(message.port);
        else if (message.type === 'refused') listening.reject(refusal(deps.options, message.message));
        else receive(message);
      },
      why => {
        listening.reject(refusal(deps.options, why));
        ended(why);
      },
    );
    return listening.promise;
  }

  function receive(message: FromEngine): void {
    if (message.type === 'removed') {
      removals.get(message.ticket)?.();
      removals.delete(message.ticket);
    } else if (message.type === 'log') {
      deps.log[message.level](message.event, message.detail);
    } else {
      deps.onMessage(message);
    }
  }

  function ended(why: string): void {
    exited.resolve();
    for (const done of removals.values()) done();
    removals.clear();
    if (closing || port === 0) return;
    deps.log.error('engine-died', { why });
    setTimeout(() => void again(), RESTART_MS[Math.min(deaths++, RESTART_MS.length - 1)]).unref();
  }

  async function again(): Promise<void> {
    if (closing) return;
    try {
      await begin();
      deps.onRestart();
    } catch (thrown) {
      // Its exit starts the next try; one that refuses has not exited yet.
      deps.log.error('engine-not-started', { error: thrown });
      await engine.terminate();
    }
  }

  try {
    port = await begin();
  } catch (thrown) {
    closing = true;
    await engine!.terminate();
    throw thrown;
  }

  return {
    port,
    send: message => engine.send(message),
    remove(name) {
      const ticket = ++lastTicket;
      const { promise, resolve } = Promise.withResolvers<void>();
      removals.set(ticket, resolve);
      engine.send({ type: 'remove', name, ticket });
      return promise;
    },
    async close() {
      closing = true;
      engine.send({ type: 'close' });
      const timeout = setTimeout(() => exited.resolve(), CLOSE_MS);
      await exited.promise;
      clearTimeout(timeout);
      await engine.terminate();
    },
  };
}

function refusal(options: EngineOptions, why: string): LsdError {
  return new LsdError(
    'internal',
    `The port for peers (${options.peerAddress ?? 'every address'}, port ${options.peerPort || 'any'}) cannot be opened: ${why}. Choose another with --peer-port.`,
    { params: { port: options.peerPort } },
  );
}
