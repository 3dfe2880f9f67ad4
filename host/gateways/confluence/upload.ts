/** `POST /upload`: files of a form become a torrent. */

import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrents } from '../../core/held-torrents.ts';
import { writeMetainfoFile } from '../../core/metainfo-file.ts';
import { wholeBody } from '../../http/body.ts';
import { boundaryOf, type Part, readParts } from '../../http/multipart.ts';

/** of a field that is no file */
const MOST_FIELD_BYTES = 64 * 1024;

/** `mostBytes`: of all files. The `.torrent` file of what was made. */
export async function upload(
  torrents: HeldTorrents,
  {
    contentType,
    body,
    mostBytes,
  }: { contentType: string | undefined; body: AsyncIterable<Uint8Array>; mostBytes: number },
): Promise<Uint8Array> {
  const boundary = boundaryOf(contentType);
  if (boundary === undefined) throw new LsdError('invalid', 'Send the files as a form (multipart/form-data).');
  await using receiving = await torrents.upload(mostBytes);
  let name = '';
  let stripTop = false;
  for await (const part of readParts(body, boundary)) {
    if (part.name === 'files' && part.filename !== undefined) {
      await receiving.add(part.filename.split(/[\\/]/), part.body);
    } else if (part.name === 'name') name = await fieldOf(part);
    else if (part.name === 'strip-top-directory') stripTop = true;
  }
  if (name === '') throw new LsdError('invalid', 'The upload has no name: send it as the field "name".');
  return writeMetainfoFile(await receiving.finish(name, { stripTop }));
}

async function fieldOf({ name, body }: Part): Promise<string> {
  return new TextDecoder().decode(await wholeBody(capped(name, body)));
}

async function* capped(name: string, body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.length;
    if (bytes > MOST_FIELD_BYTES) throw new LsdError('invalid', `The field "${name}" of the upload is too long.`);
    yield chunk;
  }
}
