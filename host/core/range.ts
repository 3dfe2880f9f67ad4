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
