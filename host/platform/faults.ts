/** What the system's own errors mean to a person: a full disk, one that cannot be written. */

import { LsdError } from '../../shared/errors.ts';

/** sqlite.org/rescode.html: SQLITE_READONLY, SQLITE_IOERR, SQLITE_FULL; the low byte of an extended code. */
const SQLITE_READONLY = 8;
const SQLITE_IOERR = 10;
const SQLITE_FULL = 13;

/** An LsdError for what was thrown; undefined where it is neither one nor known to the system. */
export function faultOf(thrown: unknown): LsdError | undefined {
  if (thrown instanceof LsdError) return thrown;
  if (!(thrown instanceof Error)) return undefined;
  if (code(thrown) === 'ENOSPC' || code(thrown) === 'EDQUOT' || sqlite(thrown) === SQLITE_FULL) {
    return new LsdError('no-space', 'The disk that holds the home is full. Make room on it and try again.', {
      userAction: 'free-space',
      cause: thrown,
    });
  }
  if (code(thrown) === 'EROFS' || sqlite(thrown) === SQLITE_READONLY || sqlite(thrown) === SQLITE_IOERR) {
    return new LsdError('internal', `The home cannot be written (${thrown.message}). Check the disk that holds it.`, {
      cause: thrown,
    });
  }
  if (code(thrown) === 'EACCES' || code(thrown) === 'EPERM') {
    return new LsdError(
      'internal',
      `The home cannot be written (${thrown.message}). Check the owner and the rights of what lies in it.`,
      { cause: thrown },
    );
  }
  return undefined;
}

function code(error: Error): unknown {
  return 'code' in error ? error.code : undefined;
}

function sqlite(error: Error): number | undefined {
  return 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
}
