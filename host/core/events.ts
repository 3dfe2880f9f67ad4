/** What rooms tell each other without knowing each other. Composed once in main.ts; handlers never throw. */

import type { MissingBecause } from '../../shared/grants.ts';
import type { Id, InfoHash } from '../../shared/id.ts';
import type { Ending } from '../../shared/protocol.ts';
import type { Difference } from './torrents.ts';

export interface EventMap {
  /** files of these folders were recorded or forgotten */
  'library.changed': { folders: number[] };
  /** a file has other bytes than this id though its date is the same; `false`: the right ones again, or it is another file, or none */
  'file.rotten': { path: string; id: Id; rotten: boolean };
  /** a scan of a folder ended; `changed`: something is known now that was not before, or it is the first since the start */
  'library.scanned': { folder: number; changed: boolean };
  'library.progress': { done: number; total: number };
  'folder.missing': { folder: number; path: string; why: MissingBecause };
  'folders.changed': Record<never, never>;
  /** a torrent's numbers changed: at most 4 a second an id */
  'transfer.progress': { id: Id };
  /** bytes that a torrent moved since it was last told; `held`: of a file that is here whole */
  'bytes.moved': { id: Id; by: readonly string[]; down: number; up: number; held: boolean };
  /** the whole file was checked, synced and renamed; it is in the catalogue */
  'download.verified': { id: Id };
  /** another program deleted or changed the file of a verified download; it is no longer in the catalogue */
  'download.lost': { id: Id };
  /** its metadata came: of so many bytes is the file that this info hash brings */
  'download.sized': { id: Id; infoHash: InfoHash; size: number };
  /** what this info hash brought is not what was asked for; the bytes are dropped */
  'download.mismatch': { id: Id; infoHash: InfoHash; difference: Difference };
  /** state or reason of an item changed */
  'item.changed': { id: Id; origins: string[] };
  'grants.changed': { origin: string };
  'daemon.state': Record<never, never>;
  /** it was asked to end, and does so now */
  'daemon.ending': Ending;
  /** the lists of blocked addresses are others */
  'addresses.changed': Record<never, never>;
  /** the person blocked or unblocked an id or info hash */
  'blocklist.changed': { hash: string };
}

export interface Events {
  emit<K extends keyof EventMap>(kind: K, detail: EventMap[K]): void;
  /** Returns the way to stop listening. */
  on<K extends keyof EventMap>(kind: K, listener: (detail: EventMap[K]) => void): () => void;
}

/** `onFault` is told of a listener that threw. */
export function createEvents(onFault: (thrown: unknown) => void): Events {
  const listeners = new Map<keyof EventMap, Set<(detail: never) => void>>();
  return {
    emit(kind, detail) {
      for (const listener of listeners.get(kind) ?? []) {
        try {
          listener(detail as never);
        } catch (thrown) {
          onFault(thrown);
        }
      }
    },
    on(kind, listener) {
      const set = listeners.get(kind) ?? new Set();
      listeners.set(kind, set);
      set.add(listener);
      return () => set.delete(listener);
    },
  };
}
