/** What the daemon and its engine, a process of its own, say to each other. Bytes of files never cross: both read the disk. */

import type { Socket } from 'node:net';
import type { Limits } from '../../../shared/control-methods.ts';
import type { InfoHash } from '../../../shared/id.ts';
import type { GatewayName } from '../../core/held-torrents.ts';
import type { FileStamp } from '../../core/ports.ts';
import type { AddressRanges } from '../../core/preferences.ts';
import type { DhtOptions } from '../meeting/dht.ts';
import type { FilesPlace } from '../pieces/files-folder.ts';
import type { Introduction } from '../reach/door.ts';
import type { EngineView } from './torrent-view.ts';

/** A tracker, web seed or peer; `lan`: the meeting that named it may reach private addresses. */
export interface Place {
  at: string;
  lan: boolean;
}

/** The meetings of a torrent, merged. */
export interface Places {
  trackers: Place[];
  webseeds: Place[];
  peers: Place[];
  stun: Place[];
  reach: 'site' | 'public';
  /** on whose account it moves: the sites that want it now */
  by: string[];
  /** peers of the DHT and of PEX, which no meeting named, may be private too */
  lan: boolean;
}

/** Serve a held file in place. */
export interface SeedContent {
  kind: 'seed';
  info: Uint8Array;
  fileIndex: number;
  path: string;
  stamp: FileStamp;
}

/** Bring one file of a torrent into the folder of partial files. */
export interface FetchContent {
  kind: 'fetch';
  /** null: peers are asked for it */
  info: Uint8Array | null;
  /** bytes; null when the site did not say */
  size: number | null;
  /** which of the torrent's files of that size: the first, or a later one after the SHA-1 of the others was wrong */
  candidate: number;
  /** the path of its files without their endings (`.part`, …) */
  base: string;
}

/** Where the pieces of a held torrent go: each a file of its own in a folder that torrents share, or into its own files. */
export type HoldStore = { kind: 'pieces'; folder: string } | FilesStore;

export interface FilesStore {
  kind: 'files';
  place: FilesPlace;
  /** path of what says which pieces are there */
  record: string;
}

/** Bring whatever pieces readers want. */
export interface HoldContent {
  kind: 'hold';
  /** null: peers are asked for it */
  info: Uint8Array | null;
  store: HoldStore;
  /** give peers what is there */
  serve: boolean;
}

/** Bring the wanted files of a torrent to their places below a folder, and serve what is there. */
export interface SaveContent {
  kind: 'save';
  /** null: peers are asked for it */
  info: Uint8Array | null;
  place: FilesPlace;
  /** instead of the torrent's own; null: that */
  saveName: string | null;
  wants: Wants;
  resume: Resume | null;
}

/** What is to be fetched without a reader. */
export interface Wants {
  /** pieces, first and last inclusive, in order */
  pieces: { first: number; last: number }[];
  /** those of them that come before the others */
  high: { first: number; last: number }[];
  /** indexes of wanted files, without padding; null: all. Those that are empty are there at once. */
  files: readonly number[] | null;
  /** from the first on, not the rarest first */
  sequential: boolean;
}

/** What was there when the torrent was closed: files that are still as they were then need not be hashed. */
export interface Resume {
  /** a byte a piece */
  have: Uint8Array;
  /** size and time of change of each file of its layout; null: it was not there */
  stamps: (string | null)[];
}

/** A client of a session (core/torrent-sessions.ts), by its id. */
export type SessionClient = `session-${string}`;

/** `own`: an engine client of its own, which knows nothing of what this home seeds; and so has each gateway and session one. */
export type ClientName = 'main' | 'own' | GatewayName | SessionClient;

export interface TorrentOrder {
  client: ClientName;
  infoHash: InfoHash;
  places: Places;
  content: SeedContent | FetchContent | HoldContent | SaveContent;
}

export interface TorrentName {
  client: ClientName;
  infoHash: InfoHash;
}

/** `mismatch`: no file of the wanted size is in it. */
export type Failure = 'mismatch' | 'no-space' | 'unwritable' | 'engine';

export interface EngineOptions {
  /** what every socket of the engine is bound to; null = any, of IPv4 and IPv6 */
  peerAddress: string | null;
  dht: DhtOptions;
  /** LAN discovery for torrents of reach `public` */
  lan: boolean;
  /** the person's own, for every torrent */
  stun: string[];
  /** names with a fixed address */
  resolve: [host: string, address: string][];
  version: string;
}

/** Which hash an incoming handshake names: an info hash, or SHA-1('req2' + info hash). */
export type HashKind = 'info' | 'req2';

export interface Traffic extends TorrentName {
  /** bytes since it was added, of this run */
  downloaded: number;
  uploaded: number;
  /** bytes a second */
  down: number;
  up: number;
  peers: number;
  /** of a torrent that is held: pieces of which a part is here */
  begun?: number[];
}

/** Bytes a second; null = no limit. */
export interface EngineLimits extends Limits {
  /** by the names in `Places.by` */
  sites: ReadonlyMap<string, Limits>;
  /** the rates hold for peers of the local network too */
  limitLan: boolean;
  /** peers served at once, of all torrents together */
  uploadSlots: number | null;
}

export type ToEngine =
  /** Comes before all else that names the client: where its peers come in. The daemon listens there. */
  | { type: 'open'; client: ClientName; port: number; peerId?: string }
  /** The client is no longer used; its torrents were removed before. */
  | { type: 'shut'; client: ClientName }
  /** a peer that may have this torrent; its connection comes along */
  | ({ type: 'peer'; name: TorrentName } & Introduction)
  | { type: 'add'; order: TorrentOrder }
  | { type: 'meet'; name: TorrentName; places: Places }
  | { type: 'remove'; name: TorrentName; ticket: number }
  /** pieces under the readers, first and last inclusive; they come before all others */
  | { type: 'focus'; name: TorrentName; windows: { first: number; last: number }[] }
  /** of a torrent that is saved */
  | { type: 'want'; name: TorrentName; wants: Wants }
  /** of a torrent that is held: these pieces are there no longer */
  | { type: 'lost'; name: TorrentName; pieces: number[] }
  /** the file is verified and has its name: serve it from there, read-only */
  | { type: 'seal'; name: TorrentName; path: string; stamp: FileStamp }
  | { type: 'limits'; limits: EngineLimits }
  /** addresses that nothing is exchanged with */
  | { type: 'blocked'; ranges: AddressRanges }
  /** How is it? */
  | { type: 'inspect'; name: TorrentName; ticket: number }
  /** Of a torrent that nobody has described yet: a `.torrent` file of it may be at this place. */
  | { type: 'source'; name: TorrentName; place: Place }
  /** What does the DHT keep there (BEP 44)? */
  | { type: 'item'; target: Uint8Array; salt: string | null; ticket: number }
  | { type: 'close' };

export type FromEngine =
  /** it cannot run */
  | { type: 'refused'; message: string }
  /** the info dictionary is known and sound; which of its files is being fetched */
  | { type: 'metadata'; name: TorrentName; info: Uint8Array; fileIndex: number }
  /** the info dictionary of a torrent that is held or saved is known and sound */
  | { type: 'described'; name: TorrentName; info: Uint8Array }
  /** pieces that are there since an earlier time; of a torrent that is saved this is said once, and all of them are sure */
  | { type: 'found'; name: TorrentName; pieces: number[] }
  | { type: 'verified'; name: TorrentName; pieces: number[] }
  /** Pieces that were there at the start are not what their hashes say; nothing of them was given. */
  | { type: 'wrong'; name: TorrentName; pieces: number[] }
  /** every byte of the file is there */
  | { type: 'complete'; name: TorrentName }
  | { type: 'failed'; name: TorrentName; failure: Failure; message: string }
  /** the file under a seed is another than the one that was hashed; the torrent sleeps */
  | { type: 'suspect'; name: TorrentName; path: string }
  | { type: 'removed'; ticket: number }
  /** null: it is not here */
  | { type: 'inspected'; ticket: number; view: EngineView | null }
  /** a `.torrent` file from a place that was named as its source; nobody has looked at it */
  | { type: 'sourced'; name: TorrentName; torrent: Uint8Array }
  /** bencoded; null: nobody has it */
  | { type: 'item'; ticket: number; value: Uint8Array | null }
  /** a peer connected to us; over WebRTC it has no address */
  | { type: 'reached'; over: 'tcp'; address: string }
  | { type: 'reached'; over: 'webrtc' }
  /** all that are awake */
  | { type: 'traffic'; torrents: Traffic[]; down: number; up: number }
  | { type: 'log'; level: 'debug' | 'warn'; event: string; detail: object };

/** The engine, as the daemon holds it. */
export interface EngineProcess {
  readonly pid: number | undefined;
  send(message: ToEngine, connection?: Socket): void;
  /** Called once, before the first message can arrive. */
  listen(onMessage: (message: FromEngine) => void, onExit: (why: string) => void): void;
  terminate(): Promise<void>;
}

/** Starts an engine: when there is something to do for one, and again when one died. */
export type StartEngine = (options: EngineOptions) => EngineProcess;

export function nameKey(name: TorrentName): string {
  return `${name.client}:${name.infoHash}`;
}
