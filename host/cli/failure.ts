/** What failed, as who reads it is told: the command line's own failures, and those of the daemon by their codes. */

import { type ErrorCode, type ErrorOptions, LsdError, type UserAction } from '../../shared/errors.ts';
import type { Fill, Filling } from '../../shared/sentence.ts';
import { oneLine } from './output.ts';
import type { Places } from './places.ts';
import { apart, isEnglish, type Key, say, sentence } from './say.ts';

/** Its message is a sentence in the reader's language. */
class ToldError extends LsdError {}

/** What fills the sentence, where it has places, and the cause, where there is one. */
type Rest<K extends Key> =
  Filling<Places, K> extends [infer What]
    ? [fill: What, options?: ErrorOptions]
    : [fill?: undefined, options?: ErrorOptions];

/** A failure that the command line itself found. */
export function failure<K extends Key>(code: ErrorCode, key: K, ...rest: Rest<K>): LsdError;
export function failure(code: ErrorCode, key: Key, fill: Fill = {}, options: ErrorOptions = {}): LsdError {
  const clean = Object.entries(fill).map(([name, value]) => [name, typeof value === 'string' ? oneLine(value) : value]);
  return new ToldError(code, sentence(key, Object.fromEntries(clean)), options);
}

interface Told {
  code: ErrorCode;
  message: string;
  userAction?: UserAction | undefined;
}

/**
 * What a failure of the daemon says: its own sentence, which is English and particular; in another language, before it, what
 * its code says, and what mends it.
 */
export function errorText({ code, message, userAction }: Told): string {
  const said = oneLine(message);
  if (isEnglish()) return said;
  const what = [say(`error.${code}`), ...(userAction ? [say(`mend.${userAction}`)] : [])].join(' ');
  return say('error.said', { what, said });
}

/** One line, with nothing in it that drives the terminal. */
export function failureText(thrown: unknown): string {
  if (thrown instanceof ToldError) return thrown.message;
  if (thrown instanceof LsdError) return errorText(thrown);
  return apart(oneLine(thrown instanceof Error ? thrown.message : String(thrown)));
}
