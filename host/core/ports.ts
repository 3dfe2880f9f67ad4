/** What each room offers to the others, as types. Rooms implement these; main.ts hands them round. */

import type { ItemRow } from '../../shared/browse.ts';
import type { SessionCookie } from '../../shared/cookies.ts';
import type { ScanProgress } from '../../shared/daemon-methods.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type {
  DaemonQuestion,
  FolderListing,
  Forgotten,
  Outline,
  QuestionAnswer,
  SiteLogPage,
} from '../../shared/grants.ts';
import type { Id } from '../../shared/id.ts';
import type { Item, Metadata, UnknownItem } from '../../shared/item.ts';
import type { DownloadInfo } from '../../shared/item-methods.ts';
import type { ConfigParams, ConfigResult, PageStatus, RequestsResult, SyncResult } from '../../shared/page-methods.ts';
import type { CheckResult, GrantParams, GrantPreview, SiteInfo, SyncPlanPreview } from '../../shared/site-methods.ts';
import type { Content } from './content.ts';
import type { RottenFile } from './stored.ts';
import type { Subtitles } from './subtitles.ts';

/** Logs one event; `detail` holds no secret, and no path at level info. */
export interface Log {
  debug(event: string, detail?: object): void;
  info(event: string, detail?: object): void;
  warn(event: string, detail?: object): void;
  error(event: string, detail?: object): void;
  child(room: string): Log;
}

/** Unix ms. */
export interface Clock {
  now(): number;
}

// ---------------------------------------------------------------- files on disk

/** What tells whether a path still holds the very bytes that were hashed (nanoseconds as decimal text). */
export interface FileStamp {
  /** `device:inode` */
  inode: string;
  /** bytes */
  size: number;
  mtimeNs: string;
  ctimeNs: string;
}

/** The same bytes as far as the file system tells, perhaps under another name (a rename changes ctime). */
export function sameBytes(a: FileStamp, b: FileStamp): boolean {
  return a.inode === b.inode && a.size === b.size && a.mtimeNs === b.mtimeNs;
}

/** Nothing touched the file at all. */
export function unchanged(a: FileStamp, b: FileStamp): boolean {
  return sameBytes(a, b) && a.ctimeNs === b.ctimeNs;
}

/** Hash workers: id and pieces in one read. */
export interface Hasher {
  /**
   * Reads the file at `path` once. `pieces` are the SHA-1s (20 bytes each) of the canonical pieces. The stamp is the same
   * before and after the read, else it throws `LsdError('aborted')`: the file changed while it was read.
   */
  hashFile(path: string, signal: AbortSignal, options?: HashOptions): Promise<HashedFile>;
  /** Files are about to come: those who read them may start already. */
  warmUp(): void;
  /** Holds at once, also for what is being read. */
  setPace(pace: Pace): void;
  close(): Promise<void>;
}
/** How hard the disk and the processor may be used for files that nobody waits for. */
export interface Pace {
  /** bytes of file a second, over all workers; null = no cap */
  rate: number | null;
  /** `low`: other programs go first */
  priority: 'normal' | 'low';
}
export interface LibraryPace extends Pace {
  /** every file is read again once in about so many days, to find bit rot; null = never */
  verifyDays: number | null;
}
export interface HashOptions {
  /** the SHA-256 of the whole file too */
  sha256?: boolean;
  /** in this order; `now`, the default, is waited for and not held back by the pace's rate, `verify` has a slow one of its own */
  urgency?: 'now' | 'scan' | 'verify';
  /** bytes, as far as they are known; saves a look */
  size?: number;
  /** bytes read so far */
  onProgress?: (bytes: number) => void;
}
export interface HashedFile {
  id: Id;
  pieces: Uint8Array;
  /** hex; null unless it was asked for */
  sha256: string | null;
  stamp: FileStamp;
  /** the first bytes of the file, at most 256: what `ts` and `mts` are is told by them */
  head: Uint8Array;
}

/** Passwords and tokens: the OS keyring, else a 0600 file. */
export interface Secrets {
  get(name: string): Promise<string | undefined>;
  set(name: string, value: string): Promise<void>;
  remove(name: string): Promise<void>;
}

// ---------------------------------------------------------------- library/

export interface Library {
  add(path: string, options: { sites?: string[]; everyone?: boolean; all?: boolean; force?: boolean }): Promise<Folder>;
  list(): Folder[];
  /** folders of this machine, for who chooses one */
  browse(request: { path?: string; hidden?: boolean; after?: string }, signal: AbortSignal): Promise<FolderListing>;
  remove(path: string): Promise<void>;
  /** the person says that a folder taken for missing really is as it is now */
  confirm(path: string): Promise<Folder>;
  /** resolves when the folder's files are all hashed */
  settled(path: string, signal: AbortSignal): Promise<Folder>;
  scanning(): ScanProgress | null;
  /** a scan of this folder is under way, or has not happened yet */
  isScanning(folder: number): boolean;
  /** a held file (folder or download), read in place; undefined when no path holds the id any longer */
  open(id: Id): Promise<Content | undefined>;
  /** what lies beside a held film, in the folders that `reader` (null: the person) shares */
  subtitles(id: Id, reader: string | null): Promise<Subtitles[]>;
  /** a read found that the file is another than before: forget what was known and hash it again */
  suspect(path: string): void;
  /** how hard scans may use the machine, and how often every file is read again; holds at once */
  setPace(pace: LibraryPace): void;
  /** files whose bytes changed on the disk though nobody wrote to them, in order of path */
  rotten(): RottenFile[];
  close(): Promise<void>;
}

// ---------------------------------------------------------------- sites/

export interface Sites {
  /** the grant of this origin that holds now (not expired) */
  granted(origin: string): boolean;
  /** May this site read the id: it shares it (held) or requested it (while it arrives). */
  mayRead(origin: string, id: Id): boolean;
  preview(origin: string, url?: string): Promise<GrantPreview>;
  grant(params: GrantParams): Promise<SiteInfo>;
  list(): SiteInfo[];
  /** `forget`: the site is asked to before, until this aborts; where it does not answer nothing is removed */
  remove(origin: string, options: { erase: boolean; forget?: AbortSignal }): Promise<Forgotten | null>;
  /** what a site would be told of these folders */
  outline(folders: number[]): Outline;
  /** The browser's session at the site, where the person agreed to it; true: it is used. */
  handOver(origin: string, url: string, cookies: SessionCookie[]): boolean;
  history(origin: string, before?: number): SiteLogPage;
  questions(): DaemonQuestion[];
  answer(answer: QuestionAnswer): Promise<void>;
  check(url: string, account: { username?: string; password?: string; token?: string }): Promise<CheckResult>;

  // what a page calls; each throws `denied` without a grant
  config(origin: string, params: ConfigParams): Promise<ConfigResult>;
  sync(origin: string, options: { prune: boolean }, signal: AbortSignal): Promise<SyncResult>;
  plan(origin: string): Promise<SyncPlanPreview>;
  addRequests(origin: string, ids: Id[]): Promise<RequestsResult>;
  removeRequests(origin: string, ids: Id[]): Promise<{ ids: Id[] }>;
  seedRequests(origin: string): Promise<{ ids: Id[] }>;
  status(origin: string): PageStatus;
  item(origin: string, id: Id): Item | UnknownItem;

  /** the person's own view: every site's items */
  items(): { downloads: Item[]; seeding: Item[]; more: number };
  itemForUser(id: Id): Item | UnknownItem;
  /** all that arrives, waits or is given to others, in no order */
  everything(): Omit<ItemRow, 'name'>[];
  /** origins that asked for the id, or ask this home to give it */
  wantedBy(id: Id): string[];
  /** sites that know the id or may be asked for it: where a request without a site goes */
  downloads(): DownloadInfo[];
  removeDownload(id: Id): Promise<void>;
  close(): Promise<void>;
}

/** Makes URLs and header values that let a reader at `/get`; see http/capability.ts. */
export interface Capabilities {
  /** `http://127.0.0.1:PORT/get/ID?t=…`, good for 24 h; origin null = the person's own (bound to the id alone) */
  url(origin: string | null, id: Id): string;
}

export type {
  Difference,
  DownloadWish,
  Meeting,
  QueueMove,
  Torrents,
  Transfer,
  TransferLimits,
  TransferPauses,
  WantedId,
} from './torrents.ts';
export type { Metadata };
