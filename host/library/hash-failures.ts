/** Why a file was not hashed, as errors. */

import { LsdError } from '../../shared/errors.ts';
import { errnoOf } from './gone.ts';
import type { HashAnswer } from './hash-job.ts';

export function unreadable(cause: unknown): LsdError {
  const code = errnoOf(cause);
  return new LsdError('not-found', `The file cannot be read (${code}).`, { params: { errno: code }, cause });
}

export function ended(): LsdError {
  return new LsdError('aborted', 'Hashing has ended.');
}

export function changed(): LsdError {
  return new LsdError('aborted', 'The file changed while it was read; it will be hashed again.');
}

export function stopped(): LsdError {
  return new LsdError('aborted', 'Hashing was stopped.');
}

export function died(): LsdError {
  return new LsdError('internal', 'A hash worker ended while it read a file.');
}

export function failureOf(reply: Extract<HashAnswer, { kind: 'changed' | 'stopped' | 'failed' }>): Error {
  if (reply.kind === 'changed') return changed();
  if (reply.kind === 'stopped') return stopped();
  const cause = Object.assign(new Error(reply.message), { code: reply.code });
  return new LsdError('not-found', `The file cannot be read (${reply.code}).`, {
    params: { errno: reply.code },
    cause,
  });
}
