/** All sessions: they are made and removed, kept for the next start, and handed what the engine tells of their torrents. */

import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { VERSION } from '../../../shared/protocol.ts';
import type { DownloadQueue } from '../../core/download-queue.ts';
import type { Events } from '../../core/events.ts';
import type { Log } from '../../core/ports.ts';
import type { Blocklist } from '../../core/preferences.ts';
import type { SessionEvent, SessionsOptions, TorrentSessions } from '../../core/torrent-sessions.ts';
import { isInside, pathBelow } from '../../platform/below-root.ts';
import type { ClientName, FromEngine, TorrentName, Traffic } from '../engine/link.ts';
import { ALL_METAINFO, openMetainfoStore } from '../metainfo-store.ts';
import { makePeerId } from '../peers/peer-id.ts';
import type { FilesPlace } from '../pieces/files-folder.ts';
import type { PeerPorts } from '../reach/ports.ts';
import { collide } from './saved-disk.ts';
import type { SavedDeps, SavedOne } from './saved-one.ts';
import { keepSavedQueue } from './saved-queue.ts';
import { createSession, type SessionOne } from './session.ts';
import { openSessionRecords, type SessionRecord } from './session-records.ts';

export interface SessionsDeps
  extends Pick<SavedDeps, 'userTrackers' | 'clock' | 'send' | 'remove' | 'inspect' | 'paused' | 'limits' | 'room'> {
  queue: DownloadQueue;
  events: Pick<Events, 'on'>;
  ports: Pick<PeerPorts, 'session' | 'shut'>;
  blocklist: Pick<Blocklist, 'has'>;
  log: Log;
}

/** As the torrents room drives them. */
export interface Sessions extends TorrentSessions {
  /** What is kept from the last run goes on: the engine's messages reach `receive` from now on. */
  begin(): Promise<void>;
  /** True: it was for one of them. */
  receive(message: FromEngine): boolean;
  onTraffic(of: (name: TorrentName) => Traffic | undefined): void;
  restart(): void;
  /** Everything is paused, or no longer, or limits are others. */
  review(): void;
  /** May peers have this torrent? Of clients that are no session's, too. */
  mayGive(name: TorrentName): boolean;
}

/** until a port is tried again that another program has */
const RETRY_MS = 5_000;

export async function openSessions(deps: SessionsDeps, options: SessionsOptions): Promise<Sessions> {
  const { ports, send, log } = deps;
  const rootOf = await openRoots(options);
  const records = await openSessionRecords(options.folder, log);
  const metainfo = await openMetainfoStore(join(options.folder, 'torrents'), ALL_METAINFO);
  const all = new Map<string, SessionOne>();
  const byClient = new Map<ClientName, SessionOne>();
  const listeners = new Set<(event: SessionEvent) => void>();
  /** kept, and not to be had now */
  const unrestored: { id: string; torrent: SessionRecord['torrents'][number] }[] = [];
  let retry: NodeJS.Timeout | undefined;
  /** being made: each has its place already */
  let coming = 0;
  let isClosed = false;
  const everyOne = () => [...all.values()].flatMap(session => [...session.all.values()]);
  const seat = keepSavedQueue({ ...deps, all: everyOne });

  const tell = (event: SessionEvent) => {
    for (const listener of listeners) listener(event);
  };

  async function place(savePath: string): Promise<FilesPlace> {
    const { asked, real } = rootOf(savePath);
    await mkdir(asked, { recursive: true });
    return { root: real, folder: await pathBelow(asked, savePath) };
  }

  function claim(one: SavedOne, { place, layout }: Pick<SavedOne, 'place' | 'layout'> = one): void {
    if (!layout) return;
    for (const session of all.values()) {
      for (const other of session.all.values()) {
        const theirs = other !== one && other.isClaimed ? other.layout : undefined;
        if (theirs && collide({ place, layout }, { place: other.place, layout: theirs })) throw taken();
      }
    }
  }

  function make(id: string, port: number, memoryOnly: boolean): SessionOne {
    const session: SessionOne = createSession(
      {
        ...deps,
        client: `session-${id}`,
        id,
        seat,
        memoryOnly,
        lan: options.lan,
        mostTorrents: options.torrents,
        place,
        claim,
        flush: records.flush,
        isBlocked: infoHash => deps.blocklist.has(infoHash),
        tell,
        onKept: (one, what) => keep(session, one, what),
      },
      port,
    );
    all.set(id, session);
    byClient.set(session.client, session);
    return session;
  }

  // ------------------------------------------------------------------ for the next start

  function keep(session: SessionOne, one: SavedOne, what: 'order' | 'file' | 'resume'): void {
    if (session.memoryOnly || one.order.memoryOnly) return;
    const name = resumeName(session, one);
    if (what === 'file')
      metainfo.write(one.infoHash, one.file).catch((error: unknown) => log.warn('metainfo-not-kept', { error }));
    const isThere = session.all.get(one.infoHash) === one;
    if (!isThere) forget(one);
    if (what === 'resume' || !isThere) void records.writeResume(name, isThere ? one.resume : null);
    if (what !== 'resume') keepAll();
  }

  /** Its `.torrent` goes with the last that has it. */
  function forget({ infoHash }: SavedOne): void {
    const isElsewhere = [...all.values()].some(session => session.all.has(infoHash));
    if (!isElsewhere) void metainfo.remove(infoHash);
  }

  function keepAll(): void {
    records.write(() =>
      [...all.values()]
        .filter(({ memoryOnly }) => !memoryOnly)
        .map(session => {
          const missing = unrestored.filter(({ id }) => id === session.id).map(({ torrent }) => torrent);
          const here = recordOf(session);
          return { ...here, torrents: [...here.torrents, ...missing.filter(each => !session.all.has(each.infoHash))] };
        }),
    );
  }

  async function restore({ id, torrents, ...record }: SessionRecord): Promise<void> {
    const session = make(id, record.port, false);
    for (const { infoHash, peers, sources, giving, ...kept } of torrents) {
      try {
        const file = await metainfo.read(infoHash);
        const resume = await records.readResume(resumeName(session, { infoHash }));
        const order = { ...kept, memoryOnly: false };
        session.restore(infoHash, { order, place: await place(kept.savePath), file, peers, sources, resume, giving });
      } catch (error) {
        // Its files, or a link on the way to them, may be there again the next time.
        log.error('torrent-not-restored', { infoHash, error });
        unrestored.push({ id, torrent: { infoHash, peers, sources, giving, ...kept } });
      }
    }
  }

  /** Where its port is another program's, it is tried again. */
  async function listen(session: SessionOne): Promise<void> {
    const port = await portOf(session);
    if (port !== null) opened(session, port);
    session.listens(port);
    if (port !== null) return;
    log.warn('session-port-taken', { port: session.port });
    retry ??= setTimeout(listenAgain, RETRY_MS).unref();
  }

  async function portOf({ client, port }: SessionOne): Promise<number | null> {
    const wanted = options.port || port;
    const there = await ports.session(client, wanted, wanted);
    return there === null && options.port === 0 ? ports.session(client, 0, 0) : there;
  }

  function listenAgain(): void {
    retry = undefined;
    for (const session of all.values()) if (session.trouble) void listen(session);
  }

  function opened({ client, id }: SessionOne, port: number): void {
    send({ type: 'open', client, port, peerId: id });
  }

  for (const record of await records.read()) await restore(record);

  async function create({ first, last, memoryOnly }: Parameters<TorrentSessions['create']>[0]): Promise<SessionOne> {
    const id = makePeerId(VERSION);
    const port = await ports.session(`session-${id}`, first, last);
    if (port === null) throw portsTaken(first, last);
    const session = make(id, port, memoryOnly);
    opened(session, port);
    if (!memoryOnly) keepAll();
    return session;
  }

  async function remove(session: SessionOne): Promise<void> {
    all.delete(session.id);
    const { client } = session;
    await session.end(new LsdError('not-found', 'This session was removed.'));
    for (const one of session.all.values()) {
      void records.writeResume(resumeName(session, one), null);
      forget(one);
      tell({ event: 'torrent_removed', status: one.status() });
    }
    byClient.delete(client);
    ports.shut(client);
    send({ type: 'shut', client });
    keepAll();
  }

  const stopListening = deps.events.on('blocklist.changed', ({ hash }) => {
    if (deps.blocklist.has(hash)) for (const session of all.values()) session.blocked(hash);
  });

  return {
    async begin() {
      for (const session of all.values()) await listen(session);
    },
    list: () => [...all.values()],
    get: id => all.get(id.toLowerCase()),
    async create(wish) {
      if (all.size + coming >= options.sessions) throw full(options.sessions);
      coming++;
      try {
        return await create(wish);
      } finally {
        coming--;
      }
    },
    async remove(id) {
      const session = all.get(id.toLowerCase());
      if (session) await remove(session);
      return session !== undefined;
    },
    on(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    receive(message) {
      if (!('name' in message)) return false;
      const session = byClient.get(message.name.client);
      session?.receive(message);
      return session !== undefined;
    },
    onTraffic(of) {
      for (const session of all.values()) session.onTraffic(of);
    },
    restart() {
      for (const session of all.values()) session.restart();
    },
    review() {
      for (const session of all.values()) session.review();
    },
    mayGive(name) {
      const session = byClient.get(name.client);
      return !session || session.all.get(name.infoHash)?.isOpen === true;
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      stopListening();
      clearTimeout(retry);
      const why = new LsdError('aborted', 'Lets Share Data is about to end.');
      await Promise.all([...all.values()].map(session => session.end(why)));
      seat.close();
      for (const { client } of all.values()) {
        byClient.delete(client);
        ports.shut(client);
        send({ type: 'shut', client });
      }
      await records.flush();
    },
  };
}

/** The folders that may be written to: which of them a path lies in. What lies in none is looked for in the first. */
async function openRoots({ root, moreRoots = [] }: SessionsOptions) {
  const roots: { asked: string; real: string }[] = [];
  for (const asked of [root, ...moreRoots]) {
    await mkdir(asked, { recursive: true });
    roots.push({ asked, real: await realpath(asked) });
  }
  return (savePath: string): { asked: string; real: string } => {
    const found = roots.find(({ asked, real }) => isInside(asked, savePath) || isInside(real, savePath)) ?? roots[0];
    if (!found) throw new Error('sessions have a root');
    return found;
  };
}

function resumeName({ id }: Pick<SessionOne, 'id'>, { infoHash }: { infoHash: string }): string {
  return `${id}-${infoHash}`;
}

function recordOf(session: SessionOne): SessionRecord {
  const torrents = [...session.all.values()]
    .filter(({ order }) => !order.memoryOnly)
    .map(({ infoHash, order, peerAddresses, sources, giving }) => {
      const { memoryOnly: _, ...kept } = order;
      return { infoHash, ...kept, peers: peerAddresses, sources, giving };
    });
  return { id: session.id, port: session.port, torrents };
}

function taken(): LsdError {
  return new LsdError(
    'invalid',
    'Another torrent writes to one of the files that this one would: choose another save_path.',
    { params: { reason: 'name-taken' } },
  );
}

function portsTaken(first: number, last: number): LsdError {
  const named = first === last ? `Port ${first}` : `Each port from ${first} to ${last}`;
  return new LsdError('invalid', `${named} cannot be had: the address is in use. Choose another.`, {
    params: { reason: 'port-in-use' },
  });
}

function full(most: number): LsdError {
  return new LsdError(
    'quota',
    `There are ${most} sessions already, the most that may be (--resttorrent-sessions): delete one first.`,
  );
}
