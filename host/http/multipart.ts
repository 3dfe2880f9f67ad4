/** Forms with files (multipart/form-data, RFC 7578), part by part as they come: no file is ever held in memory. */

import { LsdError } from '../../shared/errors.ts';

export interface Part {
  /** of the field */
  name: string;
  /** as the sender wrote it, with its folders; undefined: it is no file */
  filename: string | undefined;
  /** read before the next part is asked for; what is left of it is skipped */
  body: AsyncIterable<Uint8Array>;
}

/** of one part */
const MOST_HEADER_BYTES = 16 * 1024;

/** Undefined: this is no form with files. */
export function boundaryOf(contentType: string | undefined): string | undefined {
  if (!/^multipart\/form-data\s*;/i.test(contentType ?? '')) return undefined;
  const match = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(contentType ?? '');
  return match?.[1] ?? match?.[2];
}

/** Throws `invalid` for what is no such form. */
export async function* readParts(stream: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  await using source = createSource(stream);
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  await skip(source, delimiter);
  for (let mark = await source.take(2); mark.toString() !== '--'; mark = await source.take(2)) {
    source.giveBack(mark);
    const { name, filename } = await readHead(source);
    let isOver = false;
    const next = async () => {
      if (isOver) return undefined;
      const { bytes, found } = await source.until(delimiter);
      isOver = found;
      return bytes;
    };
    yield { name, filename, body: chunksOf(next) };
    while ((await next()) !== undefined);
  }
}

async function* chunksOf(next: () => Promise<Uint8Array | undefined>): AsyncGenerator<Uint8Array> {
  for (let bytes = await next(); bytes; bytes = await next()) if (bytes.length > 0) yield bytes;
}

interface Source extends AsyncDisposable {
  take(length: number): Promise<Buffer>;
  /** What stands before `mark`, or as much of it as is here; the mark itself is taken away. */
  until(mark: Buffer): Promise<{ bytes: Buffer; found: boolean }>;
  giveBack(bytes: Buffer): void;
}

function createSource(stream: AsyncIterable<Uint8Array>): Source {
  const chunks = stream[Symbol.asyncIterator]();
  // The first delimiter stands at the very start, without the line break that is before all others.
  let pending = Buffer.from('\r\n');

  async function more(): Promise<void> {
    const { done, value } = await chunks.next();
    if (done) throw wrong('it ends too early');
    pending = Buffer.concat([pending, value]);
  }

  function cut(length: number): Buffer {
    const bytes = pending.subarray(0, length);
    pending = pending.subarray(length);
    return bytes;
  }

  return {
    async take(length) {
      while (pending.length < length) await more();
      return cut(length);
    },
    async until(mark) {
      for (;;) {
        const at = pending.indexOf(mark);
        if (at >= 0) {
          const bytes = cut(at);
          cut(mark.length);
          return { bytes, found: true };
        }
        // The last bytes may be the beginning of the mark.
        const sure = pending.length - mark.length + 1;
        if (sure > 0) return { bytes: cut(sure), found: false };
        await more();
      }
    },
    giveBack(bytes) {
      pending = Buffer.concat([bytes, pending]);
    },
    async [Symbol.asyncDispose]() {
      await chunks.return?.();
    },
  };
}

async function skip(source: Source, delimiter: Buffer): Promise<void> {
  let skipped = 0;
  for (let found = false; !found; ) {
    const next = await source.until(delimiter);
    found = next.found;
    skipped += next.bytes.length;
    if (skipped > MOST_HEADER_BYTES) throw wrong('it does not begin with its boundary');
  }
}

/** The rest of the boundary's line, and the headers up to the blank line. */
async function readHead(source: Source): Promise<{ name: string; filename: string | undefined }> {
  const parts: Buffer[] = [];
  let length = 0;
  for (let found = false; !found; ) {
    const next = await source.until(Buffer.from('\r\n\r\n'));
    found = next.found;
    parts.push(next.bytes);
    length += next.bytes.length;
    if (length > MOST_HEADER_BYTES) throw wrong('the headers of a part are too long');
  }
  const lines = Buffer.concat(parts).toString('utf8').split('\r\n');
  const disposition = lines.find(line => /^content-disposition:\s*form-data/i.test(line));
  const name = disposition && parameter(disposition, 'name');
  if (disposition === undefined || name === undefined) throw wrong('a part of it has no name');
  return { name, filename: parameter(disposition, 'filename') };
}

/** Browsers write a quote as %22, curl as \". */
function parameter(line: string, wanted: string): string | undefined {
  const match = new RegExp(`;\\s*${wanted}=(?:"((?:\\\\["\\\\]|[^"])*)"|([^\\s;"]+))`, 'i').exec(line);
  const quoted = match?.[1]?.replace(/\\(["\\])/g, '$1');
  return (quoted ?? match?.[2])?.replace(/%(22|0D|0A)/gi, code => decodeURIComponent(code));
}

function wrong(why: string): LsdError {
  return new LsdError('invalid', `This is no form with files: ${why}.`);
}
