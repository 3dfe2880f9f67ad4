/** A saved torrent goes to another place: what is kept says at each moment where it is, and where else files of it may lie. */

import type { SavedAt } from '../../core/torrent-sessions.ts';
import type { Metainfo } from '../metainfo.ts';
import type { FilesPlace } from '../pieces/files-folder.ts';
import { savedLayout } from '../pieces/files-layout.ts';
import { assertFree, linkAll, removeSaved } from './saved-disk.ts';
import { removeSeconds } from './saved-leftover.ts';
import type { Lying, SavedDeps, SavedOne, SaveOrder } from './saved-one.ts';
import type { SavedPieces } from './saved-pieces.ts';

export interface SavedMoves {
  at(metainfo: Metainfo, where: SavedAt): Promise<Lying>;
  /**
   * `arrived` is called once all of it is there, before it is gone from where it was. A crash on the way leaves it here or
   * there, whole; what lies at the other end is tidied away after it.
   */
  move(from: Lying, to: Lying, where: SavedAt, signal: AbortSignal, arrived: () => void): Promise<void>;
  /** What a move that was cut off left at its other end goes. */
  tidy(one: SavedOne, place: FilesPlace, known: Pick<SavedPieces, 'metainfo' | 'layout'>): Promise<void>;
}

export function createSavedMoves(
  deps: Pick<SavedDeps, 'infoHash' | 'place' | 'claim' | 'onKept' | 'flush' | 'log'>,
  order: SaveOrder,
): SavedMoves {
  const { infoHash } = deps;

  async function keep(where: Partial<Pick<SaveOrder, 'savePath' | 'saveName' | 'alsoAt'>>): Promise<void> {
    Object.assign(order, where);
    deps.onKept('order');
    await deps.flush();
  }

  const at: SavedMoves['at'] = async (metainfo, { savePath, saveName }) => ({
    place: await deps.place(savePath),
    layout: savedLayout(metainfo, saveName),
  });

  return {
    at,
    async move(from, to, { savePath, saveName }, signal, arrived) {
      const before = { savePath: order.savePath, saveName: order.saveName };
      await assertFree(to);
      await keep({ alsoAt: { savePath, saveName } });
      try {
        await linkAll(from, to, signal);
      } catch (thrown) {
        await keep({ alsoAt: null });
        throw thrown;
      }
      arrived();
      await keep({ savePath, saveName, alsoAt: before });
      await removeSaved(from.place, from.layout, infoHash);
      await keep({ alsoAt: null });
    },
    async tidy(one, place, { metainfo, layout }) {
      const { alsoAt } = order;
      if (!alsoAt) return;
      try {
        const other = await at(metainfo, alsoAt);
        deps.claim(one, other);
        await removeSeconds({ place, layout }, other, infoHash);
      } catch (error) {
        deps.log.warn('move-not-tidied', { infoHash, error });
      }
      await keep({ alsoAt: null });
    },
  };
}
