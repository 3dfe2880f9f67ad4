/** The HTTP status that says what went wrong. */

import { type ErrorCode, LsdError } from '../../../shared/errors.ts';
import { Silence } from '../../http/watch.ts';

const STATUS: Partial<Record<ErrorCode, number>> = {
  invalid: 400,
  denied: 403,
  'not-found': 404,
  timeout: 408,
  quota: 413,
  'rate-limited': 429,
  aborted: 503,
  'not-configured': 503,
  'no-space': 507,
};

/** Undefined: nobody foresaw it. */
export function statusOf(thrown: unknown): number | undefined {
  if (thrown instanceof Silence) return 504;
  return thrown instanceof LsdError ? (STATUS[thrown.code] ?? 500) : undefined;
}
