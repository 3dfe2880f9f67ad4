/** `GET /get/ID/subtitles`: what lies beside a film, as WebVTT in JSON, for those who may read the film. */

import type { Id } from '../../shared/id.ts';
import type { Subtitles } from '../core/subtitles.ts';
import { SECURITY_HEADERS } from '../http/answer.ts';
import { splitTarget } from '../http/guard.ts';
import type { HttpServer } from '../http/server.ts';
import { answerNotFound, type Rights, targetOf, wantedBy } from './get.ts';

const PATH = /^\/get\/([^/]+)\/subtitles$/;

export interface SubtitlesDeps extends Rights {
  subtitles(id: Id, reader: string | null): Promise<Subtitles[]>;
}

/** To be mounted before `/get/`, which takes every path below it. */
export function mountSubtitles(server: HttpServer, deps: SubtitlesDeps): void {
  server.stream(
    path => PATH.test(path),
    async exchange => {
      const begun = performance.now();
      const { req, res, headers } = exchange;
      const { path, query } = splitTarget(req.url ?? '');
      const wanted = wantedBy(exchange, targetOf(PATH.exec(path)?.[1] ?? '', query), deps);
      if (!wanted) return answerNotFound(exchange, begun);
      const body = JSON.stringify({ subtitles: await deps.subtitles(wanted.target.id, wanted.reader) });
      res.writeHead(200, {
        ...SECURITY_HEADERS,
        ...headers,
        'Content-Type': 'application/json; charset=utf-8',
        'Cache-Control': 'no-store',
        'Content-Length': Buffer.byteLength(body),
      });
      res.end(req.method === 'HEAD' ? undefined : body);
    },
  );
}
