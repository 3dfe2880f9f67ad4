/** The room as the gateway uses it: claims, and files from every network that there is. */

import { LsdError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/protocol.ts';
import type { LbryNetwork } from '../core/lbry.ts';
import type { ClaimStore, LbryClaims } from '../core/lbry-claims.ts';
import type { FileSource, FileStore, LbryFiles } from '../core/lbry-files.ts';
import type { Clock, Hasher, Log, Torrents } from '../core/ports.ts';
import type { TorrentSession, TorrentSessions } from '../core/torrent-sessions.ts';
import type { Net } from '../platform/net.ts';
import type { Timers } from '../platform/timers.ts';
import { createClaims } from './claims/resolver.ts';
import { describeBy } from './files/describe-file.ts';
import { createFiles } from './files/files.ts';
import { readTorrent } from './files/read-torrent.ts';
import { type Below, pathsBelow } from './files/roots.ts';
import { createStreamNetwork } from './files/stream-network.ts';
import { createTorrentNetwork } from './files/torrent-network.ts';
import { readHub } from './hub/addresses.ts';
import { createHubs } from './hub/hub.ts';
import type { OwnAddress } from './own-address.ts';

/** Each costs memory and a place in the engine. */
const MOST_TORRENTS = 5_000;

export interface RoomDeps {
  network: LbryNetwork;
  torrents: Pick<Torrents, 'sessions'>;
  claims: ClaimStore;
  files: FileStore;
  clock: Clock;
  timers: Timers;
  hasher: Pick<Hasher, 'hashFile'>;
  /** where what is known of its torrents is kept */
  folder: string;
  /** where files are saved that name no other place; absolute, as all roots are */
  downloads: string;
  /** asked each time */
  downloadFolder(): string;
  roots: readonly string[];
  /** of its BitTorrent client; 0 = any */
  torrentPort: number;
  /** private and loopback addresses may be contacted */
  lan: boolean;
  /** HOST:PORT, asked in this order for claims that are not recorded here */
  hubs: readonly string[];
  net: Pick<Net, 'lookupChecked'>;
  local: Pick<OwnAddress, 'wayOut'>;
  log: Log;
  /** takes down what was opened */
  stack: AsyncDisposableStack;
}

export interface LbryRoom {
  claims: LbryClaims;
  files: LbryFiles;
  below: Below;
  /** A `.torrent` file below a root. Throws `denied`, `invalid`, `not-found`. */
  readTorrent(path: string): Promise<FileSource>;
  torrentPort: number;
}

export async function openLbryRoom(deps: RoomDeps): Promise<LbryRoom> {
  const { downloads, roots, lan } = deps;
  const sessions = await deps.torrents.sessions({
    root: downloads,
    moreRoots: roots,
    folder: deps.folder,
    port: deps.torrentPort,
    sessions: 1,
    torrents: MOST_TORRENTS,
    lan,
  });
  deps.stack.defer(() => sessions.close());
  const session = await onlySession(sessions, deps.torrentPort);
  const torrents = createTorrentNetwork(sessions, session, describeBy(deps.hasher));
  await torrents.tidy(deps.files.list());
  const hubs = deps.hubs.map(readHub);
  const lookup = async (host: string) => ({ ...(await deps.net.lookupChecked(host, { lan })), ...deps.local.wayOut() });
  const client = `lets-share-data ${VERSION}`;
  const hub = hubs.length > 0 ? createHubs({ hubs, lookup, client, log: deps.log }) : null;
  const below = pathsBelow([downloads, ...roots]);
  const files = createFiles({
    store: deps.files,
    networks: { btih: torrents, sd: createStreamNetwork(deps.network) },
    folder: deps.downloadFolder,
    below,
    async offer(path, name, signal) {
      const { description } = await deps.network.offer(path, name === null ? {} : { name }, signal);
      return description.sdHash;
    },
    ...{ clock: deps.clock, timers: deps.timers, log: deps.log },
  });
  deps.stack.defer(() => files.close());
  adoptStreams(deps);
  return {
    claims: createClaims({ store: deps.claims, hub }),
    files,
    below,
    readTorrent: async path => readTorrent(await below(path)),
    torrentPort: session.port,
  };
}

/** A daemon that was killed may have begun to fetch what it had not listed yet. */
function adoptStreams({ network, files: store, clock }: RoomDeps): void {
  const listed = new Set(store.list().flatMap(({ hash, twin }) => [hash, twin]));
  for (const stream of network.list()) {
    const { sdHash: hash } = stream.description;
    const { origin, folder } = stream.status();
    if (origin === 'offered' || listed.has(hash)) continue;
    const rest = { claim: null, fileName: null, playName: null, both: false, addedAt: clock.now() };
    store.put({ kind: 'sd', hash, folder, ...rest });
  }
}

async function onlySession(sessions: TorrentSessions, port: number): Promise<TorrentSession> {
  const [there] = sessions.list();
  const session = there ?? (await sessions.create({ first: port, last: port, memoryOnly: false }).catch(refusePort));
  if (session?.trouble === null) return session;
  throw new LsdError(
    'invalid',
    `Port ${port} of this machine is in use by another program. Stop that, or choose another port with --lbry-bt PORT (0: any).`,
  );
}

function refusePort(thrown: unknown): undefined {
  if (!(thrown instanceof LsdError) || thrown.params?.reason !== 'port-in-use') throw thrown;
}
