/**
 * Which pieces of a torrent's files are there: a file with a byte for each, 1 where it was written whole. One that says too
 * much is found out by who reads the piece.
 */

import { constants, readFileSync } from 'node:fs';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** None where there is none yet. */
export function readRecord(path: string, pieceCount: number): Uint8Array {
  const there = new Uint8Array(pieceCount);
  try {
    there.set(readFileSync(path).subarray(0, pieceCount));
  } catch {
    // There is none yet.
  }
  return there;
}

export async function recordPiece(path: string, piece: number, isHere: boolean): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await using handle = await open(path, constants.O_WRONLY | constants.O_CREAT, 0o600);
  await handle.write(Uint8Array.of(isHere ? 1 : 0), 0, 1, piece);
}
