/** What each room offers to the others, as types. Rooms implement these; main.ts hands them round. */

import type { Id, InfoHash } from '../../shared/id.ts';
import type { Item, Metadata, Reason, UnknownItem } from '../../shared/item.ts';
import type {
  CheckResult,
  ConfigParams,
  ConfigResult,
  DownloadInfo,
  Folder,
  GrantParams,
  GrantPreview,
  PageStatus,
  Reach,
  RequestsResult,
  ScanProgress,
  SiteInfo,
  SyncPlanPreview,
  SyncResult,
} from '../../shared/protocol.ts';
import type { Content } from './content.ts';

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

// ---------------------------------------------------------------- the catalogue (store/)

/** One id that this home holds. */
export interface HeldContent {
  id: Id;
  size: number;
  /** of its paths' extensions the one that sorts first; '' where none has any */
  extension: string;
  infoHash: InfoHash;
}
export interface HeldFile {
  path: string;
  stamp: FileStamp;
  id: Id;
  extension: string;
  /** of a type that is offered to sites unless the folder says otherwise */
  media: boolean;
  /** Unix ms; when all of its bytes were last read and right */
  verifiedAt: number;
}
/**
 * A file whose bytes are others than before, though inode, size and date of modification are the same. It is not held. The id is
 * what it was; the stamp is that of the spoilt file (its ctime may be another than before).
 */
export interface RottenFile extends HeldFile {
  /** Unix ms */
  foundAt: number;
}
export interface FolderRow {
  id: number;
  path: string;
  all: boolean;
  everyone: boolean;
  /** inode and birth time of the directory, as it was when it was scanned */
  identity: string | null;
  /** why it is taken for missing; null while it is there */
  missing: string | null;
  /** Unix ms of the last complete scan; null before the first */
  scannedAt: number | null;
}

/** A seedable torrent: everything the engine needs to serve it without hashing anything. */
export interface TorrentRow {
  infoHash: InfoHash;
  id: Id;
  /** the bencoded info dictionary */
  info: Uint8Array;
  /** index of the file of this id within a torrent of several files */
  fileIndex: number;
}

/** What is held. Written by the library (folders, files) and by the torrents room (downloads). All calls are synchronous. */
export interface Catalogue {
  /** another number after each write of anything in the database */
  version(): number;
  // folders
  addFolder(path: string, options: { all: boolean; everyone: boolean; addedAt: number }): FolderRow;
  updateFolder(id: number, change: Partial<Omit<FolderRow, 'id' | 'path'>>): void;
  removeFolder(id: number): void;
  folders(): FolderRow[];
  /** origins that a folder is shared with */
  sitesOfFolder(id: number): string[];
  foldersOfSite(origin: string): number[];
  setFoldersOfSite(origin: string, folders: number[]): void;
  shareFolder(id: number, origin: string): void;
  folderTotals(id: number): { files: number; size: number };

  // files of folders
  file(path: string): HeldFile | undefined;
  /** a file known under another path with the same inode, size and mtime: it was moved */
  fileByInode(stamp: FileStamp): HeldFile | undefined;
  /** every known file under a directory, in order of path */
  filesUnder(directory: string): IterableIterator<HeldFile>;
  /** one transaction: the file, its content, the canonical torrent */
  recordFile(file: HeldFile, canonical: { infoHash: InfoHash; info: Uint8Array }): void;
  forgetFile(path: string): void;
  /** the files that were verified before then (Unix ms), the longest ago first */
  leastVerified(before: number): IterableIterator<HeldFile>;
  markVerified(paths: Iterable<string>, at: number): void;
  /** one transaction: forgets the file, and remembers that it rotted; recording what lies there ends that */
  recordRot(file: HeldFile, foundAt: number): void;
  rotten(path: string): RottenFile | undefined;
  /** at any path, as `sameBytes` compares */
  rottenLike(stamp: FileStamp): RottenFile | undefined;
  /** in order of path */
  rottenFiles(): RottenFile[];
  forgetRot(path: string): void;
  /** runs `work` in one transaction */
  batch(work: () => void): void;

  // downloads
  recordDownload(download: DownloadRow): void;
  download(id: Id): DownloadRow | undefined;
  downloads(): DownloadRow[];
  removeDownload(id: Id): void;

  // what is held, by id
  held(id: Id): HeldContent | undefined;
  /** paths that hold the id, those of folders first, then the download */
  pathsOf(id: Id): { path: string; stamp: FileStamp; download: boolean }[];
  heldCount(): number;

  // torrents
  /** another info dictionary of the same bytes */
  recordTorrent(row: TorrentRow): void;
  torrent(infoHash: InfoHash): TorrentRow | undefined;
  torrentsOf(id: Id): TorrentRow[];
  /** info hash of a held torrent whose SHA-1('req2' + info hash) is this (message stream encryption), hex */
  byReq2(digest: string): InfoHash | undefined;
  /** the id lies in a folder that is open to everyone */
  isPublic(id: Id): boolean;

  // what a site may see: ids of its folders (media only, unless the folder says all; never of a missing folder unless
  // `withMissing`) and verified downloads that it requested, in order of id, each once
  sharedIds(origin: string): IterableIterator<Id>;
  sharedCount(origin: string): number;
  isShared(origin: string, id: Id): boolean;
  /** files of shared folders that are not hashed yet or whose folder is missing */
  sharedFolders(origin: string): FolderRow[];
  /** files by kind (see shared/file-types.ts) that the site would be told */
  kindsShared(origin: string): Record<string, number>;
}

export interface DownloadRow {
  id: Id;
  /** where the verified file lies */
  path: string;
  stamp: FileStamp;
  size: number;
  extension: string;
  /** the info hash that brought it */
  infoHash: InfoHash;
  verifiedAt: number;
}

// ---------------------------------------------------------------- sites and requests (store/)

export interface SiteRow {
  origin: string;
  url: string;
  reach: Reach;
  lan: boolean;
  /** the STUN servers that it names may be asked */
  stun: boolean;
  download: boolean;
  quota: number | null;
  expiresAt: number | null;
  addedAt: number;
  lastUsedAt: number | null;
  username: string | null;
}
export interface RequestRow {
  origin: string;
  id: Id;
  addedAt: number;
  /** what the site last said of it, as checked: info hash, size, extension, trackers, … ; null before it answered */
  metadata: RequestMetadata | null;
  /** the site has been told `addRequests` */
  told: boolean;
  /** `open`: wanted; `done`: verified; `cancelled`: the site is still to be told `removeRequests` */
  state: 'open' | 'done' | 'cancelled';
  /** done or cancelled, and the site knows (`removeRequests` went through) */
  settled: boolean;
  reason: Reason | null;
}
/** Metadata from a site after every field was checked. */
export interface RequestMetadata {
  infoHash: InfoHash | null;
  size: number | null;
  extension: string;
  sha256: string | null;
  trackers: string[];
  webseeds: string[];
  /** bencoded metainfo, base64; null */
  torrent: string | null;
  peers: string[];
}

export interface SiteStore {
  put(row: SiteRow): void;
  get(origin: string): SiteRow | undefined;
  list(): SiteRow[];
  remove(origin: string): void;
  /** ids that this home reported to the site, in order */
  reportedIds(origin: string): IterableIterator<Id>;
  wasReported(origin: string, id: Id): boolean;
  markReported(origin: string, ids: Iterable<Id>): void;
  unmarkReported(origin: string, ids: Iterable<Id>): void;
  /** metadata of the id with this info hash was sent to the site */
  metadataSent(origin: string, id: Id): boolean;
  markMetadataSent(origin: string, ids: Iterable<Id>): void;
  withdraw(origin: string, ids: Iterable<Id>): void;
  isWithdrawn(origin: string, id: Id): boolean;
  withdrawnIds(origin: string): Id[];
}

export interface RequestStore {
  put(row: RequestRow): void;
  get(origin: string, id: Id): RequestRow | undefined;
  ofSite(origin: string): RequestRow[];
  /** its open ones, the newest first */
  openOf(origin: string): RequestRow[];
  ofId(id: Id): RequestRow[];
  /** open requests of all sites */
  open(): RequestRow[];
  remove(origin: string, id: Id): void;
  /** after `id-mismatch` the same info hash is not tried again for that id */
  markTried(id: Id, infoHash: InfoHash): void;
  wasTried(id: Id, infoHash: InfoHash): boolean;
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
  remove(origin: string, options: { erase: boolean }): Promise<void>;
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
