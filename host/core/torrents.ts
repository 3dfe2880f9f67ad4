/** What the BitTorrent room offers to the others, as types. */

import type { TorrentView } from '../../shared/browse.ts';
import type { Limits } from '../../shared/control-methods.ts';
import type { Reachability } from '../../shared/daemon-methods.ts';
import type { Id, InfoHash } from '../../shared/id.ts';
import type { Rates, Reason } from '../../shared/item.ts';
import type { Reach } from '../../shared/site-methods.ts';
import type { Content } from './content.ts';
import type { GatewayName, HeldTorrents, HoldingOptions } from './held-torrents.ts';
import type { SessionsOptions, TorrentSessions } from './torrent-sessions.ts';

/** Where peers of a torrent meet, and by whose word. */
export interface Meeting {
  /** whose trackers, web seeds and peers these are; one entry an origin (or 'user') */
  by: string;
  trackers: string[];
  webseeds: string[];
  /** host:port */
  peers: string[];
  /** STUN servers for WebRTC */
  stun: string[];
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
  /** what each site says; null for one that does not. The file has to be right by one of them, where there are any */
  sha256s: readonly (string | null)[];
  /** metainfo from a site, read when the download begins; its info hash is checked */
  torrent(): Uint8Array | null;
  /** one for each site that requests the id */
  meetings: Meeting[];
}

/**
 * In what the bytes that an info hash brought are not what was asked for. `id`: the SHA-1 of its only file is another, so it
 * never leads there. Else what was said of the file is not so, and by another word the same info hash may lead there: no file
 * of that size is the wanted one, or its SHA-256 is none of those.
 */
export type Difference =
  | { of: 'id' }
  | { of: 'size'; said: number | null }
  | { of: 'sha256'; said: readonly (string | null)[] };

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

/** What transfers may use. What is left out is not limited. */
export interface TransferLimits extends Limits {
  /** by the name that their meetings have (`by`); what several sites want must fit the limits of each */
  sites?: ReadonlyMap<string, Limits>;
  /** the rates hold for peers of the local network too */
  limitLan?: boolean;
  /** peers served at once, of all torrents together */
  uploadSlots?: number | null;
  /** downloads that run at once, but for those that find no peer */
  activeDownloads?: number | null;
  /** bytes that stay free where downloads go */
  keepFree?: number | 'auto';
  /** how often its own size, and how long after it was verified, a download is served */
  seedRatio?: number | null;
  seedMs?: number | null;
}

/** What stands still. */
export interface TransferPauses {
  /** why everything does; null: it does not */
  all: Reason | null;
  sites: ReadonlySet<string>;
  items: ReadonlySet<Id>;
  /** sites that may download no more for now; what they ask for is served */
  spent: ReadonlySet<string>;
}

/** Where in the order of downloads one goes. */
export type QueueMove = 'top' | 'up' | 'down' | 'bottom';

/** Downloads, seeding on demand, and nothing else that is not asked for. */
export interface Torrents {
  /** The port that peers connect to. */
  readonly peerPort: number;
  /** Something may be fetched in a moment: what fetches it may start already. */
  warmUp(): void;
  /** Starts or resumes; called again with other meetings or another info hash it takes those over. */
  download(wish: DownloadWish): void;
  /** Stops and deletes the partial file, also one that was set aside. */
  cancel(id: Id): Promise<void>;
  /** Stops; what has arrived stays for when it is wanted again. */
  setAside(id: Id): Promise<void>;
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
  reachability(): Reachability;
  /** the person agrees, or no longer, that the router is asked to open the peer port (UPnP, NAT-PMP) */
  setNat(on: boolean): void;
  /**
   * A download, readable while it arrives; undefined when the id is not being downloaded. Waits until its size is known;
   * throws the signal's reason. While somebody has it open, and for a moment after, it is not made to wait for others.
   */
  open(id: Id, signal?: AbortSignal): Promise<Content | undefined>;
  /** Its torrents in full, for the person. */
  inspect(id: Id): Promise<TorrentView[]>;
  setLimits(limits: TransferLimits): void;
  setPaused(paused: TransferPauses): void;
  /** Everything stands still. */
  isPaused(): boolean;
  /** Sleep at once if it is awake (blocked, changed on disk, revoked). */
  stop(id: Id): void;
  /** Torrents of a gateway, over a client and a port of its own. Asked once for each. */
  holding(gateway: GatewayName, options: HoldingOptions): Promise<HeldTorrents>;
  /** Torrents that are saved into folders, by sessions. Asked once by each gateway, with folders of its own. */
  sessions(options: SessionsOptions): Promise<TorrentSessions>;
  close(): Promise<void>;
}
