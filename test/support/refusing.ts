/** A table that takes nothing, as if the disk had an error: triggers hold for every connection, at once. */

import type { DatabaseSync } from 'node:sqlite';

/** Returns the way to let it write again. */
export function refuseWrites(database: DatabaseSync, tables: string[]): () => void {
  const each = tables.flatMap(table => ['INSERT', 'UPDATE', 'DELETE'].map(what => ({ table, what })));
  const name = ({ table, what }: (typeof each)[number]) => `refuse_${table}_${what}`;
  for (const one of each) {
    database.exec(
      `CREATE TRIGGER ${name(one)} BEFORE ${one.what} ON ${one.table} BEGIN SELECT RAISE(ABORT, 'disk I/O error'); END`,
    );
  }
  return () => {
    for (const one of each) database.exec(`DROP TRIGGER ${name(one)}`);
  };
}
