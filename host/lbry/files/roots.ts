/** Folders that callers may name: the one for downloads, and those that the person named. */

import { mkdir } from 'node:fs/promises';
import { LsdError } from '../../../shared/errors.ts';
import { pathBelow } from '../../platform/below-root.ts';

/** The path that a caller's words mean, links resolved: relative to the first root, or absolute inside any. */
export type Below = (path: string) => Promise<string>;

/** `roots`: absolute. Throws `denied` for what lies in none of them, whatever links say. */
export function pathsBelow(roots: readonly string[]): Below {
  return async path => {
    for (const root of path.includes('\0') ? [] : roots) {
      await mkdir(root, { recursive: true });
      const found = await pathBelow(root, path).catch(refused);
      if (found !== undefined) return found;
    }
    throw new LsdError(
      'denied',
      'This path lies outside the folders that LBRY may use: the one for downloads (--lbry-download-dir), and each --lbry-root.',
    );
  };
}

function refused(thrown: unknown): undefined {
  if (!(thrown instanceof LsdError) || thrown.code !== 'denied') throw thrown;
}
