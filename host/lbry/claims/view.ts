/** A claim as lbry-sdk shows it in JSON, whichever version it was written in. What is empty is left out. */

import type { InfoHash } from '../../../shared/id.ts';
import type { BlobHash } from '../blob.ts';

export type ClaimType = 'stream' | 'channel' | 'collection' | 'repost';

export interface ClaimView {
  title?: string;
  description?: string;
  thumbnail?: SourceView;
  tags?: string[];
  /** `en`, `en-Latn-US` */
  languages?: string[];
  locations?: LocationView[];

  // of a stream
  source?: SourceView;
  author?: string;
  license?: string;
  license_url?: string;
  /** Unix seconds */
  release_time?: string;
  fee?: FeeView;
  /** what its media type means to lbry-sdk */
  stream_type?: string;
  image?: { width?: number; height?: number };
  video?: { width?: number; height?: number; duration?: number; audio?: { duration?: number } };
  audio?: { duration?: number };
  software?: { os?: string };

  // of a channel
  /** hex of the compressed point */
  public_key?: string;
  email?: string;
  website_url?: string;
  cover?: SourceView;
  /** ids of claims */
  featured?: string[];

  // of a collection, and of a repost
  claims?: string[];
  claim_id?: string;
}

export interface SourceView {
  /** hex of the SHA-384 of the plain file */
  hash?: string;
  name?: string;
  /** bytes, decimal */
  size?: string;
  media_type?: string;
  url?: string;
  /** a claim may have both; lbry-sdk then shows the first alone, and downloads the second */
  sd_hash?: BlobHash;
  bt_infohash?: InfoHash;
}

export interface FeeView {
  currency?: string;
  /** base58 */
  address?: string;
  /** decimal */
  amount?: string;
}

export interface LocationView {
  country?: string;
  state?: string;
  city?: string;
  code?: string;
  /** degrees, decimal */
  latitude?: string;
  longitude?: string;
}

/** `view` without what is undefined, '' or an empty list: of protobuf 3 these are not there. */
export function withoutEmpty<T extends object>(view: { [K in keyof T]: T[K] | undefined }): T {
  const entries = Object.entries(view).filter(([, value]) => !isEmpty(value));
  return Object.fromEntries(entries) as T; // the same fields, all of them optional
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === '' || value === 0 || (Array.isArray(value) && value.length === 0);
}

const DOCUMENTS = /^(text\/|application\/(pdf|msword|epub\+zip|rtf|vnd\.(ms-|openxmlformats|oasis\.opendocument)))/;

/** `video`, `audio`, `image`, `model`, `document`, else `binary`. */
export function streamTypeOf(mediaType: string): string {
  const kind = /^(video|audio|image|model)\//.exec(mediaType)?.[1];
  return kind ?? (DOCUMENTS.test(mediaType) ? 'document' : 'binary');
}
