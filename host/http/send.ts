/** Writes a content, or ranges of it, to a response at its reader's pace. */

import { randomBytes } from 'node:crypto';
import type { ByteRange, Content } from '../core/content.ts';
import { giveBackChunk, withHead } from '../platform/chunks.ts';
import { answer } from './answer.ts';
import { headText } from './direct-response.ts';
import type { Again, Exchange, Response } from './exchange.ts';
import { askedOf } from './range-header.ts';
import type { Patience, Watch } from './watch.ts';

export interface Representation {
  content: Content;
  /** strong, with its quotes; undefined until the whole file is verified */
  etag: string | undefined;
  /** Content-Type and what else every answer of it carries */
  headers: Readonly<Record<string, string>>;
  /** whose way with odd ranges; RFC 9110's where it is left out */
  ranges?: 'go';
  /** Requests that are alike but for their range are answered the same way while it says so; none, where it is left out. */
  mayAgain?(): boolean;
}

/** Answers 200, 206, 304 or 416, and waits until it is taken. Headers go out with the first byte. */
export async function sendContent(exchange: Exchange, shown: Representation, watch: Watch): Promise<void> {
  const { req, res } = exchange;
  const { content, etag, ranges } = shown;
  const asked = askedOf(req.method, req.headers, { size: content.size, etag, ...(ranges && { ranges }) });
  const headers = headersOf(exchange, shown);
  switch (asked.kind) {
    case 'not-modified': {
      const { 'Content-Type': _type, 'Content-Disposition': _disposition, ...kept } = headers;
      res.writeHead(304, kept).end();
      return;
    }
    case 'unsatisfiable':
      answer(res, 416, {
        ...exchange.headers,
        'Content-Range': `bytes */${content.size}`,
        'Accept-Ranges': 'bytes',
      });
      return;
    default: {
      if (asked.kind === 'part' && partAtOnce(exchange, shown, asked.range)) return watch.over();
      const body = bodyOf(asked, content.size, headers);
      if (req.method === 'HEAD') res.writeHead(body.status, body.headers).end();
      else await pump(shown, body, exchange, watch);
    }
  }
}

function headersOf(exchange: Exchange, { headers, etag }: Representation): Record<string, string> {
  return { ...exchange.headers, ...headers, ...(etag && { ETag: etag }), 'Accept-Ranges': 'bytes' };
}

/**
 * The same for one range whose bytes are at hand, before it returns: all the waiting above takes longer than that. False:
 * nothing was said yet. Who does not take the bytes within `silenceMs` is closed.
 */
export function sendAtOnce(exchange: Exchange, shown: Representation, { silenceMs }: Patience): boolean {
  const { req, res } = exchange;
  const { content, etag } = shown;
  const asked = askedOf(req.method, req.headers, { size: content.size, etag });
  if (asked.kind !== 'part' || !partAtOnce(exchange, shown, asked.range)) return false;
  if (res.writableLength > 0) {
    const silence = setTimeout(() => res.destroy(), silenceMs);
    exchange.onGone(() => clearTimeout(silence));
  }
  return true;
}

function partAtOnce(exchange: Exchange, shown: Representation, range: ByteRange): boolean {
  const { res } = exchange;
  const { content, mayAgain } = shown;
  const bytes = content.readNow?.(range);
  if (!bytes) return false;
  const { status, headers } = bodyOf({ kind: 'part', range }, content.size, headersOf(exchange, shown));
  res.writeHead(status, headers);
  if (mayAgain && exchange.onAlike) {
    const again = againOf(exchange, shown);
    exchange.onAlike((next, lines) => (mayAgain() ? again(next, lines) : undefined));
  }
  res.write(bytes, () => giveBackChunk(bytes));
  res.end();
  return true;
}

/** The same for those that are alike but for their range: checking and writing out all of a head costs as much as the bytes. */
function againOf(exchange: Exchange, shown: Representation): Again {
  const head = Buffer.from(headText(206, headersOf(exchange, shown)), 'latin1');
  const { content } = shown;
  return (asked, lines) => {
    const range = { start: asked.start, end: Math.min(asked.end, content.size) };
    const bytes = range.start < range.end ? content.readNow?.(range) : undefined;
    if (!bytes) return undefined;
    const own = `Content-Range: ${contentRange(range, content.size)}\r\nContent-Length: ${bytes.length}\r\n`;
    return withHead(head, own + lines, bytes) ?? Buffer.concat([head, Buffer.from(own + lines, 'latin1'), bytes]);
  };
}

interface Body {
  status: number;
  headers: Record<string, string | number>;
  segments: Segment[];
}
/** Text to be written once the first byte of the range is there, then the range. */
interface Segment {
  before: Uint8Array;
  range: ByteRange;
  after: Uint8Array;
}

const NOTHING = new Uint8Array();

type Ranged = { kind: 'whole' } | { kind: 'part'; range: ByteRange } | { kind: 'parts'; ranges: ByteRange[] };

function bodyOf(asked: Ranged, size: number, headers: Record<string, string>): Body {
  if (asked.kind === 'parts') return multipart(asked.ranges, size, headers);
  const range = asked.kind === 'whole' ? { start: 0, end: size } : asked.range;
  return {
    status: asked.kind === 'whole' ? 200 : 206,
    headers: {
      ...headers,
      ...(asked.kind === 'part' && { 'Content-Range': contentRange(range, size) }),
      'Content-Length': range.end - range.start,
    },
    segments: [{ before: NOTHING, range, after: NOTHING }],
  };
}

/** RFC 9110, section 14.6: each part says its type and place. */
function multipart(ranges: ByteRange[], size: number, headers: Record<string, string>): Body {
  const boundary = randomBytes(15).toString('hex');
  const segments = ranges.map((range, index): Segment => {
    const first = index === 0 ? '' : '\r\n';
    const head = `${first}--${boundary}\r\nContent-Type: ${headers['Content-Type']}\r\nContent-Range: ${contentRange(range, size)}\r\n\r\n`;
    const last = index === ranges.length - 1 ? `\r\n--${boundary}--\r\n` : '';
    return { before: Buffer.from(head), range, after: Buffer.from(last) };
  });
  return {
    status: 206,
    headers: {
      ...headers,
      'Content-Type': `multipart/byteranges; boundary=${boundary}`,
      'Content-Length': segments.reduce((sum, each) => sum + lengthOf(each), 0),
    },
    segments,
  };
}

function lengthOf({ before, range, after }: Segment): number {
  return before.length + range.end - range.start + after.length;
}

function contentRange({ start, end }: ByteRange, size: number): string {
  return `bytes ${start}-${end - 1}/${size}`;
}

/** One chunk is read ahead while the one before it is written; never more, however slow the client is. */
async function pump({ content }: Representation, body: Body, { res, turn }: Exchange, watch: Watch): Promise<void> {
  const last = body.segments.at(-1);
  for (const segment of body.segments) {
    const { before, range, after } = segment;
    const chunks = content.read(range, watch.signal)[Symbol.asyncIterator]();
    let left = range.end - range.start;
    try {
      let upcoming = chunks.next();
      while (left > 0) {
        const { done, value } = await watch.wait(upcoming);
        // The length is promised already: the connection must break, or the client takes what follows for the file.
        if (done || value.length > left) throw new Error('a content is not as long as it said');
        const begins = left === range.end - range.start && value.length > 0;
        left -= value.length;
        if (!res.headersSent) res.writeHead(body.status, body.headers);
        if (begins && before.length > 0) res.write(before);
        watch.heard();
        // Begun first: another thread may read while this one writes.
        if (left > 0) {
          upcoming = chunks.next();
          upcoming.catch(() => {}); // it is asked again at the loop's head
        }
        const taken = written(res, value);
        // What ends the answer goes out with its last bytes, in one packet.
        if (left === 0 && segment === last) break;
        await watch.wait(taken);
        watch.heard();
        // A reader who is as fast as this thread would have it to himself.
        await watch.wait(turn());
      }
    } finally {
      // Not awaited: a content that does not heed its signal must not hold the answer.
      chunks.return?.().catch(() => {});
    }
    if (after.length > 0) res.write(after);
  }
  if (!res.headersSent) res.writeHead(body.status, body.headers);
  res.end();
  await watch.over();
}

/** Resolves when the system has taken the bytes; only then is their memory used again. */
function written(res: Response, chunk: Uint8Array): Promise<void> {
  return new Promise(resolve => {
    res.write(chunk, () => {
      giveBackChunk(chunk);
      resolve();
    });
  });
}
