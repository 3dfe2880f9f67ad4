/** `--confluence-debug`: how the process does, as the original's /debug/ tells; for programs of this machine alone. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { HeldTorrents } from '../../core/held-torrents.ts';
import { answer } from '../../http/answer.ts';
import type { HttpServer } from '../../http/server.ts';
import { page } from '../web/page.ts';

export interface DebugDeps {
  torrents: HeldTorrents;
  /** of the process: names and numbers */
  vars(): object;
}

export function mountDebug({ app }: HttpServer, { torrents, vars }: DebugDeps): void {
  app.get(
    '/debug/',
    local(reply => {
      const links = '<ul><li><a href="/debug/vars">vars</a></li><li><a href="/metrics">metrics</a></li></ul>';
      return reply.type('text/html; charset=utf-8').send(Buffer.from(page('Debug', links)));
    }),
  );
  app.get(
    '/debug/vars',
    local(reply => {
      const held = torrents.list().map(({ description, ...state }) => ({
        ...state,
        name: description?.name ?? null,
        pieces: description?.pieceCount ?? null,
        pieceLength: description?.pieceLength ?? null,
      }));
      return reply
        .type('application/json; charset=utf-8')
        .send({ ...vars(), totals: torrents.totals(), torrents: held });
    }),
  );
}

/** Also where the port listens for other machines. */
function local(show: (reply: FastifyReply) => FastifyReply) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    if (/^(::ffff:)?127\.|^::1$/.test(request.ip)) return show(reply.header('Cache-Control', 'no-store'));
    reply.hijack();
    answer(reply.raw, 404);
    return reply;
  };
}
