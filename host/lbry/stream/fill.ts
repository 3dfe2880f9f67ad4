/** Reads exactly as much of a file as was asked for. */

import type { FileHandle } from 'node:fs/promises';
import { LsdError } from '../../../shared/errors.ts';

/** Fills `part` from `position`. Throws `not-found` where the file ends before. */
export async function fill(file: FileHandle, part: Uint8Array, position: number): Promise<void> {
  for (let filled = 0; filled < part.length; ) {
    const { bytesRead } = await file.read(part, filled, part.length - filled, position + filled);
    if (bytesRead === 0) throw shortened();
    filled += bytesRead;
  }
}

export function shortened(): LsdError {
  return new LsdError('not-found', 'The file is shorter than it was. Share it again when it is done.');
}
