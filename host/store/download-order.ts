/** The order in which downloads are begun: by when they were asked for, unless the person moved them. */

import type { QueueMove } from '../core/ports.ts';
import type { DownloadOrder } from '../core/preferences.ts';
import { type Database, transaction } from './database.ts';
import { number, text } from './rows.ts';

/** Who was never moved has the time of its first request for a place (Unix ms): behind all that were, which are counted from 0. */
export function createDownloadOrder(database: Database): DownloadOrder {
  const placeOf = database.prepare(
    `SELECT coalesce((SELECT place FROM download_order WHERE id = ?1),
       (SELECT min(added_at) FROM request WHERE id = ?1 AND state = 'open'), ?2, 9007199254740991) AS place`,
  );
  const all = database.prepare(
    `SELECT request.id AS id, coalesce(min(place), min(added_at)) AS place
     FROM request LEFT JOIN download_order ON download_order.id = request.id
     WHERE state = 'open' GROUP BY request.id ORDER BY 2, 1`,
  );
  const put = database.prepare('INSERT OR REPLACE INTO download_order (id, place) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM download_order WHERE id = ?');
  const place = (name: string, addedAt: number | null) => number(placeOf.get(name, addedAt)?.place);
  return {
    place,
    move(name, to, added) {
      transaction(database, () => {
        const ofSites = all.all().map((row): [string, number] => [text(row.id), number(row.place)]);
        const others = [...added].map(([each, addedAt]): [string, number] => [each, place(each, addedAt)]);
        const sorted = [...new Map([...others, ...ofSites])].sort(([, a], [, b]) => a - b);
        const names = sorted.map(([each]) => each);
        for (const [at, each] of moved(names, name, to).entries()) put.run(each, at);
      });
    },
    remove(name) {
      remove.run(name);
    },
  };
}

function moved(names: string[], name: string, to: QueueMove): string[] {
  const from = names.indexOf(name);
  if (from < 0) return names;
  const others = names.toSpliced(from, 1);
  const at = { top: 0, up: Math.max(0, from - 1), down: from + 1, bottom: others.length }[to];
  return others.toSpliced(at, 0, name);
}
