/** Names of things by hash: a file's id and a torrent's info hash. Both are 40 lower-case hex digits, never mixed up. */

declare const brand: unique symbol;

/** SHA-1 of a file's bytes, 40 lower-case hex digits. */
export type Id = string & { readonly [brand]: 'Id' };

/** BitTorrent v1 info hash, 40 lower-case hex digits. */
export type InfoHash = string & { readonly [brand]: 'InfoHash' };

const HEX_40 = /^[0-9a-f]{40}$/;
const HEX_96 = /^[0-9a-f]{96}$/;

/** The id that `text` writes, in either case, or undefined where it writes none. */
export function parseId(text: unknown): Id | undefined {
  return hex40(text) as Id | undefined;
}

/** The info hash that `text` writes, in either case, or undefined where it writes none. */
export function parseInfoHash(text: unknown): InfoHash | undefined {
  return hex40(text) as InfoHash | undefined;
}

function hex40(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined;
  const lower = text.toLowerCase();
  return HEX_40.test(lower) ? lower : undefined;
}

/** What a download is named by: an id, the info hash of a torrent, or the 96 digits that LBRY knows a stream by. */
export function parseDownloadName(text: string): string | undefined {
  const lower = text.toLowerCase();
  return HEX_40.test(lower) || HEX_96.test(lower) ? lower : undefined;
}
