/** What the BitTorrent room offers to the others, as types. */

import type { Id, InfoHash } from '../../shared/id.ts';
import type { Rates, Reason } from '../../shared/item.ts';
import type { Limits, Reach } from '../../shared/protocol.ts';
import type { Content } from './content.ts';

/** Where peers of a torrent meet, and by whose word. */
export interface Meeting {
  /** whose trackers, web seeds and peers these are; one entry an origin (or 'user') */
  by: string;
  trackers: string[];
  webseeds: string[];
  /** host:port */
  peers: string[];
  reach: Reach;
  /** private and loopback addresses are allowed */
  lan: boolean;
}

export interface DownloadWish {
  id: Id;
  infoHash: InfoHash;
  /** bytes; null when the site did not say */
  size: number | null;
  extension: string;
  sha256: string | null;
  /** metainfo from the site; its info hash is checked */
  torrent: Uint8Array | null;
  /** one for each site that requests the id */
  meetings: Meeting[];
}

export interface Transfer {
  id: Id;
  state: 'waiting' | 'metadata' | 'downloading' | 'verifying' | 'seeding' | 'paused' | 'error';
  reason?: Reason;
  progress: number;
  size: number;
  downloaded: number;
  uploaded: number;
  rates: Rates;
  peers: number;
  eta?: number;
}

/** An id that a site asks for. */
export interface WantedId {
  /** host:port */
  peers: string[];
  /** of the other sites that the id is shared with: it is announced there as well, and public only if they all are */
  also?: Meeting[];
}

/** Downloads, seeding on demand, and nothing else that is not asked for. */
export interface Torrents {
  /** The port that peers connect to. */
  readonly peerPort: number;
  /** Starts or resumes; called again with other meetings or another info hash it takes those over. */
  download(wish: DownloadWish): void;
  /** Stops and deletes the partial file. */
  cancel(id: Id): Promise<void>;
  /**
   * The full list of ids that one site asks for now (`getRequests`): these may wake, announce at once and dial `peers`.
   * What is no longer named sleeps after the grace time.
   */
  setRequested(by: string, meeting: Meeting, wanted: Map<Id, WantedId>): void;
  /** Stops at once everything that only `by` asked for. */
  forget(by: string): void;
  transfer(id: Id): Transfer | undefined;
  /** all that is awake: downloading or seeding */
  transfers(): Transfer[];
  rates(): Rates;
  /** A download, readable while it arrives; undefined when the id is not being downloaded. */
  open(id: Id): Promise<Content | undefined>;
  setLimits(limits: Limits): void;
  setPaused(paused: boolean): void;
  /** Sleep at once if it is awake (blocked, changed on disk, revoked). */
  stop(id: Id): void;
  close(): Promise<void>;
}
