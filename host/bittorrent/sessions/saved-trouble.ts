/** Why a saved torrent stands still, as those who asked for it are told. */

import { LsdError } from '../../../shared/errors.ts';
import type { Trouble } from '../../core/torrent-sessions.ts';
import type { Failure } from '../engine/link.ts';
import { failureOf } from '../failure.ts';

export const TROUBLES: Record<Failure, Trouble['reason']> = {
  engine: 'internal',
  mismatch: 'invalid',
  'no-space': 'no-space',
  unwritable: 'unwritable',
};

export function reasonOf(thrown: unknown): Trouble['reason'] {
  const code = thrown instanceof LsdError ? thrown.code : undefined;
  return code === 'denied' || code === 'invalid' ? code : TROUBLES[failureOf(thrown)];
}

export function unready(): LsdError {
  return new LsdError('invalid', 'What is in this torrent is not known yet. Try it again.');
}
