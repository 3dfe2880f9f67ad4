/** What the requests of one site may take, and what it is told where they would take more. */

import { LsdError } from '../../shared/errors.ts';

export interface RequestLimits {
  open: number;
  /** bytes of what the site says of them */
  describedBytes: number;
}
export const REQUEST_LIMITS: RequestLimits = { open: 100_000, describedBytes: 64 * 1_048_576 };

export function tooMany(origin: string, { open }: RequestLimits): LsdError {
  return new LsdError(
    'quota',
    `${origin} would have more than ${open} open requests, as many as one site may have. Take some back first.`,
    { params: { origin, requests: open } },
  );
}

export function tooLong(origin: string, { describedBytes }: RequestLimits): LsdError {
  return new LsdError(
    'quota',
    `What ${origin} says of the files that it is asked for takes more than ${describedBytes} bytes. Request fewer at a time, or have the site leave out "torrent".`,
    { params: { origin, bytes: describedBytes } },
  );
}
