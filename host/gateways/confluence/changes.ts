/** What changes something: `POST /metainfo`, `POST /upload`, `DELETE /torrents`. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrents } from '../../core/held-torrents.ts';
import { readInfoHash } from '../../core/magnet.ts';
import { answer } from '../../http/answer.ts';
import { bodyOf, discardBody, leaveBodies, wholeBody } from '../../http/body.ts';
import { splitTarget } from '../../http/guard.ts';
import type { HttpServer } from '../../http/server.ts';
import { Silence } from '../../http/watch.ts';
import { within } from '../web/patience.ts';
import { posted } from './info.ts';
import { DROP, METAINFO, NOTHING, readQuery } from './queries.ts';
import { statusOf } from './status-of.ts';
import { upload } from './upload.ts';

/** security.md, "From peers" */
const METAINFO_BYTES = 16 * 1024 * 1024;
/** what stands around the files of a form */
const FORM_BYTES = 64 * 1024 * 1024;
const SILENCE_MS = 60_000;

/** Status, and line or bytes of the answer. */
type Change = (
  query: URLSearchParams,
  request: FastifyRequest,
) => Promise<[status: number, said?: string | Uint8Array]>;

/** Methods by path, besides GET and HEAD. */
export const CHANGES: ReadonlyMap<string, string> = new Map([
  ['/metainfo', 'POST'],
  ['/upload', 'POST'],
  ['/torrents', 'DELETE'],
]);

export function mountChanges({ app }: HttpServer, torrents: HeldTorrents, uploadBytes: number): void {
  // They are read as they come; and curl calls whatever it sends a form.
  leaveBodies(app);

  app.post(
    '/metainfo',
    answered(async (query, request) => {
      const { ih } = readQuery(METAINFO, query);
      const body = await wholeBody(bodyOf(request, { mostBytes: METAINFO_BYTES, silenceMs: SILENCE_MS }));
      const stored = await torrents.describe(...posted(body, ih));
      return stored === 'conflict' ? [409, 'This info is of another torrent than ih names.'] : [200, stored];
    }),
  );
  app.post(
    '/upload',
    answered(async (_, request) => {
      const body = bodyOf(request, { mostBytes: uploadBytes + FORM_BYTES, silenceMs: SILENCE_MS });
      const contentType = request.headers['content-type'];
      return [200, await upload(torrents, { contentType, body, mostBytes: uploadBytes })];
    }),
  );
  app.delete(
    '/torrents',
    answered(async query => {
      const { ih, data } = readQuery(DROP, query);
      if (ih === undefined) throw new LsdError('invalid', 'Name a torrent: ?ih=INFOHASH.');
      const wasThere = await torrents.drop(readInfoHash(ih), { data: data ?? false });
      return wasThere ? [204] : [404, 'This torrent is not held.'];
    }),
  );
}

/** As long as `?timeout=` says; what is stored by then stays. */
async function inTime(query: URLSearchParams, work: () => ReturnType<Change>): ReturnType<Change> {
  const { timeout } = readQuery(NOTHING, query);
  return within(timeout, work, () => new Silence('it was not done within timeout'));
}

function refusalOf(thrown: unknown): [status: number, said?: string] {
  const status = statusOf(thrown);
  if (status === undefined) throw thrown;
  return thrown instanceof LsdError ? [status, thrown.message] : [status];
}

function answered(change: Change) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const query = new URLSearchParams(splitTarget(request.url).query);
    const [status, said] = await inTime(query, () => change(query, request)).catch(refusalOf);
    if (status === 204) return reply.code(204).send();
    if (said instanceof Uint8Array) {
      return reply
        .code(status)
        .header('Cache-Control', 'no-store')
        .type('application/x-bittorrent')
        .send(Buffer.from(said));
    }
    const headers = Object.fromEntries(
      Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
    );
    if (status >= 400) discardBody(request);
    reply.hijack();
    // What of the body has not come is not waited for.
    const isCut = status === 413 || status === 504;
    answer(reply.raw, status, { ...headers, ...(isCut && { Connection: 'close' }) }, said);
    return reply;
  };
}
