/** Writes a content, or ranges of it, to a response at its reader's pace. */

import { randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { LsdError } from '../../shared/errors.ts';
import type { ByteRange, Content } from '../core/content.ts';
import { giveBackChunk } from '../platform/chunks.ts';
import { answer } from './answer.ts';
import type { Exchange } from './exchange.ts';
import { askedOf } from './range-header.ts';
import type { Watch } from './watch.ts';

export interface Representation {
  content: Content;
  /** strong, with its quotes; undefined until the whole file is verified */
  etag: string | undefined;
  /** Content-Type and what else every answer of it carries */
  headers: Readonly<Record<string, string>>;
}

/** Answers 200, 206, 304 or 416. Headers go out with the first byte. A client that has gone is no error. */
export async function sendContent({ req, res }: Exchange, shown: Representation, watch: Watch): Promise<void> {
  const { content, etag } = shown;
  const asked = askedOf(req.method, req.headers, { size: content.size, etag });
  const headers: Record<string, string> = { ...shown.headers, ...(etag && { ETag: etag }), 'Accept-Ranges': 'bytes' };
  switch (asked.kind) {
    case 'not-modified': {
      const { 'Content-Type': _type, 'Content-Disposition': _disposition, ...kept } = headers;
      res.writeHead(304, kept).end();
      return;
    }
    case 'unsatisfiable':
      answer(res, 416, { 'Content-Range': `bytes */${content.size}`, 'Accept-Ranges': 'bytes' });
      return;
    default: {
      const body = bodyOf(asked, content.size, headers);
      if (req.method === 'HEAD') res.writeHead(body.status, body.headers).end();
      else await pump(shown, body, res, watch);
    }
  }
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
async function pump({ content }: Representation, body: Body, res: ServerResponse, watch: Watch): Promise<void> {
  for (const { before, range, after } of body.segments) {
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
        upcoming = left > 0 ? chunks.next() : upcoming;
        upcoming.catch(() => {}); // it is asked again at the loop's head
        if (!res.headersSent) res.writeHead(body.status, body.headers);
        if (begins && before.length > 0) res.write(before);
        watch.heard();
        await watch.wait(written(res, value));
        giveBackChunk(value);
        watch.heard();
      }
    } finally {
      // Not awaited: a content that does not heed its signal must not hold the answer.
      chunks.return?.().catch(() => {});
    }
    if (after.length > 0) res.write(after);
  }
  if (!res.headersSent) res.writeHead(body.status, body.headers);
  res.end();
}

/** Resolves when the system has taken the bytes. */
function written(res: ServerResponse, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    res.write(chunk, cause => {
      if (cause) reject(new LsdError('aborted', 'The client has gone.', { cause }));
      else resolve();
    });
  });
}
