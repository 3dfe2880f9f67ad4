/** One torrent that a gateway holds: its description, which of its pieces are here, and where it is met. */

import type { LsdError } from '../../../shared/errors.ts';
import type { InfoHash } from '../../../shared/id.ts';
import type { Description, HeldState, PieceState, TorrentSource } from '../../core/held-torrents.ts';
import { fileOfSource, type MetainfoFile, mergeMetainfo } from '../../core/metainfo-file.ts';
import type { Log } from '../../core/ports.ts';
import { createBell } from '../bell.ts';
import { describe } from '../description.ts';
import type { HoldStore, Places, ToEngine, TorrentName, Traffic } from '../engine/link.ts';
import { type Arrival, createArrival } from '../fetching/arrival.ts';
import { askedSources, readSource } from '../meeting/exact-source.ts';
import { mergeMeetings } from '../meeting/meeting.ts';
import { type Metainfo, parseInfo } from '../metainfo.ts';
import type { MetainfoStore } from '../metainfo-store.ts';
import type { KeptPieces } from '../pieces/kept-pieces.ts';
import { pieceHash } from '../pieces/pieces-folder.ts';
import { openPart } from './torrent-content.ts';

const HERE: PieceState = { isHere: true, isPartial: false, wanted: 'no' };

export interface HeldOneDeps {
  name: TorrentName;
  store: HoldStore;
  keep(metainfo: Metainfo, onLost: (piece: number) => void): KeptPieces;
  stored: Pick<MetainfoStore, 'read' | 'write'>;
  log: Log;
  userTrackers: string[];
  serve: boolean;
  lan: boolean;
  send(message: ToEngine): void;
  remove(name: TorrentName): Promise<void>;
  /** The person paused everything: the engine gets nothing. */
  isPaused(): boolean;
}

/** `asking` → `known` → `gone`; from each it may go. */
type State =
  | { is: 'asking' }
  | { is: 'known'; metainfo: Metainfo; description: Description; arrival: Arrival; kept: KeptPieces }
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
  /** Everything is paused, or no longer. */
  pauseChanged(): void;
  end(why: LsdError): void;
  description(signal: AbortSignal): Promise<Description>;
  known(): Description | undefined;
  open: (part: { offset: number; length: number }) => ReturnType<typeof openPart>;
  metainfo(): MetainfoFile;
  piece(piece: number): PieceState;
  onPiece(listener: (piece: number) => void): () => void;
  verify(signal: AbortSignal): Promise<void>;
  /** of all its pieces, where they lie in the cache */
  hashes(): string[];
  /** Is one of its pieces of this hash? */
  names(hash: string): boolean;
  state(): HeldState;
  /** hashes of pieces that are read, or about to be */
  inUse(): string[];
  onDescribed(info: Uint8Array): void;
  /** A `.torrent` file that may be of it came from a place that its magnet link names. */
  onSourced(torrent: Uint8Array): void;
  onFound(pieces: number[]): void;
  onVerified(pieces: number[]): void;
  /** They are not what their hashes say, as far as the engine sees. */
  onWrong(pieces: number[]): void;
  /** Pieces of this hash are there no longer. */
  onLost(hash: string): void;
  onTraffic(traffic: Traffic | undefined): void;
}

export function createHeldOne(deps: HeldOneDeps, first: TorrentSource): HeldOne {
  const { name } = deps;
  const bell = createBell();
  let state: State = { is: 'asking' };
  let file: MetainfoFile = fileOfSource(first);
  let peers = first.peers;
  let sources = new Set(first.exactSources);
  /** of those the engine was asked to look at */
  const asked = new Set<string>();
  /** Resolves when the engine has let go of it. */
  let left: Promise<void> = Promise.resolve();
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
    const kept = deps.keep(metainfo, piece => lose([piece]));
    // What was kept before is here, whatever the engine has seen of it yet.
    arrival.mark(Array.from({ length: metainfo.pieceCount }, (_, piece) => piece).filter(kept.has));
    state = { is: 'known', metainfo, description: describe(metainfo), arrival, kept };
    bell.ring();
  }

  function give(): void {
    if (state.is === 'gone' || deps.isPaused()) return;
    const info = state.is === 'known' ? state.metainfo.info : null;
    const content = { kind: 'hold', info, store: deps.store, serve: deps.serve } as const;
    deps.send({ type: 'add', order: { ...name, places: places(), content } });
    asked.clear();
    askSources();
  }

  function askSources(): void {
    if (state.is !== 'asking' || deps.isPaused()) return;
    for (const at of askedSources(sources)) {
      if (!asked.has(at)) deps.send({ type: 'source', name, place: { at, lan: deps.lan } });
      asked.add(at);
    }
  }

  /** Gives it to the engine once more, with what is known by now. */
  function giveAnew(): void {
    left = deps.remove(name);
    void left.then(give);
  }

  async function takeOver(next: MetainfoFile): Promise<void> {
    await recalled;
    const wasAsking = state.is === 'asking';
    file = mergeMetainfo(file, next);
    if (wasAsking && next.info) learn(next.info);
    await deps.stored.write(name.infoHash, file);
    if (wasAsking && next.info) giveAnew();
    else if (state.is !== 'gone') deps.send({ type: 'meet', name, places: places() });
  }

  function lose(pieces: readonly number[]): void {
    if (state.is !== 'known' || pieces.length === 0) return;
    state.arrival.unmark(pieces);
    deps.send({ type: 'lost', name, pieces: [...pieces] });
    tell(pieces);
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
      file = mergeMetainfo(file, fileOfSource(source));
      peers = [...new Set([...peers, ...source.peers])];
      sources = new Set([...sources, ...(source.exactSources ?? [])]);
      askSources();
      if (JSON.stringify(places()) !== before) deps.send({ type: 'meet', name, places: places() });
    },
    describe: takeOver,
    begin() {
      void recalled.then(stored => {
        if (state.is === 'asking') {
          file = mergeMetainfo(stored, file);
          if (file.info) learn(file.info);
        }
        give();
      });
    },
    pauseChanged() {
      if (deps.isPaused()) left = deps.remove(name);
      else void Promise.all([left, recalled]).then(give);
    },
    end(why) {
      const arrival = state.is === 'known' ? state.arrival : undefined;
      if (state.is === 'known') void state.kept.close();
      state = { is: 'gone', why };
      arrival?.end();
      bell.ring();
      dropped.abort(why);
    },
    metainfo: () => file,
    piece(piece) {
      // What is kept from before is known here sooner than the engine tells of it.
      if (state.is === 'known' && (state.arrival.has(piece) || state.kept.has(piece))) return HERE;
      return { isHere: false, isPartial: traffic?.begun?.includes(piece) ?? false, wanted: wantedFor(piece) };
    },
    onPiece(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async verify(signal) {
      if (state.is !== 'known') return;
      const { kept, metainfo } = state;
      for (let piece = 0; piece < metainfo.pieceCount; piece++) {
        signal.throwIfAborted();
        await kept.verify(piece);
      }
    },
    hashes() {
      if (state.is !== 'known' || deps.store.kind !== 'pieces') return [];
      const { hashes, pieceCount } = state.metainfo;
      return Array.from({ length: pieceCount }, (_, piece) => pieceHash(hashes, piece));
    },
    names: hash => state.is === 'known' && deps.store.kind === 'pieces' && piecesOf(hash, state.metainfo).length > 0,
    description: known,
    known: () => (state.is === 'known' ? state.description : undefined),
    open(part) {
      if (state.is !== 'known') throw new Error('the torrent is not described');
      const { metainfo, arrival, kept } = state;
      return openPart({ pieceLength: metainfo.pieceLength, arrival, assertThere }, kept, part);
    },
    state: () => ({
      infoHash: name.infoHash,
      description: state.is === 'known' ? state.description : null,
      progress: state.is === 'known' ? state.arrival.verifiedBytes / state.metainfo.length : 0,
      peers: traffic?.peers ?? 0,
      rates: { down: traffic?.down ?? 0, up: traffic?.up ?? 0 },
      moved: { down: traffic?.downloaded ?? 0, up: traffic?.uploaded ?? 0 },
    }),
    inUse() {
      if (state.is !== 'known' || deps.store.kind !== 'pieces') return [];
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
    onSourced(torrent) {
      if (state.is !== 'asking') return;
      const quiet = (error: unknown) => deps.log.debug('source-refused', { error });
      try {
        takeOver(readSource(torrent, name.infoHash)).catch(quiet);
      } catch (thrown) {
        quiet(thrown);
      }
    },
    onFound(pieces) {
      if (state.is === 'known') state.arrival.mark(pieces);
      tell(pieces);
    },
    onVerified(pieces) {
      if (state.is !== 'known') return;
      for (const piece of pieces) state.kept.wrote(piece);
      state.arrival.mark(pieces);
      tell(pieces);
    },
    onWrong(pieces) {
      if (state.is !== 'known') return;
      for (const piece of pieces) void state.kept.verify(piece);
    },
    onLost(hash) {
      if (state.is !== 'known' || deps.store.kind !== 'pieces') return;
      lose(piecesOf(hash, state.metainfo));
    },
    onTraffic(next) {
      traffic = next;
    },
  };
}
