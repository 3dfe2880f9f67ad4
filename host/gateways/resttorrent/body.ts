/** The parameters in the body of a request: JSON, or a form of either kind. */

import { LsdError } from '../../../shared/errors.ts';
import { wholeBody } from '../../http/body.ts';
import { boundaryOf, readParts } from '../../http/multipart.ts';
import { unreadable } from './failure.ts';

/** `type`: Content-Type. Throws `body.notsupported` for what is neither, `param.invalid` for what cannot be read as it says. */
export async function readBody(type: string | undefined, body: Uint8Array): Promise<Map<string, unknown>> {
  if (body.length === 0) return new Map();
  const essence = type?.split(';')[0]?.trim().toLowerCase();
  if (essence === 'application/json') return readJson(body);
  if (essence === 'application/x-www-form-urlencoded') return new Map(new URLSearchParams(textOf(body)));
  if (essence === 'multipart/form-data') return readMultipart(type, body);
  throw unreadable(
    'body.notsupported',
    'A body must be JSON, a form, or a multipart form, and say so in its Content-Type.',
  );
}

function readJson(body: Uint8Array): Map<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(textOf(body));
  } catch {
    throw unreadable('param.invalid', 'The body is no JSON.');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return new Map(Object.entries(value));
  throw unreadable('param.invalid', 'The body must be one JSON object.');
}

async function readMultipart(type: string | undefined, body: Uint8Array): Promise<Map<string, unknown>> {
  const boundary = boundaryOf(type);
  if (boundary === undefined) throw unreadable('param.invalid', 'The body is no multipart form: it names no boundary.');
  const fields = new Map<string, unknown>();
  try {
    for await (const part of readParts(chunks(body), boundary)) {
      const bytes = await wholeBody(part.body);
      fields.set(part.name, part.filename === undefined ? textOf(bytes) : bytes);
    }
  } catch (thrown) {
    if (!(thrown instanceof LsdError)) throw thrown;
    throw unreadable('param.invalid', thrown.message);
  }
  return fields;
}

async function* chunks(body: Uint8Array): AsyncGenerator<Uint8Array> {
  yield body;
}

function textOf(body: Uint8Array): string {
  return new TextDecoder().decode(body);
}
