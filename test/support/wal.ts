/** The transactions that a database in WAL mode has committed: each ends with a frame that says how many pages there are. */

import { readFileSync } from 'node:fs';

const HEADER = 32;
const FRAME_HEADER = 24;

/** Since the last checkpoint that began the file anew. */
export function commitsIn(database: string): number {
  const wal = readFileSync(`${database}-wal`);
  const pageSize = wal.readUInt32BE(8);
  let commits = 0;
  for (let at = HEADER; at + FRAME_HEADER <= wal.length; at += FRAME_HEADER + pageSize) {
    if (wal.readUInt32BE(at + 4) !== 0) commits++;
  }
  return commits;
}
