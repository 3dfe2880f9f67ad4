/** Why a torrent cannot go on, by what was thrown. */

import type { Failure } from './engine/link.ts';

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** The last two are our own: a link leads out of the folder, or it is no file. */
const UNWRITABLE = new Set([
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ELOOP',
  'EISDIR',
  'ENOTDIR',
  'ENAMETOOLONG',
  'denied',
  'not-found',
]);

export function failureOf(thrown: unknown): Exclude<Failure, 'mismatch'> {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (typeof code !== 'string') return 'engine';
  if (FULL.has(code)) return 'no-space';
  return UNWRITABLE.has(code) ? 'unwritable' : 'engine';
}
