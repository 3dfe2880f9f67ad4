/** Files of LBRY's callers: fetched from a swarm or by blobs, played meanwhile, and given to others afterwards. */

import type { InfoHash } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { Content } from './content.ts';
import type { TorrentSource } from './held-torrents.ts';
import type { Reflection } from './lbry.ts';
import type { ResolvedClaim } from './lbry-claims.ts';
import type { MetainfoFile } from './metainfo-file.ts';

/** The network that a file comes from, and goes to. */
export type SourceKind = 'btih' | 'sd';

/** What names a file on its network: an info hash, or the hash of a stream's descriptor. */
export type FileSource =
  | { kind: 'btih'; hash: InfoHash; torrent: { source: TorrentSource } | { file: MetainfoFile & { info: Uint8Array } } }
  | { kind: 'sd'; hash: string };

export interface FileWish {
  source: FileSource;
  claim: ResolvedClaim | null;
  /** absolute, below one of the roots; null: where downloads go */
  folder: string | null;
  /** what it is to be called, of a torrent with several files their folder; null: as its source says */
  fileName: string | null;
  /** of a torrent with several files the one of this name is played */
  playName: string | null;
  /** it is given on the other network, too, once it is here */
  both: boolean;
}

/** Where a file is saved. */
export interface FilePlace {
  folder: string;
  /** as in the wish, made safe, and numbered where another file had it; null: as its source says */
  fileName: string | null;
}

/** What a network knows of a file. */
export interface FileState {
  /** where it is saved */
  folder: string;
  /** of the file that plays, as it lies on the disk; null where none does yet */
  path: string | null;
  /** where it is, or will be once all of it is here */
  destination: string;
  /** the same without its folder, also before it is there */
  fileName: string;
  /** of the file that plays, as its publisher calls it */
  name: string;
  /** bytes of the file that plays */
  size: number;
  /** bytes of all of it: of a stream `size` is exact only with its last blob, so it may be less by some */
  total: { least: number; most: number };
  /** bytes that are here */
  written: number;
  isWhole: boolean;
  isStopped: boolean;
  /** why it is neither fetched nor given, though nobody stopped it: it waits, or was given back enough; null: it is */
  rests: Reason | 'seeded' | null;
  /** what is wrong with it */
  trouble: string | null;
  /** all files, with the path below the torrent's name; made when it is asked for, as they can be 100,000 */
  files(): { name: string; size: number }[];
  peers: number;
  /** bytes a second */
  rates: { down: number; up: number };
  /** bytes since the start */
  uploaded: number;
  /** of a stream alone */
  stream: StreamFacts | null;
}

export interface StreamFacts {
  streamHash: string;
  streamName: string;
  suggestedFileName: string;
  /** hex */
  key: string;
  blobs: { all: number; here: number };
  reflection: Reflection;
}

export interface LbryFile {
  /** by which it is named here, from 1 */
  row: number;
  kind: SourceKind;
  hash: string;
  /** what it is called on the other network, where it is given there, too */
  twin: string | null;
  claim: ResolvedClaim | null;
  /** where it is saved */
  folder: string;
  /** Unix ms */
  addedAt: number;
  state: FileState;
}

/** A file as the store keeps it. */
export interface FileRecord {
  row: number;
  kind: SourceKind;
  hash: string;
  claim: ResolvedClaim | null;
  folder: string;
  fileName: string | null;
  playName: string | null;
  both: boolean;
  twin: string | null;
  addedAt: number;
}

export interface FileStore {
  /** The same hash twice is one: it keeps its row, and takes over what is said anew. */
  put(record: Omit<FileRecord, 'row' | 'twin'>): FileRecord;
  setTwin(row: number, twin: string | null): void;
  list(): FileRecord[];
  remove(row: number): void;
}

/** One network, as files are fetched from it. Of what it does not know, `state` is undefined. */
export interface FileNetwork {
  /**
   * Begins to fetch it, or goes on where it is; resolves to its place when it is known what is in it. Nothing of another is written
   * over. Throws the signal's reason.
   */
  fetch(wish: FileWish & { folder: string }, signal: AbortSignal): Promise<FilePlace>;
  /** Gives a file that lies whole where downloads go; resolves to its hash. */
  give(path: string, signal: AbortSignal): Promise<string>;
  state(record: FileRecord): FileState | undefined;
  /** The bytes of the file that plays, or of another by its place in `files`. */
  open(record: FileRecord, file: number | null, signal: AbortSignal): Promise<Content>;
  start(record: FileRecord): Promise<void>;
  /** Neither fetched nor given. */
  stop(record: FileRecord): Promise<void>;
  /** Moves it to this folder, or copies what was published, once it is whole; never over another file. Where it is then. */
  save(record: FileRecord, to: FilePlace, signal: AbortSignal): Promise<FilePlace>;
  /** With `data` what was downloaded goes; what was published stays. */
  remove(record: FileRecord, options: { data: boolean }): Promise<void>;
}

export interface LbryFiles {
  /** Shares a file of the person's as a stream, from where it lies; it is only ever read. Throws `denied` for a path outside the roots, `not-found`, `invalid`. */
  share(path: string, fileName: string | null, signal: AbortSignal): Promise<LbryFile>;
  /** It is that of this claim from now on. */
  setClaim(row: number, claim: ResolvedClaim): LbryFile;
  /** Resolves when it is known what is in it. Throws `not-configured` for a network that is off, and the signal's reason. */
  get(wish: FileWish, signal: AbortSignal): Promise<LbryFile>;
  list(): LbryFile[];
  find(hash: string): LbryFile | undefined;
  open(row: number, file: number | null, signal: AbortSignal): Promise<Content>;
  start(row: number): Promise<void>;
  stop(row: number): Promise<void>;
  /** Elsewhere, below one of the roots, or under another name, once it is whole. Throws `denied`, and `invalid` for what is stopped on the way. */
  save(row: number, to: { folder: string | null; fileName: string | null }, signal: AbortSignal): Promise<LbryFile>;
  remove(row: number, options: { data: boolean }): Promise<void>;
  close(): void;
}
