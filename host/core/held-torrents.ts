/**
 * Torrents by their info hash, whatever is in them: what a gateway holds as long as it reads them. They move over an engine
 * client of their own, which neither sees nor serves what the person keeps.
 */

import type { InfoHash } from '../../shared/id.ts';
import type { Content } from './content.ts';
import type { MetainfoFile } from './metainfo-file.ts';

/** Each has an engine client, a port for peers and a peer id of its own. */
export type GatewayName = 'confluence';

/** What a magnet link, a metainfo file or a bare hash says of a torrent. */
export interface TorrentSource {
  infoHash: InfoHash;
  trackers: string[];
  webseeds: string[];
  /** host:port */
  peers: string[];
  /** URLs of its `.torrent` file */
  exactSources?: string[];
}

export interface HeldFile {
  /** components as the torrent writes them, below its name; of a torrent of a single file its name. Never for the disk. */
  path: string[];
  /** bytes */
  length: number;
  /** where it starts within the torrent */
  offset: number;
}

/** What an info dictionary says, once it is known. */
export interface Description {
  /** the bencoded dictionary, as it came */
  info: Uint8Array;
  name: string;
  pieceLength: number;
  pieceCount: number;
  /** bytes of all files */
  length: number;
  /** without those that only fill up pieces (BEP 47) */
  files: HeldFile[];
}

export interface PieceState {
  isHere: boolean;
  /** a part of it is */
  isPartial: boolean;
  /** a reader waits for it, will want it next, or within its read-ahead */
  wanted: 'now' | 'next' | 'ahead' | 'no';
}

export interface HeldState {
  infoHash: InfoHash;
  /** null: not known yet */
  description: Description | null;
  /** 0..1, of all its bytes */
  progress: number;
  peers: number;
  /** bytes a second */
  rates: { down: number; up: number };
  /** bytes since it was added, of this run */
  moved: { down: number; up: number };
}

/** Files that somebody gives, to be made into a torrent. Disposing it before its end leaves nothing of it. */
export interface Upload extends AsyncDisposable {
  /** Takes one more file, after those before. Throws `invalid` where nothing is left of its path, `quota`, `no-space`. */
  add(path: readonly string[], bytes: AsyncIterable<Uint8Array>): Promise<void>;
  /** Makes the torrent, `stripTop` without the first folder of each path, and gives it to peers until it is dropped. Throws `invalid` where there is nothing in it. */
  finish(name: string, options: { stripTop: boolean }): Promise<MetainfoFile>;
}

/** bytes since the start, and those that are kept */
export interface HoldingTotals {
  down: number;
  up: number;
  cached: number;
}

/** One use of a torrent. Disposing it lets go; who was the last starts the grace time. */
export interface HeldTorrent extends Disposable {
  readonly infoHash: InfoHash;
  /** One more use of it. */
  again(): HeldTorrent;
  /** Its grace time begins anew, whether this use still holds it or not. False: it is there no longer. */
  refresh(): boolean;
  /** Waits for the info dictionary. Rejects with `not-found` where the torrent is dropped. */
  description(signal: AbortSignal): Promise<Description>;
  /** The dictionary, if it is known by now. */
  known(): Description | undefined;
  /** Bytes of the torrent as content; whoever opened it must hold the torrent as long. The description is known by then. */
  open(part: { offset: number; length: number }): Content;
  /** Its `.torrent` file, as far as it is known. */
  metainfo(): MetainfoFile;
  /** Is this piece here, and what is it wanted for? */
  piece(piece: number): PieceState;
  /** Calls back with each piece that came or left, until it is stopped. */
  onPiece(listener: (piece: number) => void): () => void;
  /** aborted with the reason when the torrent is dropped */
  readonly dropped: AbortSignal;
  /** Hashes what is here again, and takes away what is not as it should be; fetches nothing. */
  verify(signal: AbortSignal): Promise<void>;
}

export interface HoldingOptions {
  /** 0 = any */
  peerPort: number;
  /** where pieces and `.torrent` files are kept */
  folder: string;
  /** where whole files are kept instead of pieces; null: they are not */
  files: string | null;
  /** bytes of pieces that are kept at most */
  cacheBytes: number;
  /** ms that a torrent stays after its last use; null = for ever */
  graceMs: number | null;
  /** peers are given what is here */
  serve: boolean;
  /** trackers, web seeds and peers may have private addresses */
  lan: boolean;
}

export interface HeldTorrents {
  /** The port that peers connect to. */
  readonly peerPort: number;
  /** Adds the torrent where it is not there yet, and holds it. Throws `denied` where the person blocked it. */
  hold(source: TorrentSource): HeldTorrent;
  /** all that are there, in use or in their grace time */
  list(): HeldState[];
  /**
   * Takes over what a `.torrent` file says; resolves when that is stored. `conflict`: its info is another torrent's than
   * `infoHash`, and nothing was changed. Throws `invalid` where nothing names a torrent, or its info makes no sense.
   */
  describe(file: MetainfoFile, infoHash: InfoHash | null): Promise<InfoHash | 'conflict'>;
  /** Ends every use of it; with `data`, what no other torrent that is there names is deleted. False: it was not there. */
  drop(infoHash: InfoHash, options: { data: boolean }): Promise<boolean>;
  /** `mostBytes`: of all its files */
  upload(mostBytes: number): Promise<Upload>;
  /** What the DHT keeps at a target (BEP 44), bencoded; null where nobody has it. `not-configured` without a DHT. */
  item(target: Uint8Array, salt: string | null): Promise<Uint8Array | null>;
  totals(): HoldingTotals;
}
