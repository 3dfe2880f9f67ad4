/** LBRY's network as other rooms use it: streams by their sd hash, blobs by theirs, and a hash table for any key. */

import type { Reason } from '../../shared/item.ts';
import type { DhtContact, DhtPeer } from '../../shared/lbry-methods.ts';
import type { Content } from './content.ts';
import type { TransferLimits, TransferPauses } from './ports.ts';

export type { DhtContact, DhtPeer };

/** 96 lower-case hex digits: the SHA-384 of a blob. A stream is known by that of its descriptor (`sdHash`). */
export type BlobName = string;

export interface StreamBlob {
  hash: BlobName;
  /** of the encrypted blob, bytes */
  length: number;
}

/** What a stream's descriptor says. The names in it are hostile: `safeName` is the one for the disk. */
export interface StreamDescription {
  sdHash: BlobName;
  /** not the hash that the stream is known by */
  streamHash: string;
  /** its JSON, as it came */
  descriptor: Uint8Array;
  streamName: string;
  suggestedName: string;
  /** one component of a path, sanitised */
  safeName: string;
  /** hex */
  key: string;
  /** those with bytes in them, in order */
  blobs: readonly StreamBlob[];
  /** of the file, bytes; both ends are possible. The same number twice once its last blob is here. */
  size: { min: number; max: number };
}

/**
 * `waiting`: there is work, and `reason` says why not now. `downloading` → `seeding` once the whole file is here → `seeded` once it
 * was given back enough: neither announced nor given, until `start` begins that anew. `stopped`: neither fetched nor given, until
 * `start`. `failed`: `trouble` says why; `start` tries again.
 */
export type StreamState = 'waiting' | 'downloading' | 'seeding' | 'seeded' | 'stopped' | 'failed';

export interface StreamStatus {
  state: StreamState;
  /** of one that waits */
  reason: Reason | null;
  /** null: nothing is wrong */
  trouble: { reason: 'unwritable' | 'invalid'; message: string } | null;
  /** the whole file is here */
  complete: boolean;
  /** `offered`: made of a file of the person's, which is only ever read */
  origin: 'offered' | 'fetched';
  /** where it is, or will be once it is whole */
  folder: string;
  fileName: string;
  /** the file, once it is whole; else null */
  path: string | null;
  /** of `blobs`, and of the file's bytes */
  blobsHere: number;
  bytesHere: number;
  /** connected now */
  peers: number;
  /** bytes a second */
  rates: { down: number; up: number };
  /** bytes given to others since it was added */
  uploaded: number;
  /** Unix ms */
  addedAt: number;
}

/** A stream that is fetched, or given, or both. It is there again after a restart, until it is removed. */
export interface LbryStream {
  readonly description: StreamDescription;
  status(): StreamStatus;
  /**
   * The file, readable by range while it arrives: only the blobs that are read are hurried. Fetches the last blob first, which alone
   * tells the size. Who opens it disposes it. Throws `not-found` where an offered file is gone.
   */
  open(signal: AbortSignal): Promise<Content>;
  /** Goes on fetching what is missing, and gives what is here. */
  start(): void;
  /** Fetches and gives nothing any more; what is open stays readable as far as it is here. */
  stop(): void;
  /** Moves (a fetched file) or copies (an offered one) to the folder once it is whole; resolves to its path. Never over another file. */
  save(to: { folder: string; fileName?: string }, signal: AbortSignal): Promise<string>;
}

export interface FetchOptions {
  /** an absolute path; the configured one, else. The caller has made sure that it may be written in. */
  folder?: string;
  /** one component; made safe. The suggested one, else. */
  fileName?: string;
  /** false: only the blobs that are read come, until `start` */
  eager?: boolean;
}

export interface OfferOptions {
  /** as the stream is named for others; that of the file, else */
  name?: string;
  /** it is no file of the person's but a download, whose giving ends as the person set; a file is given for ever */
  isDownload?: boolean;
}

/** A hash table for any application: a key is any 384 bits, 96 hex digits. Text that is none throws `invalid`. */
export interface LbryDht {
  /** 96 hex digits; the same after a restart */
  readonly nodeId: string;
  /** UDP */
  readonly port: number;
  /** Who announced it, as they are found, each once. */
  find(key: string, signal: AbortSignal): AsyncIterable<DhtPeer>;
  /**
   * Says that this machine gives the key at `port` (1024…65534; null: where it gives blobs): at once, and again as long as it is
   * not taken back, also after a restart. Resolves to the nodes that noted it; throws `timeout` where none did, and keeps nothing then.
   */
  announce(key: string, port: number | null, signal: AbortSignal): Promise<{ port: number; nodes: DhtContact[] }>;
  /** It is announced no more; those who noted it forget it within a day. False: it was not. */
  unannounce(key: string): boolean;
  /** What is announced until it is taken back, the first added first. */
  announced(): OwnKey[];
  /** The node that answers there. Throws `timeout`. */
  ping(node: { address: string; udpPort: number }, signal: AbortSignal): Promise<DhtContact>;
  /** nearest bucket first */
  buckets(): readonly (readonly DhtContact[])[];
}

/** A key that an application of this machine gives. */
export interface OwnKey {
  key: string;
  /** TCP */
  port: number;
  /** Unix ms */
  addedAt: number;
  /** Unix ms, when enough nodes noted it last; null: not yet */
  announcedAt: number | null;
}

export interface BlobListing {
  hash: BlobName;
  /** bytes; null of one that is known by its hash alone */
  length: number | null;
  isHere: boolean;
}

export interface LbryBlobs {
  /** The verified bytes: of a stream's file, of the folder of blobs, else of peers, and kept then. Throws `not-found` once `signal` aborts by its time limit or nobody has it. */
  get(hash: BlobName, signal: AbortSignal): Promise<Uint8Array>;
  has(hash: BlobName): Promise<boolean>;
  /** Of one stream, with its descriptor first; or all that are here. Undefined: there is no such stream. */
  list(sdHash?: BlobName): Promise<BlobListing[] | undefined>;
  /** One that lies as a blob of its own. False: it does not; those of files go with their stream. */
  delete(hash: BlobName): Promise<boolean>;
}

/** How far a stream is on its way to a reflector. */
export interface Reflection {
  /** One has all of it. */
  isWhole: boolean;
  isUnderWay: boolean;
  /** 0..1, of what is under way */
  progress: number;
}

export interface LbryStatus {
  /** why its network is off, in a sentence; null: it is not */
  offline: string | null;
  nodeId: string | null;
  /** nodes in the table */
  contacts: number;
  /** keys that hold as announced now, and those that wait for it */
  announced: number;
  announceQueue: number;
  /** blobs that are here, of all streams and by themselves */
  blobsHere: number;
  /** connections of blob peers */
  connections: { in: number; out: number };
  /** bytes a second */
  rates: { down: number; up: number };
}

/**
 * Everything of LBRY that needs the network. Keys and hashes that are none throw `invalid`.
 * @public
 */
export interface LbryNetwork {
  /** TCP, of the blob server */
  readonly peerPort: number;
  /** null: it is switched off */
  readonly dht: LbryDht | null;
  status(): LbryStatus;
  /** where `fetchStream` writes, when nothing else is said */
  readonly folder: string;
  /**
   * Resolves once the descriptor is here; the stream is listed from then. One that is there already is given as it is, started.
   * Throws `invalid` for what is no descriptor, and the signal's reason; looks for peers until that aborts.
   */
  fetchStream(sdHash: BlobName, options: FetchOptions, signal: AbortSignal): Promise<LbryStream>;
  /** A descriptor, from here or from peers; nothing is listed. */
  fetchDescription(sdHash: BlobName, signal: AbortSignal): Promise<StreamDescription>;
  /**
   * Makes a stream of the file, and shares it from where it lies: its blobs are made of it when they are asked for. The same path
   * again, unchanged, is the same stream. Throws `invalid` for an empty file or one that is too large, `not-found`.
   */
  offer(path: string, options: OfferOptions, signal: AbortSignal): Promise<LbryStream>;
  stream(sdHash: BlobName): LbryStream | undefined;
  /** the first added first */
  list(): LbryStream[];
  /** False: it was not there. With `deleteFile` a fetched file goes; an offered one never does. What was begun of a file always goes. */
  remove(sdHash: BlobName, options: { deleteFile: boolean }): Promise<boolean>;
  blobs: LbryBlobs;
  /** Announces these at once, ahead of the schedule; resolves when each was tried. Only what is here. */
  announceNow(hashes: readonly BlobName[], signal: AbortSignal): Promise<void>;
  /** What the person set of rates, slots, downloads at once and the end of giving; and whether everything stands still. */
  setLimits(limits: TransferLimits): void;
  setPaused(pauses: Pick<TransferPauses, 'all'>): void;
  /** bytes a second */
  rates(): { down: number; up: number };
  /**
   * Uploads a stream with its descriptor, or single blobs, to a reflector (`HOST:PORT`; null: the first of the options that can be
   * reached). Resolves to what that took: not what it had. Throws `not-found`, `not-configured`, `denied`, `site-unreachable`,
   * `site-error`, `invalid`.
   */
  reflect(
    what: { sdHash: BlobName } | { blobs: readonly BlobName[] },
    reflector: string | null,
    signal: AbortSignal,
  ): Promise<BlobName[]>;
  reflection(sdHash: BlobName): Reflection;
  /** Who has the blob: those that the hash table, trackers and the options name. */
  peersOf(hash: BlobName, signal: AbortSignal): AsyncIterable<DhtPeer>;
  close(): Promise<void>;
}
