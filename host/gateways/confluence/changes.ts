/** What changes something: `POST /metainfo`, `DELETE /torrents`. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrents } from '../../core/held-torrents.ts';
import { readInfoHash } from '../../core/magnet.ts';
import { answer } from '../../http/answer.ts';
import { splitTarget } from '../../http/guard.ts';
import type { HttpServer } from '../../http/server.ts';
import { isYes } from './asked.ts';
import { posted } from './info.ts';
import { statusOf } from './status-of.ts';

/** security.md, "From peers" */
const METAINFO_BYTES = 16 * 1024 * 1024;

/** Status and line of the answer. */
type Change = (query: URLSearchParams, body: Uint8Array) => Promise<[status: number, line?: string]>;

/** Methods by path, besides GET and HEAD. */
export const CHANGES: ReadonlyMap<string, string> = new Map([
  ['/metainfo', 'POST'],
  ['/torrents', 'DELETE'],
]);

export function mountChanges({ app }: HttpServer, torrents: HeldTorrents): void {
  app.removeAllContentTypeParsers();
  // curl calls whatever it sends a form.
  app.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: METAINFO_BYTES }, (_request, body, done) => {
    done(null, body);
  });

  app.post(
    '/metainfo',
    answered(async (query, body) => {
      const stored = await torrents.describe(...posted(body, query.get('ih')));
      return stored === 'conflict' ? [409, 'This info is of another torrent than ih names.'] : [200, stored];
    }),
  );
  app.delete(
    '/torrents',
    answered(async query => {
      const named = query.get('ih');
      if (named === null) throw new LsdError('invalid', 'Name a torrent: ?ih=INFOHASH.');
      const wasThere = await torrents.drop(readInfoHash(named), { data: isYes(query.get('data')) });
      return wasThere ? [204] : [404, 'This torrent is not held.'];
    }),
  );
}

function answered(change: Change) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    const query = new URLSearchParams(splitTarget(request.url).query);
    const body = request.body instanceof Uint8Array ? request.body : new Uint8Array();
    const [status, line] = await change(query, body).catch((thrown: unknown): [number, string] => {
      const known = statusOf(thrown);
      if (known === undefined || !(thrown instanceof LsdError)) throw thrown;
      return [known, thrown.message];
    });
    if (status === 204) return reply.code(204).send();
    const headers = Object.fromEntries(
      Object.entries(reply.getHeaders()).map(([name, value]) => [name, String(value)]),
    );
    reply.hijack();
    answer(reply.raw, status, headers, line);
    return reply;
  };
}
