/**
 * The ports that peers come in by, and whom they may reach there: at the main client's, which is open as long as the daemon
 * runs, what is awake or may wake; at the own client's, which is open from its first torrent on, and at those of gateways and
 * their sessions, their torrents alone.
 */

import { LsdError } from '../../../shared/errors.ts';
import type { GatewayName } from '../../core/held-torrents.ts';
import type { Log } from '../../core/ports.ts';
import type { LocalAddress } from '../../platform/local-address.ts';
import type { Timers } from '../../platform/timers.ts';
import { unusedPort } from '../../platform/unused-port.ts';
import type { ClientName, HashKind, SessionClient, TorrentName } from '../engine/link.ts';
import { createConnectionCap } from '../peers/connections.ts';
import { createMissLimit } from '../peers/misses.ts';
import { type Door, type DoorDeps, openDoor } from './door.ts';

/** until a port is tried again that another program has */
const RETRY_MS = 5_000;

export interface PeerPorts {
  readonly main: number;
  /** 0 where it cannot be opened: then nobody comes in by it. */
  own(): Promise<number>;
  closeOwn(): Promise<void>;
  /** Open until all are closed. Rejects where the port cannot be had. */
  gateway(name: GatewayName, port: number): Promise<number>;
  /** The first free port from `first` to `last`; null where there is none. Open until it is shut. */
  session(name: SessionClient, first: number, last: number): Promise<number | null>;
  shut(name: SessionClient): void;
  close(): Promise<void>;
}

export interface PeerPortsDeps {
  /** of the main client; 0 = any */
  port: number;
  /** where the ports are; the main one moves along when that becomes another */
  local: Pick<LocalAddress, 'current' | 'watch'>;
  timers: Timers;
  log: Log;
  find(client: ClientName, kind: HashKind, hash: string): TorrentName | null;
  isBlocked: DoorDeps<TorrentName>['isBlocked'];
  handOver: DoorDeps<TorrentName>['handOver'];
}

export async function openPeerPorts(deps: PeerPortsDeps): Promise<PeerPorts> {
  const { local, isBlocked, handOver, timers } = deps;
  // Addresses that knock for nothing are known at both.
  const misses = createMissLimit(() => performance.now(), timers);
  // Of those that were not handed over yet; the engine counts the others.
  const cap = createConnectionCap();
  const onTrouble = (error: Error) => deps.log.warn('accept-failed', { error });

  async function open(client: ClientName, port: number): Promise<Door> {
    const address = local.current();
    if (address === undefined) throw new Error('the address chosen for peers is not there');
    const find: DoorDeps<TorrentName>['find'] = (kind, hash) => deps.find(client, kind, hash);
    return openDoor({ port, address, isBlocked, cap, misses, handOver, find, onTrouble });
  }

  let own: Promise<Door | undefined> | undefined;

  function openOwn(): Promise<Door | undefined> {
    return open('own', 0).catch((error: unknown) => {
      deps.log.warn('own-port-not-opened', { error });
      own = undefined;
      return undefined;
    });
  }

  async function closeOwn(): Promise<void> {
    const closing = own;
    own = undefined;
    (await closing)?.close();
  }

  let address = local.current();
  /** undefined: its address was not there yet, or the port cannot be had */
  let main: Door | undefined;
  let retry: NodeJS.Timeout | undefined;
  if (address === undefined) {
    deps.log.warn('peer-address-missing');
  } else {
    main = await open('main', deps.port).catch((thrown: unknown) => {
      throw refusal(deps, deps.port, '--peer-port', thrown);
    });
  }
  // What peers, trackers and the router are told, also of a door that opens when its address comes.
  const port = main?.port ?? (deps.port || (await unusedPort()));

  const gateways = new Map<ClientName, { port: number; door: Door | undefined }>();

  /** While its address is not there it is the number alone; the door opens when that comes. */
  async function take(name: ClientName, wanted: number): Promise<number> {
    const isPromised = [...gateways.values()].some(each => !each.door && each.port === wanted);
    if (isPromised) throw new Error(`port ${wanted} is promised to another`);
    const door = local.current() === undefined ? undefined : await open(name, wanted);
    const port = door?.port ?? (wanted || (await unusedPort()));
    gateways.set(name, { port, door });
    return port;
  }

  /** One that is gone leaves a door that nobody can knock at; when it is back, those that were wanted meanwhile open, too. */
  async function move(): Promise<void> {
    clearTimeout(retry);
    const before = address;
    address = local.current();
    if (address === undefined || address === before) return;
    main?.close();
    main = undefined;
    await closeOwn();
    try {
      main = await open('main', port);
      for (const [name, gateway] of gateways) {
        gateway.door?.close();
        gateway.door = await open(name, gateway.port);
      }
    } catch (error) {
      deps.log.error('peer-port-not-opened', { error });
      address = undefined;
      retry = setTimeout(() => void move(), RETRY_MS).unref();
    }
  }

  const unwatch = local.watch(() => void move());
  return {
    main: port,
    async own() {
      own ??= openOwn();
      return (await own)?.port ?? 0;
    },
    closeOwn,
    gateway: (name, wanted) =>
      take(name, wanted).catch((thrown: unknown) => {
        throw refusal(deps, wanted, `--${name}-peer-port`, thrown);
      }),
    async session(name, first, last) {
      for (let port = first; port <= last; port++) {
        const taken = await take(name, port).catch(() => undefined);
        if (taken !== undefined) return taken;
      }
      return null;
    },
    shut(name) {
      gateways.get(name)?.door?.close();
      gateways.delete(name);
    },
    async close() {
      unwatch();
      clearTimeout(retry);
      main?.close();
      for (const { door } of gateways.values()) door?.close();
      await closeOwn();
    },
  };
}

function refusal({ local }: PeerPortsDeps, port: number, option: string, cause: unknown): LsdError {
  const address = local.current();
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LsdError(
    'internal',
    `The port for peers (${address ?? 'every address'}, port ${port || 'any'}) cannot be opened: ${why}. Choose another with ${option}.`,
    { params: { port }, cause },
  );
}
