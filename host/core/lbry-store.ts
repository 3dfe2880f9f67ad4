/** What the home keeps of LBRY: streams with their blobs, what was announced when, and the node's place in the hash table. */

import type { BlobName, DhtContact, StreamBlob } from './lbry.ts';
import type { FileStamp } from './ports.ts';

export interface StoredStream {
  sdHash: BlobName;
  /** `offered`: a file of the person's */
  origin: 'offered' | 'fetched';
  /** where the file is, or will be */
  folder: string;
  fileName: string;
  /** the file is whole, and there */
  complete: boolean;
  /** bytes; null: not known yet */
  size: number | null;
  /** of the whole file, when it was hashed or written: as long as it has this, its bytes are believed */
  stamp: FileStamp | null;
  /** it is not to be fetched, nor given */
  stopped: boolean;
  /** all of it is to come, not only what is read */
  eager: boolean;
  /** bytes given to others */
  uploaded: number;
  /** Unix ms */
  addedAt: number;
  /** Unix ms since when it counts how much it is given back; null: it is not whole yet, or a file of the person's */
  seedingSince: number | null;
  /** `uploaded` at that time */
  uploadedBefore: number;
  /** it was given back enough: it is not given any more */
  ended: boolean;
}

export type StreamChange = Partial<Omit<StoredStream, 'sdHash' | 'origin' | 'addedAt'>>;

/** Where a blob lies within a stream. */
export interface BlobPlace {
  sdHash: BlobName;
  /** counted from 0; null: it is the descriptor */
  number: number | null;
}

/** A key that an application gives. */
export interface StoredKey {
  key: BlobName;
  /** TCP; null: the blob server's, whichever that is */
  port: number | null;
  /** Unix ms */
  addedAt: number;
}

export interface LbryStore {
  /** the first added first */
  streams(): StoredStream[];
  descriptor(sdHash: BlobName): Uint8Array | undefined;
  /** `isHere`: all its blobs are */
  add(stream: StoredStream, descriptor: Uint8Array, blobs: readonly StreamBlob[], isHere: boolean): void;
  change(sdHash: BlobName, change: StreamChange): void;
  remove(sdHash: BlobName): void;
  /** These blobs of the stream are in its file; in one transaction. */
  keep(sdHash: BlobName, numbers: readonly number[]): void;
  /** None of them is. */
  lose(sdHash: BlobName): void;
  /** numbers of those that are in the file */
  kept(sdHash: BlobName): number[];
  /** Where a blob is, of streams that give theirs. */
  placesOf(hash: BlobName): BlobPlace[];
  /** of all streams, descriptors too */
  countBlobs(): number;
  /**
   * Keys of whole streams that are given, descriptors and first blobs, and those of applications, not announced since `since`; the
   * longest ago first. `port` null: the blob server's.
   */
  dueAnnounces(since: number, most: number): { key: BlobName; port: number | null }[];
  /** How many were announced since then, and how many were not. */
  countAnnounces(since: number): { announced: number; due: number };
  announced(key: BlobName, at: number): void;
  /** Streams that a reflector has. */
  reflected(): BlobName[];
  setReflected(sdHash: BlobName): void;
  /** Of applications, the first added first. */
  ownKeys(): (StoredKey & { announcedAt: number | null })[];
  setOwnKey(own: StoredKey): void;
  /** False: there is none. */
  removeOwnKey(key: BlobName): boolean;
  nodeId(): string | undefined;
  setNodeId(nodeId: string): void;
  contacts(): DhtContact[];
  setContacts(contacts: readonly DhtContact[]): void;
}
