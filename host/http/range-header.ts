/** What a GET asks for by its conditional and range headers (RFC 9110, sections 13 and 14). */

import type { ByteRange } from '../core/content.ts';
import { parseRange, parseRangeAsGo } from '../core/range.ts';
import type { RequestHeaders } from './guard.ts';

export type Asked =
  | { kind: 'not-modified' }
  | { kind: 'unsatisfiable' }
  | { kind: 'whole' }
  | { kind: 'part'; range: ByteRange }
  | { kind: 'parts'; ranges: ByteRange[] };

export interface Validated {
  size: number;
  /** strong, with its quotes; undefined while the bytes may still turn out to be another file's */
  etag: string | undefined;
  /** whose way with odd ranges; RFC 9110's where it is left out */
  ranges?: 'go';
}

/** `HEAD` ignores `Range` (section 14.2 defines it for GET alone). */
export function askedOf(
  method: string | undefined,
  headers: RequestHeaders,
  { size, etag, ranges: way }: Validated,
): Asked {
  if (etag !== undefined && matchesAny(text(headers['if-none-match']), etag)) return { kind: 'not-modified' };
  if (method !== 'GET' || !rangeHolds(text(headers['if-range']), etag)) return { kind: 'whole' };
  const ranges = (way === 'go' ? parseRangeAsGo : parseRange)(text(headers.range), size);
  if (ranges === 'whole') return { kind: 'whole' };
  if (ranges === 'unsatisfiable') return { kind: 'unsatisfiable' };
  const distinct = way === 'go' ? ranges : coalesce(ranges);
  return distinct.length === 1 ? { kind: 'part', range: distinct[0]! } : { kind: 'parts', ranges: distinct };
}

/** Weak comparison (section 13.1.2): `W/` is of no matter. */
function matchesAny(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  return header.split(',').some(tag => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag);
}

/** Strong comparison (section 13.1.5); a date never holds, for nothing here has one. */
function rangeHolds(ifRange: string | undefined, etag: string | undefined): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}

/**
 * Ranges that overlap are merged, so that no request is answered with more bytes than the file has (section 14.2 warns of
 * it); those that do not keep the order in which they were asked for.
 */
function coalesce(ranges: ByteRange[]): ByteRange[] {
  if (ranges.length === 1) return ranges;
  const sorted = ranges.toSorted((a, b) => a.start - b.start);
  const merged: ByteRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last && range.start < last.end) last.end = Math.max(last.end, range.end);
    else merged.push({ ...range });
  }
  return merged.length === ranges.length ? ranges : merged;
}

function text(header: string | string[] | undefined): string | undefined {
  return typeof header === 'string' ? header : header?.join(',');
}
