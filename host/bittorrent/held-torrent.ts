/** One torrent that a gateway holds: its description, which of its pieces are here, and where it is met. */

import type { LsdError } from '../../shared/errors.ts';
import type { InfoHash } from '../../shared/id.ts';
import type { Description, HeldState, TorrentSource } from '../core/held-torrents.ts';
import { type Arrival, createArrival } from './arrival.ts';
import { createBell } from './bell.ts';
import { describe } from './description.ts';
import { openHeld } from './held-content.ts';
import type { Places, ToEngine, TorrentName, Traffic } from './link.ts';
import { mergeMeetings } from './meeting.ts';
import { type Metainfo, parseInfo } from './metainfo.ts';
import type { PieceCache } from './piece-cache.ts';
import { pieceHash } from './pieces-folder.ts';

export interface HeldOneDeps {
  name: TorrentName;
  cache: PieceCache;
  userTrackers: string[];
  serve: boolean;
  lan: boolean;
  send(message: ToEngine): void;
}

/** `asking` → `known` → `gone`; from each it may go. */
type State =
  | { is: 'asking' }
  | { is: 'known'; metainfo: Metainfo; description: Description; arrival: Arrival }
  | { is: 'gone'; why: LsdError };

export interface HeldOne {
  readonly infoHash: InfoHash;
  readonly sources: Omit<TorrentSource, 'infoHash'>;
  /** Takes over more places to meet. */
  meet(source: TorrentSource): void;
  /** Gives it to the engine, or to another that knows nothing. */
  begin(): void;
  end(why: LsdError): void;
  description(signal: AbortSignal): Promise<Description>;
  known(): Description | undefined;
  open: (part: { offset: number; length: number }) => ReturnType<typeof openHeld>;
  has(piece: number): boolean;
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
  let sources: HeldOne['sources'] = merged({ trackers: [], webseeds: [], peers: [] }, first);
  let traffic: Traffic | undefined;
  /** which pieces a hash stands for, once one was lost */
  let byHash: Map<string, number[]> | undefined;

  const places = (): Places => {
    const { lan } = deps;
    return mergeMeetings([{ by: name.client, ...sources, stun: [], reach: 'public', lan }], deps.userTrackers);
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
    get sources() {
      return sources;
    },
    meet(source) {
      const before = JSON.stringify(sources);
      sources = merged(sources, source);
      if (JSON.stringify(sources) !== before) deps.send({ type: 'meet', name, places: places() });
    },
    begin() {
      const info = state.is === 'known' ? state.metainfo.info : null;
      const content = { kind: 'hold', info, folder: cache.folder, serve: deps.serve } as const;
      deps.send({ type: 'add', order: { ...name, places: places(), content } });
    },
    end(why) {
      const arrival = state.is === 'known' ? state.arrival : undefined;
      state = { is: 'gone', why };
      arrival?.end();
      bell.ring();
    },
    description: known,
    known: () => (state.is === 'known' ? state.description : undefined),
    open(part) {
      if (state.is !== 'known') throw new Error('the torrent is not described');
      const { metainfo, arrival } = state;
      const { pieceLength, length } = metainfo;
      const hashOf = (piece: number) => pieceHash(metainfo.hashes, piece);
      return openHeld({ pieceLength, length, arrival, hashOf, assertThere }, cache, part);
    },
    has: piece => state.is === 'known' && state.arrival.has(piece),
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
      if (state.is !== 'asking') return;
      const metainfo = parseInfo(info);
      const focus = (windows: { first: number; last: number }[]) => deps.send({ type: 'focus', name, windows });
      const arrival = createArrival(metainfo, { offset: 0, length: metainfo.length }, focus);
      state = { is: 'known', metainfo, description: describe(metainfo), arrival };
      bell.ring();
    },
    onFound(pieces) {
      if (state.is === 'known') state.arrival.mark(pieces);
    },
    onVerified(pieces) {
      if (state.is !== 'known') return;
      const { hashes, length, pieceLength } = state.metainfo;
      for (const piece of pieces) {
        cache.wrote(pieceHash(hashes, piece), Math.min(pieceLength, length - piece * pieceLength));
      }
      state.arrival.mark(pieces);
    },
    onLost(hash) {
      if (state.is !== 'known') return;
      const pieces = piecesOf(hash, state.metainfo);
      if (pieces.length === 0) return;
      state.arrival.unmark(pieces);
      deps.send({ type: 'lost', name, pieces });
    },
    onTraffic(next) {
      traffic = next;
    },
  };
}

function merged(before: HeldOne['sources'], next: TorrentSource): HeldOne['sources'] {
  const all = (a: string[], b: string[]) => [...new Set([...a, ...b])];
  return {
    trackers: all(before.trackers, next.trackers),
    webseeds: all(before.webseeds, next.webseeds),
    peers: all(before.peers, next.peers),
  };
}
