/** All files that LBRY's callers asked for: each is one source on one network, and is there until it is deleted. */

import { dirname } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type {
  FileNetwork,
  FileRecord,
  FileStore,
  FileWish,
  LbryFile,
  LbryFiles,
  SourceKind,
} from '../../core/lbry-files.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Timers } from '../../platform/timers.ts';
import { everywhere, keepTwins } from './twins.ts';

export interface FilesDeps {
  store: FileStore;
  /** by kind; one that is left out is off */
  networks: Partial<Record<SourceKind, FileNetwork>>;
  /** where files go that name no folder; asked each time */
  folder(): string;
  /** The folder that a caller's words mean. Throws `denied` for one outside the roots. */
  below(folder: string): Promise<string>;
  /** Makes a stream of a file, and shares it from where it lies; resolves to its hash. */
  offer(path: string, fileName: string | null, signal: AbortSignal): Promise<string>;
  clock: Clock;
  timers: Timers;
  log: Log;
}

export function createFiles({ store, networks, folder, below, offer, clock, timers, log }: FilesDeps): LbryFiles {
  function networkOf(kind: SourceKind): FileNetwork {
    const network = networks[kind];
    if (network) return network;
    const what = kind === 'btih' ? 'torrents' : 'streams';
    throw new LsdError('not-configured', `This daemon fetches no ${what}.`);
  }

  function fileOf(record: FileRecord): LbryFile | undefined {
    const state = networks[record.kind]?.state(record);
    if (!state) return undefined;
    const { row, kind, hash, twin, claim, addedAt } = record;
    return { row, kind, hash, twin, claim, folder: state.folder, addedAt, state };
  }

  function recordNamed(hash: string): FileRecord | undefined {
    return store.list().find(each => each.hash === hash || each.twin === hash);
  }

  function recordOf(row: number): FileRecord {
    const record = store.list().find(each => each.row === row);
    if (record) return record;
    throw new LsdError('not-found', 'There is no such file here.');
  }

  function put(record: Omit<FileRecord, 'row' | 'twin' | 'addedAt'>): LbryFile {
    const file = fileOf(store.put({ ...record, addedAt: clock.now() }));
    if (file) return file;
    throw new LsdError('not-found', 'The file was deleted meanwhile.');
  }

  const twins = keepTwins({ store, networks, stateOf: record => networks[record.kind]?.state(record), timers, log });
  twins.look();

  return {
    async share(asked, fileName, signal) {
      const path = await below(asked);
      const hash = await offer(path, fileName, signal);
      return put({ kind: 'sd', hash, claim: null, folder: dirname(path), fileName, playName: null, both: false });
    },
    setClaim(row, claim) {
      const { addedAt: _, ...record } = recordOf(row);
      return put({ ...record, claim });
    },
    async get(wish: FileWish, signal) {
      const { source, claim, playName, both } = wish;
      const { kind, hash } = source;
      const asked = await below(wish.folder ?? folder());
      const before = recordNamed(hash);
      const wanted = before ?? { folder: asked, fileName: wish.fileName };
      const place = await networkOf(kind).fetch({ ...wish, folder: wanted.folder, fileName: wanted.fileName }, signal);
      // What is given on both networks is one file, whatever it was asked for by.
      const own = before?.twin === hash ? before : { kind, hash, ...place };
      const file = put({ ...own, claim, playName, both });
      twins.look();
      return file;
    },
    close: () => twins.close(),
    list: () => store.list().flatMap(record => fileOf(record) ?? []),
    find(hash) {
      const record = recordNamed(hash);
      return record && fileOf(record);
    },
    async open(row, file, signal) {
      const record = recordOf(row);
      return networkOf(record.kind).open(record, file, signal);
    },
    async start(row) {
      for (const each of everywhere(recordOf(row))) await networkOf(each.kind).start(each);
    },
    async stop(row) {
      for (const each of everywhere(recordOf(row))) await networkOf(each.kind).stop(each);
    },
    async save(row, { folder: asked, fileName }, signal) {
      const record = recordOf(row);
      const to = await below(asked ?? record.folder);
      const network = networkOf(record.kind);
      const [, twin] = everywhere(record);
      // The other network would miss the file where it lay.
      if (twin) await networks[twin.kind]?.remove(twin, { data: false });
      if (twin) store.setTwin(row, null);
      try {
        return put({ ...record, ...(await network.save(record, { folder: to, fileName }, signal)) });
      } finally {
        twins.look();
      }
    },
    async remove(row, options) {
      const record = recordOf(row);
      // First, or a daemon that is cut off here would fetch it again.
      store.remove(row);
      const [own, twin] = everywhere(record);
      if (twin) await networks[twin.kind]?.remove(twin, { data: false });
      await networks[own.kind]?.remove(own, options);
    },
  };
}
