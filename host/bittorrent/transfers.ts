/** What is told of the transfers: downloads, seeds by their id, and how they look while no peer can be reached at all. */

import type { Id } from '../../shared/id.ts';
import type { Transfer } from '../core/ports.ts';
import type { Catalogue } from '../core/stored.ts';
import type { Download } from './download/download.ts';
import type { Seeding } from './wake.ts';

export interface TransfersDeps {
  downloads: ReadonlyMap<Id, Pick<Download, 'transfer'>>;
  /** a torrent each: several may be of one id */
  seeding(): Seeding[];
  catalogue: Pick<Catalogue, 'held'>;
  /** The address that peers are to be met from is gone. */
  isCut(): boolean;
}

export const STILL = { down: 0, up: 0 };

export function createTransfers({ downloads, seeding, catalogue, isCut }: TransfersDeps) {
  function seeds(): Transfer[] {
    const byId = new Map<Id, Transfer>();
    for (const { id, uploaded, up, peers } of seeding()) {
      const before = byId.get(id);
      const size = catalogue.held(id)?.size ?? 0;
      byId.set(id, {
        id,
        state: 'seeding',
        progress: 1,
        size,
        downloaded: size,
        uploaded: uploaded + (before?.uploaded ?? 0),
        rates: { down: 0, up: up + (before?.rates.up ?? 0) },
        peers: peers + (before?.peers ?? 0),
      });
    }
    return [...byId.values()];
  }

  return {
    transfer(id: Id): Transfer | undefined {
      const found = downloads.get(id)?.transfer() ?? seeds().find(each => each.id === id);
      return found && (isCut() ? still(found) : found);
    },
    transfers(): Transfer[] {
      const all = [...[...downloads.values()].map(each => each.transfer()), ...seeds()];
      return isCut() ? all.map(still) : all;
    },
  };
}

/** As it is without an engine: what would move waits. */
function still(transfer: Transfer): Transfer {
  const { eta: _, ...rest } = transfer;
  const moves = transfer.state === 'metadata' || transfer.state === 'downloading' || transfer.state === 'seeding';
  const waits = moves || transfer.reason === 'no-peers';
  return { ...rest, ...(waits && { state: 'waiting', reason: 'offline' }), rates: STILL, peers: 0 };
}
