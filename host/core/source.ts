/** Where the bytes of a content can come from. */

import type { InfoHash } from '../../shared/id.ts';

/** `btih`: a BitTorrent v1 torrent. `sd`: a LBRY stream, named by the SHA-384 of its descriptor (96 hex digits). */
export type Source = { kind: 'btih'; infoHash: InfoHash } | { kind: 'sd'; sdHash: string };
