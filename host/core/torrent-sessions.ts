/**
 * Torrents that are saved into folders of the person's choice, by sessions: each is a BitTorrent client of its own, with a
 * peer id and a port, and answers for its own torrents only. What they hold is neither in the catalogue nor offered to a site.
 */

import type { InfoHash } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { Content } from './content.ts';
import type { Description, TorrentSource } from './held-torrents.ts';
import type { MetainfoFile } from './metainfo-file.ts';

/** The hex of a session's peer id: 40 digits. Every peer knows it, so it is no authority. */
export type SessionId = string;

export type SavedState =
  | 'queued_for_checking'
  | 'checking_files'
  | 'checking_resume_data'
  | 'downloading_metadata'
  | 'allocating'
  | 'downloading'
  | 'finished'
  | 'seeding';

/** How a file is fetched: not at all, with all others, or before them. */
export type FilePriority = 'skip' | 'normal' | 'high';

/** Why something stands still, as those who asked for it are told. */
export interface Trouble {
  reason: 'port-in-use' | 'no-space' | 'unwritable' | 'invalid' | 'denied' | 'internal';
  message: string;
}

export interface SavedStatus {
  session: SessionId;
  infoHash: InfoHash;
  state: SavedState;
  paused: boolean;
  trouble: Trouble | null;
  /** 0..1, of the wanted files */
  progress: number;
  /** bytes a second */
  rates: { down: number; up: number };
  peers: number;
  /** why it is neither fetched nor given, though nobody stopped it: it waits, or was given back enough; null: it is */
  rests: Reason | 'seeded' | null;
}

export interface SavedFileView {
  /** as the torrent writes it, below its name */
  path: string[];
  /** bytes */
  size: number;
  /** 0..1 */
  progress: number;
  wanted: boolean;
  priority: FilePriority;
}

export interface SavedPeer {
  /** null over WebRTC; of a web seed its URL */
  address: string | null;
  port: number | null;
  client: string;
  progress: number;
  rates: { down: number; up: number };
}

export interface SavedTracker {
  url: string;
  status: 'waiting' | 'asked' | 'answered' | 'failed';
  /** as it last said; null where it did not */
  peers: number | null;
}

/** One torrent of a session. */
export interface SavedTorrent {
  readonly infoHash: InfoHash;
  /** as it was asked for */
  readonly savePath: string;
  /** what it is saved by there, instead of its own name; null: by that */
  readonly saveName: string | null;
  /** Where a file lies, or will; undefined where there is no such file, or no description yet. */
  path(file: number): string | undefined;
  status(): SavedStatus;
  /** bytes since the start */
  moved(): { down: number; up: number };
  /** null: not known yet */
  description(): Description | null;
  /** empty before the description is known */
  files(): SavedFileView[];
  peers(): Promise<SavedPeer[]>;
  trackers(): Promise<SavedTracker[]>;
  /** What is left out stays. Throws `invalid` for an index that no file has; before the description any is kept. */
  change(change: SavedChange): void;
  /** A file's bytes, those under its readers fetched first; undefined where there is no such file, or no description yet. */
  open(file: number): Content | undefined;
  /**
   * Its files go there, and it with them; who reads it notices nothing. Throws `denied` for a path outside the root, and `invalid`
   * where something has one of their names already (reason `name-taken`), or what is in it is not known yet.
   */
  move(to: SavedAt, signal: AbortSignal): Promise<void>;
}

/** Where it is saved, as in `SaveRequest`. */
export interface SavedAt {
  savePath: string;
  saveName: string | null;
}

export interface SavedChange {
  /** false also has what was given back enough given anew */
  paused?: boolean;
  /** indexes of the wanted ones, null: all; all others are skipped, and priorities of before are gone */
  files?: readonly number[] | null;
  /** by index; those that are not named stay as they are */
  priorities?: ReadonlyMap<number, FilePriority>;
  sequential?: boolean;
}

export interface SaveRequest {
  /** a magnet link, or a `.torrent` file with an info dictionary */
  torrent: { source: TorrentSource } | { file: MetainfoFile & { info: Uint8Array } };
  /** relative to the root, or inside it */
  savePath: string;
  /** one component: of its only file, or of the folder of all; its own name, else */
  saveName?: string | null;
  paused: boolean;
  /** the whole of each wanted file is reserved on the disk before it is fetched */
  allocate: boolean;
  memoryOnly: boolean;
  files: readonly number[] | null;
  priorities?: ReadonlyMap<number, FilePriority>;
  sequential: boolean;
  /** What is there already was downloaded, so that its giving ends as the person set; else it is theirs, and given for ever. */
  isDownload?: boolean;
}

export interface TorrentSession {
  readonly id: SessionId;
  readonly port: number;
  /** it is gone after a restart, with its torrents */
  readonly memoryOnly: boolean;
  readonly trouble: Trouble | null;
  torrents(): SavedTorrent[];
  torrent(infoHash: InfoHash): SavedTorrent | undefined;
  /**
   * One that is there already stays as it is. Throws `denied` for a path outside the root or what the person blocked,
   * `invalid` for what makes no sense or would write another torrent's files, `quota` where there are too many.
   */
  add(request: SaveRequest): Promise<SavedTorrent>;
  /** With `data` its files go, too. False: it was not there. */
  remove(infoHash: InfoHash, options: { data: boolean }): Promise<boolean>;
}

export interface SessionEvent {
  event: 'torrent_added' | 'torrent_state' | 'torrent_progress' | 'torrent_removed' | 'torrent_error';
  status: SavedStatus;
}

export interface SessionsOptions {
  /** nothing is written outside it */
  root: string;
  /** or these; absolute */
  moreRoots?: readonly string[];
  /** of the only session, wherever it was before; 0: where it was, or any */
  port?: number;
  /** where sessions, and what is known of their torrents, are kept for the next start */
  folder: string;
  /** at most */
  sessions: number;
  torrents: number;
  /** trackers, web seeds and peers may have private addresses */
  lan: boolean;
}

export interface TorrentSessions {
  list(): TorrentSession[];
  get(id: string): TorrentSession | undefined;
  /** At the first free port of the range. Throws `quota` where there are too many, and with `reason: 'port-in-use'` where none is free. */
  create(range: { first: number; last: number; memoryOnly: boolean }): Promise<TorrentSession>;
  /** Its torrents stop, their data stays, its port is free again. False: it was not there. */
  remove(id: SessionId): Promise<boolean>;
  /** Until it is stopped. `torrent_progress` comes as often as the engine tells, the listener makes it seldom. */
  on(listener: (event: SessionEvent) => void): () => void;
  /** All stop, and their ports are free; what is kept is there at the next start. */
  close(): Promise<void>;
}
