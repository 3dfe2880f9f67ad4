/** The order in which downloads are begun: by when they were asked for, unless the person moved them. */

import type { Id } from '../../shared/id.ts';
import type { DownloadOrder, QueueMove } from '../core/ports.ts';
import { type Database, transaction } from './database.ts';
import { id as idOf, number } from './rows.ts';

export function createDownloadOrder(database: Database): DownloadOrder {
  const placeOf = database.prepare('SELECT place FROM download_order WHERE id = ?');
  const append = database.prepare(
    'INSERT INTO download_order (id, place) SELECT ?, coalesce(max(place), 0) + 1 FROM download_order RETURNING place',
  );
  const put = database.prepare('UPDATE download_order SET place = ? WHERE id = ?');
  const ends = database.prepare('SELECT min(place) AS first, max(place) AS last FROM download_order');
  const before = database.prepare('SELECT id, place FROM download_order WHERE place < ? ORDER BY place DESC LIMIT 1');
  const after = database.prepare('SELECT id, place FROM download_order WHERE place > ? ORDER BY place LIMIT 1');
  const remove = database.prepare('DELETE FROM download_order WHERE id = ?');

  const place = (id: Id) => number((placeOf.get(id) ?? append.get(id))?.place);

  function swap(id: Id, neighbour: typeof before): void {
    const here = place(id);
    const other = neighbour.get(here);
    if (!other) return;
    put.run(number(other.place), id);
    put.run(here, idOf(other.id));
  }

  function move(id: Id, to: QueueMove): void {
    const row = ends.get();
    if (to === 'top') put.run(number(row?.first ?? 0) - 1, id);
    else if (to === 'bottom') put.run(number(row?.last ?? 0) + 1, id);
    else swap(id, to === 'up' ? before : after);
  }

  return {
    place,
    move(id, to) {
      transaction(database, () => {
        place(id);
        move(id, to);
      });
    },
    remove(id) {
      remove.run(id);
    },
  };
}
