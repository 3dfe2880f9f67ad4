/** Verified downloads: for whom they are kept, how many bytes they take, and their removal by the person. */

import { rm } from 'node:fs/promises';
import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import type { DownloadInfo } from '../../shared/item-methods.ts';
import type { Events } from '../core/events.ts';
import type { Torrents } from '../core/ports.ts';
import type { Catalogue, RequestStore } from '../core/stored.ts';

export interface Kept {
  list(): DownloadInfo[];
  usedBy(origin: string): number;
  /** Deletes the file; sites that it was kept for hear of it by their next sync. */
  remove(id: Id): Promise<void>;
  /** Its file is gone already. */
  lost(id: Id): void;
  /** Deletes what was kept for this site and for no other. Throws where a file stays, after the others; it can be repeated. */
  erase(origin: string): Promise<void>;
}

export interface KeptDeps {
  catalogue: Catalogue;
  requests: RequestStore;
  torrents: Pick<Torrents, 'stop'>;
  events: Events;
  usedBy: (origin: string) => number;
  /** a download of this site is gone */
  onRemoved: (origin: string) => void;
}

export function createKept({ catalogue, requests, torrents, events, usedBy, onRemoved }: KeptDeps): Kept {
  const doneFor = (id: Id) => requests.ofId(id).filter(row => row.state === 'done');

  async function remove(id: Id): Promise<void> {
    const download = catalogue.download(id);
    if (!download) throw new LsdError('not-found', `${id} is not among the downloads.`);
    torrents.stop(id);
    await rm(download.path, { force: true });
    catalogue.removeDownload(id);
    lost(id);
  }

  /** Those it was kept for ask for it anew if they want it again. */
  function lost(id: Id): void {
    const origins = doneFor(id).map(row => row.origin);
    for (const origin of origins) requests.remove(origin, id);
    events.emit('item.changed', { id, origins });
    for (const origin of origins) onRemoved(origin);
  }

  return {
    remove,
    lost,
    usedBy,
    list: () =>
      catalogue.downloads().map(({ id, path, size, extension, verifiedAt }) => ({
        ...{ id, path, size, extension, verifiedAt },
        sites: doneFor(id).map(row => row.origin),
      })),
    async erase(origin) {
      const failures: unknown[] = [];
      for (const { id, state } of requests.ofSite(origin)) {
        const others = requests.ofId(id).filter(row => row.origin !== origin && row.state !== 'cancelled');
        if (state !== 'done' || others.length > 0 || !catalogue.download(id)) continue;
        await remove(id).catch((thrown: unknown) => failures.push(thrown));
      }
      if (failures.length > 0) throw notErased(origin, failures);
    },
  };
}

function notErased(origin: string, failures: unknown[]): LsdError {
  const [first] = failures;
  const why = first instanceof Error && 'code' in first ? ` (${String(first.code)})` : '';
  return new LsdError(
    'internal',
    `${failures.length} downloads of ${origin} could not be deleted${why}. See that the downloads folder can be written, then erase again.`,
    { params: { origin, files: failures.length }, cause: first },
  );
}
