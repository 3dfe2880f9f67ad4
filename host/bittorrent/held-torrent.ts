/** One torrent that a gateway holds: its description, which of its pieces are here, and where it is met. */

import type { LsdError } from '../../shared/errors.ts';
import type { InfoHash } from '../../shared/id.ts';
import type { Description, HeldState, PieceState, TorrentSource } from '../core/held-torrents.ts';
import { type MetainfoFile, mergeMetainfo, NO_METAINFO } from '../core/metainfo-file.ts';
import type { Log } from '../core/ports.ts';
import { type Arrival, createArrival } from './arrival.ts';
import { createBell } from './bell.ts';
import { describe } from './description.ts';
import { openHeld } from './held-content.ts';
import type { Places, ToEngine, TorrentName, Traffic } from './link.ts';
import { mergeMeetings } from './meeting.ts';
import { type Metainfo, parseInfo } from './metainfo.ts';
import type { MetainfoStore } from './metainfo-store.ts';
import type { PieceCache } from './piece-cache.ts';
import { pieceHash } from './pieces-folder.ts';

export interface HeldOneDeps {
  name: TorrentName;
  cache: PieceCache;
  stored: MetainfoStore;
  log: Log;
  userTrackers: string[];
  serve: boolean;
  lan: boolean;
  send(message: ToEngine): void;
  remove(name: TorrentName): Promise<void>;
}

/** `asking` → `known` → `gone`; from each it may go. */
type State =
  | { is: 'asking' }
  | { is: 'known'; metainfo: Metainfo; description: Description; arrival: Arrival }
  | { is: 'gone'; why: LsdError };

export interface HeldOne {
  readonly infoHash: InfoHash;
  readonly dropped: AbortSignal;
  /** Takes over more places to meet. */
  meet(source: TorrentSource): void;
  /** Takes over what a file says, and keeps it. */
  describe(file: MetainfoFile): Promise<void>;
  /** Gives it to the engine, or to another that knows nothing. */
  begin(): void;
  end(why: LsdError): void;
  description(signal: AbortSignal): Promise<Description>;
  known(): Description | undefined;
  open: (part: { offset: number; length: number }) => ReturnType<typeof openHeld>;
  metainfo(): MetainfoFile;
  piece(piece: number): PieceState;
  onPiece(listener: (piece: number) => void): () => void;
  verify(signal: AbortSignal): Promise<void>;
  /** of all its pieces */
  hashes(): string[];
  /** Is one of its pieces of this hash? */
  names(hash: string): boolean;
  state(): HeldState;
  /** hashes of pieces that are read, or about to be */
  inUse(): string[];
  onDescribed(info: Uint8Array): void;
  onFound(pieces: number[]): void;
  onVerified(pieces: number[]): void;
  /** Pieces of this hash are there no longer. */
  onLost(hash: string): void;
  onTraffic(traffic: Traffic | undefined): void;
}

export function createHeldOne(deps: HeldOneDeps, first: TorrentSource): HeldOne {
  const { name, cache } = deps;
  const bell = createBell();
  let state: State = { is: 'asking' };
  let file: MetainfoFile = fileOf(first);
  let peers = first.peers;
  /** what was stored of it is read before it begins */
  const recalled = deps.stored.read(name.infoHash);
  const dropped = new AbortController();
  const listeners = new Set<(piece: number) => void>();
  let traffic: Traffic | undefined;
  /** which pieces a hash stands for, once one was lost */
  let byHash: Map<string, number[]> | undefined;

  const places = (): Places => {
    const { lan } = deps;
    const { trackers, webseeds } = file;
    const meeting = { by: name.client, trackers: trackers.flat(), webseeds, peers, stun: [], lan };
    return mergeMeetings([{ ...meeting, reach: 'public' }], deps.userTrackers);
  };

  function assertThere(): void {
    if (state.is === 'gone') throw state.why;
  }

  async function known(signal: AbortSignal): Promise<Description> {
    while (state.is === 'asking') await bell.heard(signal);
    assertThere();
    return described();
  }

  function described(): Description {
    if (state.is !== 'known') throw new Error('the torrent is not described');
    return state.description;
  }

  /** The info dictionary is known; throws what parseInfo throws. */
  function learn(info: Uint8Array): void {
    const metainfo = parseInfo(info);
    const focus = (windows: { first: number; last: number }[]) => deps.send({ type: 'focus', name, windows });
    const arrival = createArrival(metainfo, { offset: 0, length: metainfo.length }, focus);
    state = { is: 'known', metainfo, description: describe(metainfo), arrival };
    bell.ring();
  }

  function give(): void {
    if (state.is === 'gone') return;
    const info = state.is === 'known' ? state.metainfo.info : null;
    const content = { kind: 'hold', info, folder: cache.folder, serve: deps.serve } as const;
    deps.send({ type: 'add', order: { ...name, places: places(), content } });
  }

  function tell(pieces: readonly number[]): void {
    for (const piece of pieces) for (const listener of listeners) listener(piece);
  }

  function wantedFor(piece: number): PieceState['wanted'] {
    const windows = state.is === 'known' ? state.arrival.placed() : [];
    const within = windows.filter(window => window.first <= piece && piece <= window.last);
    if (within.length === 0) return 'no';
    if (within.some(window => window.first === piece)) return 'now';
    return within.some(window => window.first + 1 === piece) ? 'next' : 'ahead';
  }

  function allPieces(): { hash: string; bytes: number }[] {
    if (state.is !== 'known') return [];
    const { hashes, length, pieceLength, pieceCount } = state.metainfo;
    return Array.from({ length: pieceCount }, (_, piece) => ({
      hash: pieceHash(hashes, piece),
      bytes: Math.min(pieceLength, length - piece * pieceLength),
    }));
  }

  function piecesOf(hash: string, { hashes, pieceCount }: Metainfo): number[] {
    if (!byHash) {
      byHash = new Map();
      for (let piece = 0; piece < pieceCount; piece++) {
        const key = pieceHash(hashes, piece);
        byHash.set(key, [...(byHash.get(key) ?? []), piece]);
      }
    }
    return byHash.get(hash) ?? [];
  }

  return {
    infoHash: name.infoHash,
    dropped: dropped.signal,
    meet(source) {
      const before = JSON.stringify(places());
      file = mergeMetainfo(file, fileOf(source));
      peers = [...new Set([...peers, ...source.peers])];
      if (JSON.stringify(places()) !== before) deps.send({ type: 'meet', name, places: places() });
    },
    async describe(next) {
      await recalled;
      const wasAsking = state.is === 'asking';
      file = mergeMetainfo(file, next);
      if (wasAsking && next.info) learn(next.info);
      await deps.stored.write(name.infoHash, file);
      if (!wasAsking || !next.info) deps.send({ type: 'meet', name, places: places() });
      else await deps.remove(name).then(give);
    },
    begin() {
      void recalled.then(stored => {
        if (state.is === 'asking') {
          file = mergeMetainfo(stored, file);
          if (file.info) learn(file.info);
        }
        give();
      });
    },
    end(why) {
      const arrival = state.is === 'known' ? state.arrival : undefined;
      state = { is: 'gone', why };
      arrival?.end();
      bell.ring();
      dropped.abort(why);
    },
    metainfo: () => file,
    piece: piece => ({ isHere: state.is === 'known' && state.arrival.has(piece), wanted: wantedFor(piece) }),
    onPiece(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async verify(signal) {
      for (const { hash, bytes } of allPieces()) {
        signal.throwIfAborted();
        await cache.verify(hash, bytes);
      }
    },
    hashes: () => allPieces().map(({ hash }) => hash),
    names: hash => state.is === 'known' && piecesOf(hash, state.metainfo).length > 0,
    description: known,
    known: () => (state.is === 'known' ? state.description : undefined),
    open(part) {
      if (state.is !== 'known') throw new Error('the torrent is not described');
      const { metainfo, arrival } = state;
      const { pieceLength, length } = metainfo;
      const hashOf = (piece: number) => pieceHash(metainfo.hashes, piece);
      return openHeld({ pieceLength, length, arrival, hashOf, assertThere }, cache, part);
    },
    state: () => ({
      infoHash: name.infoHash,
      description: state.is === 'known' ? state.description : null,
      progress: state.is === 'known' ? state.arrival.verifiedBytes / state.metainfo.length : 0,
      peers: traffic?.peers ?? 0,
      rates: { down: traffic?.down ?? 0, up: traffic?.up ?? 0 },
    }),
    inUse() {
      if (state.is !== 'known') return [];
      const { hashes } = state.metainfo;
      return state.arrival
        .placed()
        .flatMap(({ first: from, last }) =>
          Array.from({ length: last - from + 1 }, (_, at) => pieceHash(hashes, from + at)),
        );
    },
    onDescribed(info) {
      // Until now the engine could not heed where readers are.
      if (state.is === 'known') state.arrival.tellAgain();
      if (state.is !== 'asking') return;
      learn(info);
      file = { ...file, info };
      deps.stored.write(name.infoHash, file).catch((error: unknown) => deps.log.warn('metainfo-not-kept', { error }));
    },
    onFound(pieces) {
      if (state.is === 'known') state.arrival.mark(pieces);
      tell(pieces);
    },
    onVerified(pieces) {
      if (state.is !== 'known') return;
      const { hashes, length, pieceLength } = state.metainfo;
      for (const piece of pieces) {
        cache.wrote(pieceHash(hashes, piece), Math.min(pieceLength, length - piece * pieceLength));
      }
      state.arrival.mark(pieces);
      tell(pieces);
    },
    onLost(hash) {
      if (state.is !== 'known') return;
      const pieces = piecesOf(hash, state.metainfo);
      if (pieces.length === 0) return;
      state.arrival.unmark(pieces);
      deps.send({ type: 'lost', name, pieces });
      tell(pieces);
    },
    onTraffic(next) {
      traffic = next;
    },
  };
}

function fileOf({ trackers, webseeds }: TorrentSource): MetainfoFile {
  // A magnet link names no tiers: each tracker is one.
  return { ...NO_METAINFO, trackers: trackers.map(each => [each]), webseeds };
}
