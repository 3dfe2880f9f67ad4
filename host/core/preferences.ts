/** What the person decided, as it is kept: settings, what is blocked, the order of downloads; and the bytes that moved on whose account. */

import type { Id } from '../../shared/id.ts';
import type { QueueMove } from './torrents.ts';

export interface Settings {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
  remove(key: string): void;
}

/** The person's own list of ids and info hashes that are neither fetched nor served. */
export interface Blocklist {
  has(hash: string): boolean;
  add(hash: string): void;
  remove(hash: string): void;
  /** with those of config.json */
  list(): string[];
  /** It stands in config.json: no call takes it out. */
  isConfigured(hash: string): boolean;
  /** config.json names these now, and no others. */
  configure(hashes: readonly string[]): void;
}

/** How many bytes moved on whose account. Months are named as `2026-11`. */
export interface Usage {
  /** In one transaction: bytes by origin in this month, and bytes that peers were given of single downloads. */
  add(month: string, sites: ReadonlyMap<string, { down: number; up: number }>, served: ReadonlyMap<Id, number>): void;
  of(origin: string, month: string): { down: number; up: number };
  total(origin: string): { down: number; up: number };
  remove(origin: string): void;
  /** bytes of one download that peers were given since it was verified */
  served(id: Id): number;
}

/** The list that stands in config.json: no call changes it. */
export const CONFIGURED_LIST = 'config.json';

/** Lists of addresses that nothing is exchanged with, by name. */
export interface AddressLists {
  list(): { name: string; ranges: number }[];
  /** of one list, or of every one */
  all(name?: string): AddressRanges[];
  put(name: string, ranges: AddressRanges): void;
  /** False: there is none of this name. */
  remove(name: string): boolean;
}

/** Ranges of addresses, sorted; none touches the next. */
export interface AddressRanges {
  /** first and last address of each, one after the other */
  v4: Uint32Array;
  /** the same, as 32 hex digits */
  v6: string[];
}

/** The order in which downloads are begun. */
export interface DownloadOrder {
  /** Its place: a smaller one comes first. `addedAt`: Unix ms, of one that no site asked for. */
  place(name: string, addedAt: number | null): number;
  /** `others`: when those were asked for, Unix ms, that no site asked for */
  move(name: string, to: QueueMove, others: ReadonlyMap<string, number>): void;
  remove(name: string): void;
}
