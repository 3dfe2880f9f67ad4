/** `xs` of a magnet link: a `.torrent` file at a URL, fetched under the address rules of trackers. */

import { LsdError } from '../../shared/errors.ts';
import type { Net } from '../platform/net.ts';

/** security.md, "From peers" */
const MOST_BYTES = 16 * 1024 * 1024;
const SILENCE_MS = 15_000;
const TOTAL_MS = 60_000;

/** Each address is checked before anything connects to it, also those that a redirect leads to. */
export async function fetchSource(
  net: Pick<Net, 'checkedFetch'>,
  url: string,
  lan: boolean,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const response = await net.checkedFetch(
    url,
    { headers: { accept: 'application/x-bittorrent, */*;q=0.1' } },
    { lan, maxBytes: MOST_BYTES, silenceMs: SILENCE_MS, totalMs: TOTAL_MS, redirects: 'anywhere', signal },
  );
  if (!response.ok) {
    await response.body?.cancel();
    throw new LsdError('site-error', `${new URL(url).origin} answered ${response.status}.`);
  }
  return new Uint8Array(await response.arrayBuffer());
}

export function isExactSource(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
