/** What the store keeps: the catalogue of what is held, sites, and requests. Rows, and who reads and writes them. */

import type { FilePage, FileQuery } from '../../shared/browse.ts';
import type { MissingBecause, Outline, SiteLogEntry } from '../../shared/grants.ts';
import type { Id, InfoHash } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { Reach } from '../../shared/site-methods.ts';
import type { FileStamp } from './ports.ts';

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
  /** Unix ms; when all of its bytes were last read and right. 0 where it was moved since: a rename can hide a change of them */
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
  missing: MissingBecause | null;
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
  /** Both in one: the file at a path, and `fileByInode`. */
  knownFiles(path: string, stamp: FileStamp): { here: HeldFile | undefined; same: HeldFile | undefined };
  /** every known file under a directory, in order of path; behind the path `after` only */
  filesUnder(directory: string, after?: string): IterableIterator<HeldFile>;
  /** files that lie in no folder any more: removing one was cut short */
  strayFiles(): IterableIterator<HeldFile>;
  /** one transaction: the file, its content, the canonical torrent */
  recordFile(file: HeldFile, canonical: { infoHash: InfoHash; info: Uint8Array }): void;
  forgetFile(path: string): void;
  /** the files that were verified in this time (Unix ms, without `before`), the longest ago first */
  leastVerified(before: number, since?: number): IterableIterator<HeldFile>;
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
  /** those whose bytes were last read before then (Unix ms), the longest ago first; arriving counts as reading */
  leastChecked(before: number): DownloadRow[];
  markChecked(id: Id, at: number): void;
  removeDownload(id: Id): void;

  // what is held, by id
  held(id: Id): HeldContent | undefined;
  /** paths that hold the id: those of folders, then the download, then those of folders that are missing */
  pathsOf(id: Id): { path: string; stamp: FileStamp; download: boolean; missing: boolean }[];
  heldCount(): number;

  // torrents
  /** another info dictionary of the same bytes */
  recordTorrent(row: TorrentRow): void;
  /** where it holds several files that are held here, the row of one of them */
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
  /** what a site would be told of these folders */
  outline(folders: readonly number[]): Omit<Outline, 'scanning'>;
}

/** Every file that is known, a page at a time: of folders, downloads, and those that spoilt. */
export interface FileList {
  list(query: FileQuery): Promise<FilePage>;
  close(): void;
}

export interface DownloadRow {
  id: Id;
  /** where the verified file lies */
  path: string;
  stamp: FileStamp;
  size: number;
  extension: string;
  /** null where no site named one */
  sha256: string | null;
  /** the info hash that brought it */
  infoHash: InfoHash;
  /** Unix ms; when it arrived */
  verifiedAt: number;
}

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
  /** names of the browser's cookies that may be used there; null: none was agreed to */
  cookies: string[] | null;
}
export interface RequestRow {
  origin: string;
  id: Id;
  addedAt: number;
  /** what the site last said of it, as checked; null before it answered */
  metadata: RequestMetadata | null;
  /** the site has been told `addRequests` */
  told: boolean;
  /** `open`: wanted; `done`: verified; `cancelled`: the site is still to be told `removeRequests` */
  state: 'open' | 'done' | 'cancelled';
  /** done or cancelled, and the site knows (`removeRequests` went through) */
  settled: boolean;
  /** bytes, as its torrent has them, where the site does not say; null until that is known */
  learnedSize: number | null;
  /** what the site says of it was found not to be so; until it says something else */
  refuted: boolean;
  reason: Reason | null;
}
/** Metadata from a site after every field was checked. */
export interface RequestMetadata {
  infoHash: InfoHash | null;
  size: number | null;
  extension: string;
  sha256: string | null;
}
/** Where a site says that a file is found, as checked. */
export interface RequestPlaces {
  trackers: string[];
  webseeds: string[];
  /** host:port */
  peers: string[];
}
/** All that a site says of a file. */
export interface Description {
  metadata: RequestMetadata;
  places: RequestPlaces;
  /** metainfo that says nothing but the info dictionary, whose SHA-1 is the info hash */
  torrent: Uint8Array | null;
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
  /** the person's answer whether this site may have their own copy; what is agreed to is shared */
  answerOwnCopy(origin: string, ids: Iterable<Id>, agreed: boolean): void;
  /** open requests of ids that are held and not shared with the site, and of which the person has not answered yet */
  ownCopyAsked(): { origin: string; id: Id }[];
  forgetOwnCopies(origin: string): void;
}

/** Places and torrents may be large, so they lie beside the rows: a list of these reads none of them. */
export interface RequestStore {
  /** Of one that is not open any longer places and torrent are forgotten. */
  put(row: RequestRow): void;
  get(origin: string, id: Id): RequestRow | undefined;
  /** Why one that is open waits. */
  setReason(origin: string, id: Id, reason: Reason | null): void;
  /** Takes over what the site says of it, where there is a row; what is new is not refuted, and the size of another torrent not known. */
  describe(origin: string, id: Id, description: Description): void;
  /** The torrent has so many bytes; returns the open requests of it whose size was not known. */
  learnSize(id: Id, infoHash: InfoHash, size: number): RequestRow[];
  /** What the site says of one that is open is not so. */
  refute(origin: string, id: Id): void;
  places(origin: string, id: Id): RequestPlaces;
  torrent(origin: string, id: Id): Uint8Array | null;
  /** bytes that places and torrents of this site take */
  describedBytes(origin: string): number;
  ofSite(origin: string): RequestRow[];
  /** its open ones, the newest first; so many at most */
  openOf(origin: string, limit?: number): RequestRow[];
  openCount(origin: string): number;
  ofId(id: Id): RequestRow[];
  /** open requests of all sites */
  open(): RequestRow[];
  remove(origin: string, id: Id): void;
  /** the info hash never leads to that id, whatever site names it */
  markTried(id: Id, infoHash: InfoHash): void;
  wasTried(id: Id, infoHash: InfoHash): boolean;
  /** runs `work` in one transaction */
  batch<T>(work: () => T): T;
}

/** What happened between this home and each site; the oldest is dropped where there is too much. */
export interface SiteLogStore {
  /** a new entry, or the one of this number as it is now; its number */
  put(origin: string, entry: SiteLogEntry, number?: number): number;
  /** the newest first, from before this number on */
  page(origin: string, before: number, limit: number): (SiteLogEntry & { number: number })[];
  remove(origin: string): void;
  /** runs `work` in one transaction */
  batch(work: () => void): void;
}
