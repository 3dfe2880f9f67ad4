/** One session: a client with a peer id and a port of its own, and its torrents. */

import { LsdError } from '../../../shared/errors.ts';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import type { TorrentSource } from '../../core/held-torrents.ts';
import { fileOfSource } from '../../core/metainfo-file.ts';
import type { SavedTorrent, SaveRequest, SessionEvent, TorrentSession, Trouble } from '../../core/torrent-sessions.ts';
import type { FromEngine, SessionClient, TorrentName, Traffic } from '../engine/link.ts';
import { blockedError, soundInfo } from '../held/refusals.ts';
import { infoHashOf } from '../metainfo-store.ts';
import type { Kept, SavedDeps, SavedOne } from './saved-one.ts';
import { createSavedOne } from './saved-torrent.ts';
import { createTelling } from './session-telling.ts';

export interface SessionDeps
  extends Pick<
    SavedDeps,
    | 'userTrackers'
    | 'lan'
    | 'log'
    | 'clock'
    | 'send'
    | 'remove'
    | 'inspect'
    | 'place'
    | 'claim'
    | 'flush'
    | 'paused'
    | 'limits'
    | 'seat'
    | 'room'
  > {
  client: SessionClient;
  id: string;
  memoryOnly: boolean;
  mostTorrents: number;
  isBlocked(infoHash: InfoHash): boolean;
  tell(event: SessionEvent): void;
  onKept(one: SavedOne, what: 'order' | 'file' | 'resume'): void;
}

/** As the sessions drive it. */
export interface SessionOne extends TorrentSession {
  readonly client: SessionClient;
  readonly all: ReadonlyMap<InfoHash, SavedOne>;
  /** null: its port is not to be had */
  listens(port: number | null): void;
  /** One of an earlier run; it goes on when the session listens. */
  restore(infoHash: InfoHash, kept: Kept): void;
  receive(message: FromEngine & { name: TorrentName }): void;
  onTraffic(of: (name: TorrentName) => Traffic | undefined): void;
  restart(): void;
  /** Everything is paused, or no longer, or limits are others. */
  review(): void;
  blocked(infoHash: string): void;
  end(why: LsdError): Promise<void>;
}

export function createSession(deps: SessionDeps, first: number): SessionOne {
  let port = first;
  const { client, id } = deps;
  const all = new Map<InfoHash, SavedOne>();
  /** being added: their place is looked at, and two must not both be */
  const coming = new Map<InfoHash, Promise<SavedOne>>();
  /** removed, and their files not yet deleted or closed */
  const leaving = new Map<InfoHash, Promise<void>>();
  const telling = createTelling(deps.tell);
  let trouble: Trouble | null = null;

  function make(infoHash: InfoHash, kept: Kept): SavedOne {
    const one: SavedOne = createSavedOne(
      {
        ...deps,
        infoHash,
        session: id,
        onChanged: () => {
          if (all.get(infoHash) === one) telling.look(one.status());
        },
        onKept: what => deps.onKept(one, what),
      },
      kept,
    );
    return one;
  }

  function put(one: SavedOne): void {
    all.set(one.infoHash, one);
    telling.added(one.status());
  }

  async function bring(infoHash: InfoHash, request: SaveRequest): Promise<SavedOne> {
    const { torrent, savePath, saveName = null, paused, allocate, sequential, memoryOnly, files } = request;
    const priorities = [...(request.priorities ?? [])];
    await leaving.get(infoHash);
    const place = await deps.place(savePath);
    const how = { paused, allocate, sequential, memoryOnly, addedAt: deps.clock.now() };
    const giving = request.isDownload ? { since: null, bytes: 0 } : null;
    const order = { savePath, saveName, alsoAt: null, ...how, files: files && [...files], priorities };
    if ('file' in torrent) soundInfo(torrent.file.info);
    const known = 'file' in torrent ? { file: torrent.file, peers: [], sources: [] } : ofSource(torrent.source);
    const one = make(infoHash, { order, place, ...known, resume: null, giving });
    if (one.layout) deps.claim(one);
    put(one);
    if (!trouble) one.begin();
    deps.onKept(one, 'file');
    return one;
  }

  async function drop(one: SavedOne, options: { data: boolean; why: LsdError }): Promise<void> {
    all.delete(one.infoHash);
    const ending = one.end(options).finally(() => leaving.delete(one.infoHash));
    leaving.set(one.infoHash, ending);
    await ending;
    deps.seat.left(one.infoHash);
    telling.removed(one.status());
    deps.onKept(one, 'order');
  }

  return {
    client,
    id,
    get port() {
      return port;
    },
    memoryOnly: deps.memoryOnly,
    all,
    get trouble() {
      return trouble;
    },
    torrents: () => [...all.values()],
    torrent: infoHash => all.get(infoHash),
    async add(request): Promise<SavedTorrent> {
      const infoHash = hashOf(request.torrent);
      const there = all.get(infoHash) ?? coming.get(infoHash);
      if (there) return there;
      if (deps.isBlocked(infoHash)) throw blockedError();
      if (all.size + coming.size >= deps.mostTorrents) throw full(deps.mostTorrents);
      const adding = bring(infoHash, request).finally(() => coming.delete(infoHash));
      coming.set(infoHash, adding);
      return adding;
    },
    async remove(infoHash, { data }) {
      const one = all.get(infoHash);
      if (one) await drop(one, { data, why: new LsdError('not-found', 'This torrent was removed.') });
      return one !== undefined;
    },
    listens(there) {
      port = there ?? port;
      trouble =
        there === null ? { reason: 'port-in-use', message: `Port ${port} is in use by another program.` } : null;
      if (!trouble) for (const one of all.values()) one.begin();
    },
    restore: (infoHash, kept) => put(make(infoHash, kept)),
    receive: message => all.get(message.name.infoHash)?.receive(message),
    onTraffic(of) {
      for (const one of all.values()) {
        one.onTraffic(of({ client, infoHash: one.infoHash }));
        telling.look(one.status());
      }
    },
    restart() {
      if (!trouble) for (const one of all.values()) one.restart();
    },
    review() {
      if (!trouble) for (const one of all.values()) one.begin();
    },
    blocked(infoHash) {
      const one = [...all.values()].find(each => each.infoHash === infoHash);
      if (one) void drop(one, { data: false, why: blockedError() });
    },
    async end(why) {
      await Promise.allSettled(coming.values());
      await Promise.all([...all.values()].map(one => one.end({ data: false, why })));
    },
  };
}

function hashOf(torrent: SaveRequest['torrent']): InfoHash {
  const hash = 'file' in torrent ? parseInfoHash(infoHashOf(torrent.file.info)) : torrent.source.infoHash;
  if (!hash) throw new Error('a SHA-1 is no hash');
  return hash;
}

function ofSource(source: TorrentSource): Pick<Kept, 'file' | 'peers' | 'sources'> {
  return { file: fileOfSource(source), peers: source.peers, sources: source.exactSources ?? [] };
}

function full(most: number): LsdError {
  return new LsdError('quota', `A session holds ${most} torrents at most: remove one first.`);
}
