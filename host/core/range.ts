/** Range requests (RFC 9110, section 14), without any HTTP around them. */

import type { ByteRange } from './content.ts';

/** More ranges than this in one request are answered with the whole (they are rarely honest). */
const MAX_RANGES = 16;

/** `whole`: ignore the header. `unsatisfiable`: every range lies past the end. */
export type RangeRequest = 'whole' | 'unsatisfiable' | ByteRange[];

/** What a `Range` header asks of a representation of `size` bytes. A malformed header or another unit is ignored. */
export function parseRange(header: string | undefined, size: number): RangeRequest {
  const match = /^bytes=(.*)$/is.exec(header?.trim() ?? '');
  if (!match) return 'whole';
  const specs = match[1]!
    .split(',')
    .map(spec => spec.trim())
    .filter(spec => spec !== '');
  if (specs.length === 0) return 'whole';
  const ranges: ByteRange[] = [];
  for (const spec of specs) {
    const range = parseSpec(spec, size);
    if (range === 'malformed') return 'whole';
    if (range) ranges.push(range);
  }
  if (specs.length > MAX_RANGES) return 'whole';
  if (ranges.length === 0) return 'unsatisfiable';
  return ranges;
}

/**
 * The same as Go's net/http answers it, which the clients of Confluence know: a malformed header, another unit, `-0`, and any
 * range of an empty file are unsatisfiable; ranges that add up to more than the file are answered with the whole.
 */
export function parseRangeAsGo(header: string | undefined, size: number): RangeRequest {
  if (header === undefined || header === '') return 'whole';
  const match = /^bytes=(.*)$/s.exec(header);
  const specs = (match?.[1] ?? '').split(',').map(spec => spec.trim());
  const named = specs.filter(spec => spec !== '');
  if (named.length > MAX_RANGES) return 'whole';
  const parsed = named.map(spec => parseSpec(spec, size));
  const ranges = parsed.filter(range => range !== undefined && range !== 'malformed');
  if (ranges.length === 0 || parsed.includes('malformed')) return 'unsatisfiable';
  return ranges.reduce((sum, { start, end }) => sum + end - start, 0) > size ? 'whole' : ranges;
}

function parseSpec(spec: string, size: number): ByteRange | undefined | 'malformed' {
  const match = /^(\d*)-(\d*)$/.exec(spec);
  if (!match || (match[1] === '' && match[2] === '')) return 'malformed';
  if (match[1] === '') {
    const suffix = Number(match[2]);
    return suffix === 0 || size === 0 ? undefined : { start: Math.max(0, size - suffix), end: size };
  }
  const start = Number(match[1]);
  const last = match[2] === '' ? size - 1 : Number(match[2]);
  if (last < start && match[2] !== '') return 'malformed';
  return start >= size ? undefined : { start, end: Math.min(last + 1, size) };
}
