/** The head of a GET that has nothing unusual to it, read strictly. All else is node:http's to judge. */

import type { ByteRange } from '../core/content.ts';

export interface PlainRequest {
  method: 'GET';
  /** in origin form: a path, perhaps a query */
  url: string;
  /** lower-case names; each was there once */
  headers: Record<string, string>;
}

const REQUEST_LINE = /^GET (\/[\w/.~%=&?-]*) HTTP\/1\.1$/;
/** RFC 9110, section 5.6.2 */
const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const UNPRINTABLE = /[^\t\x20-\x7e]/;
/** They announce a body, change the protocol, or bind the answer to more than this module knows. */
const UNUSUAL = new Set(['content-length', 'transfer-encoding', 'upgrade', 'expect', 'te', 'trailer']);
const CONNECTION = /^(keep-alive|close)$/i;
const END = '\r\n\r\n';

/** Of a request with a single range: the text before the range, and after it. */
interface Template {
  before: string;
  after: string;
}

const RANGE = /\r\n(range:[\t ]*)(bytes=\d+-\d+)[\t ]*\r\n/i;
const ONE_RANGE = /^bytes=(\d+)-(\d+)$/;

/** Reads the requests of one connection, which are mostly alike but for their range. */
export interface PlainParser {
  /** Undefined: it is nothing plain. */
  parse(bytes: Buffer): PlainRequest | undefined;
  /** What a request asks for, at least one byte, that is else the one that was parsed last; undefined: it is another. */
  rangeOf(bytes: Buffer): ByteRange | undefined;
}

export function createPlainParser(): PlainParser {
  let last: Template | undefined;
  return {
    parse(bytes) {
      const text = bytes.toString('latin1');
      const request = parseText(text);
      last = request && templateOf(text);
      return request;
    },
    rangeOf(bytes) {
      if (!last || bytes.length < last.before.length + last.after.length) return undefined;
      const text = bytes.toString('latin1');
      const { before, after } = last;
      if (!text.startsWith(before) || !text.endsWith(after)) return undefined;
      const range = ONE_RANGE.exec(text.slice(before.length, text.length - after.length));
      const [start, end] = [Number(range?.[1]), Number(range?.[2]) + 1];
      return start < end ? { start, end } : undefined;
    },
  };
}

function templateOf(text: string): Template | undefined {
  const match = RANGE.exec(text);
  const [, name, range] = match ?? [];
  if (!match || name === undefined || range === undefined) return undefined;
  const start = match.index + '\r\n'.length + name.length;
  return { before: text.slice(0, start), after: text.slice(start + range.length) };
}

/**
 * Undefined unless the bytes are one whole head and nothing after it. It accepts a part of what llhttp accepts, and reads
 * that in the same way: no folded or repeated lines, no bare CR or LF, no blank before a colon, no body.
 */
function parseText(text: string): PlainRequest | undefined {
  if (!text.startsWith('GET /') || text.indexOf(END) !== text.length - END.length) return undefined;
  const [first = '', ...lines] = text.slice(0, -END.length).split('\r\n');
  const url = REQUEST_LINE.exec(first)?.[1];
  if (url === undefined) return undefined;
  const headers: Record<string, string> = {};
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0)).toLowerCase();
    if (!NAME.test(name) || UNPRINTABLE.test(line) || name in headers || UNUSUAL.has(name)) return undefined;
    headers[name] = line.slice(colon + 1).trim();
  }
  if (headers.connection !== undefined && !CONNECTION.test(headers.connection)) return undefined;
  return { method: 'GET', url, headers };
}
