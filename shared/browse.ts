/** What the status page leafs through: files, items, one item in full, rates over time. Its calls. */

import type { Id, InfoHash } from './id.ts';
import type { Item, Rates, UnknownItem } from './item.ts';

/** The most rows of one answer: with the longest paths they stay below the frame that a browser takes. */
export const MAX_ROWS = 200;

export const FILE_SORTS = ['path', 'name', 'size', 'type', 'verified'] as const;
export type FileSort = (typeof FILE_SORTS)[number];
export const FILE_PLACES = ['folder', 'download', 'spoilt'] as const;
/** `spoilt`: its bytes changed on the disk though nobody wrote to it; it is not offered. */
export type FilePlace = (typeof FILE_PLACES)[number];
/** As in shared/types.json; `other`: none of them. */
export const FILE_KINDS = ['video', 'audio', 'image', 'text', 'subtitle', 'document', 'other'] as const;
export type FileKind = (typeof FILE_KINDS)[number];

export interface FileFilter {
  /** all of its words stand in the path, whatever their case and accents; or it is an id */
  search?: string;
  /** number of a folder */
  folder?: number;
  place?: FilePlace;
  kind?: FileKind;
}
export interface FileQuery extends FileFilter {
  sort: FileSort;
  descending: boolean;
  offset: number;
  limit: number;
}
export interface FileRow {
  path: string;
  id: Id;
  /** bytes */
  size: number;
  extension: string;
  place: FilePlace;
  /** Unix ms; when all of its bytes were last read and right */
  verifiedAt: number;
}
export interface FilePage {
  /** from `offset` on */
  rows: FileRow[];
  /** rows that the filter lets through */
  total: number;
  /** something was written since this was sorted: it is worth asking again a little later */
  stale: boolean;
}

export const ITEM_SORTS = ['name', 'state', 'progress', 'size', 'down', 'up', 'peers', 'eta'] as const;
export type ItemSort = (typeof ITEM_SORTS)[number];
/** What is on its way, what waits, what is given to others, what failed. */
export const ITEM_GROUPS = ['moving', 'waiting', 'seeding', 'failed'] as const;
export type ItemGroup = (typeof ITEM_GROUPS)[number];

export interface ItemQuery {
  /** all of its words stand in the name, the id or an origin */
  search?: string;
  group?: ItemGroup;
  sort: ItemSort;
  descending: boolean;
  offset: number;
  limit: number;
}
export interface ItemRow extends Item {
  /** of the file, where it is held; null while it arrives: sites do not tell names */
  name: string | null;
  /** origins that want it */
  sites: string[];
}
export interface ItemPage {
  rows: ItemRow[];
  total: number;
  /** of each group, whatever the search */
  counts: Record<ItemGroup, number>;
}

/** One item, with all that is known of it. */
export interface ItemDetail {
  item: Item | UnknownItem;
  extension: string;
  /** where it lies; none while it arrives */
  paths: string[];
  /** origins that want it now */
  sites: string[];
  torrents: TorrentView[];
}
export interface TorrentView {
  infoHash: InfoHash;
  /** null while its info dictionary is not known */
  pieces: PieceMap | null;
  /** it is in the engine; otherwise nobody is met for it */
  awake: boolean;
  peers: PeerView[];
  trackers: TrackerView[];
}
/** The pieces of the item's file, in at most MAX_CELLS cells of the same number of pieces each. */
export interface PieceMap {
  count: number;
  /** bytes of a piece */
  length: number;
  perCell: number;
  /** base64, a byte a cell: how much of it is here, 255 = all */
  here: string;
  /** base64, a byte a cell: the fewest peers that have one of its missing pieces, at most 255 */
  holders: string;
}
export const MAX_CELLS = 2_048;

export interface PeerView {
  /** host:port; null over WebRTC; of a web seed its URL */
  address: string | null;
  over: 'tcp' | 'webrtc' | 'webseed';
  incoming: boolean;
  encrypted: boolean;
  /** program and version, as its peer id says; '' where it says nothing known */
  client: string;
  /** 0 to 1, of the torrent */
  progress: number;
  rates: Rates;
  /** bytes, on this connection */
  downloaded: number;
  uploaded: number;
  /** it gives nothing now; it is given nothing now */
  chokesUs: boolean;
  choked: boolean;
}
export interface TrackerView {
  url: string;
  /** `waiting`: it has not been asked yet */
  state: 'waiting' | 'asked' | 'answered' | 'failed';
  /** the failure, as the tracker or the network said it */
  message?: string;
  /** seconds until the next announce */
  nextIn: number | null;
  /** as it last said; null where it did not */
  seeders: number | null;
  leechers: number | null;
}

export const HISTORY_SPANS = ['minutes', 'hour', 'day'] as const;
export type HistorySpan = (typeof HISTORY_SPANS)[number];
/** Rates of all transfers together, bytes a second, a value a step, the oldest first. */
export interface RateHistory {
  /** ms */
  step: number;
  /** Unix ms of the end of the last step */
  end: number;
  down: number[];
  up: number[];
}

export interface BrowseMethods {
  'file.list': { params: FileQuery; result: FilePage };
  'item.list': { params: ItemQuery; result: ItemPage };
  'item.detail': { params: { id: Id }; result: ItemDetail };
  /** Shows the folder of a file that is held in the system's file manager. */
  'item.reveal': { params: { id: Id }; result: Record<string, never> };
  /** The last 5 minutes, hour or day. */
  'daemon.history': { params: { span: HistorySpan }; result: RateHistory };
}
