/**
 * The ports that peers come in by, and whom they may reach there: at the main client's, which is open as long as the daemon
 * runs, what is awake or may wake; at the own client's, which is open from its first torrent on, its torrents alone.
 */

import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import type { LocalAddress } from '../platform/local-address.ts';
import { type Door, type DoorDeps, openDoor } from './door.ts';
import { createConnectionCap, createMissLimit } from './limits.ts';
import type { ClientName, HashKind, TorrentName } from './link.ts';

export interface PeerPorts {
  readonly main: number;
  /** 0 where it cannot be opened: then nobody comes in by it. */
  own(): Promise<number>;
  closeOwn(): Promise<void>;
  close(): Promise<void>;
}

export interface PeerPortsDeps {
  /** of the main client; 0 = any */
  port: number;
  /** where the ports are; the main one moves along when that becomes another */
  local: Pick<LocalAddress, 'current' | 'watch'>;
  log: Log;
  find(client: ClientName, kind: HashKind, hash: string): TorrentName | null;
  isBlocked: DoorDeps<TorrentName>['isBlocked'];
  handOver: DoorDeps<TorrentName>['handOver'];
}

export async function openPeerPorts(deps: PeerPortsDeps): Promise<PeerPorts> {
  const { local, isBlocked, handOver } = deps;
  // Addresses that knock for nothing are known at both.
  const misses = createMissLimit(() => performance.now());
  // Of those that were not handed over yet; the engine counts the others.
  const cap = createConnectionCap();

  const open = (client: ClientName, port: number): Promise<Door> =>
    openDoor({
      port,
      address: local.current() ?? null,
      ...{ isBlocked, cap, misses, handOver },
      find: (kind, hash) => deps.find(client, kind, hash),
    });

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

  let main = await open('main', deps.port).catch((thrown: unknown) => {
    throw refusal(deps, thrown);
  });
  const { port } = main;
  let address = local.current();

  /** One that is gone leaves a door that nobody can knock at. */
  async function move(): Promise<void> {
    const next = local.current();
    if (next === undefined || next === address) return;
    address = next;
    main.close();
    try {
      main = await open('main', port);
    } catch (error) {
      deps.log.error('peer-port-not-opened', { error });
      address = undefined;
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
    async close() {
      unwatch();
      main.close();
      await closeOwn();
    },
  };
}

function refusal({ port, local }: PeerPortsDeps, cause: unknown): LsdError {
  const address = local.current();
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LsdError(
    'internal',
    `The port for peers (${address ?? 'every address'}, port ${port || 'any'}) cannot be opened: ${why}. Choose another with --peer-port.`,
    { params: { port }, cause },
  );
}
