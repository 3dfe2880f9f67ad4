/** A `.torrent` file at a URL that a stranger named, fetched under the address rules of trackers. */

import { LsdError } from '../../shared/errors.ts';
import type { CheckedFetch } from './checked-fetch.ts';

/** security.md, "From peers" */
const MOST_BYTES = 16 * 1024 * 1024;
/** ms, of all of it */
const TOTAL_MS = 30_000;

/**
 * Each address is checked before anything connects to it, also those that a redirect leads to. Throws `denied` for one that
 * may not be asked, `site-…` and `timeout` for all else that goes wrong.
 */
export async function fetchTorrentFile(
  net: { checkedFetch: CheckedFetch },
  url: string,
  options: { lan: boolean; signal: AbortSignal },
): Promise<Uint8Array> {
  const response = await net.checkedFetch(
    url,
    { headers: { accept: 'application/x-bittorrent, */*;q=0.1' } },
    { ...options, maxBytes: MOST_BYTES, silenceMs: TOTAL_MS, totalMs: TOTAL_MS, redirects: 'anywhere' },
  );
  if (response.ok) return new Uint8Array(await response.arrayBuffer());
  await response.body?.cancel();
  throw new LsdError(
    'site-error',
    `${new URL(url).origin} answers with ${response.status}: it does not give this torrent.`,
  );
}
