/** The info dictionary (BEP 3) of one file, under the name that it has. */

import { basename } from 'node:path';
import { dict, encode } from '../../core/bencode.ts';
import { pieceLengthOf } from '../../core/canonical.ts';
import type { Hasher } from '../../core/ports.ts';

export function describeBy(hasher: Pick<Hasher, 'hashFile'>) {
  return async (path: string, signal: AbortSignal): Promise<Uint8Array> => {
    const { pieces, stamp } = await hasher.hashFile(path, signal);
    const name = Buffer.from(basename(path), 'utf8');
    return encode(dict({ length: stamp.size, name, 'piece length': pieceLengthOf(stamp.size), pieces }));
  };
}
