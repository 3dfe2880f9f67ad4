/** Hubs as options name them: HOST:PORT. */

import { LsdError } from '../../../shared/errors.ts';

const DEFAULT_PORT = 50_001;

/** Throws `invalid` for what is none. */
export function readHub(text: string): { host: string; port: number } {
  const [, host, port] = /^(\[[^\]\s]+\]|[^:\s]+)(?::(\d{1,5}))?$/.exec(text) ?? [];
  const number = port === undefined ? DEFAULT_PORT : Number(port);
  if (host !== undefined && number >= 1 && number <= 65_535) return { host, port: number };
  throw new LsdError('invalid', `--lbry-hub wants HOST:PORT, not "${text}".`);
}
