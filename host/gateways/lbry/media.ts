/** Bytes of files for players, by range while they arrive: `/stream/HASH`, `/stream/HASH/INDEX`, and `/get/NAME`, which leads there. */

import { LsdError } from '../../../shared/errors.ts';
import type { LbryFile } from '../../core/lbry-files.ts';
import { type AccessRules, createAdmission } from '../../http/admission.ts';
import { answer } from '../../http/answer.ts';
import { namedTypeHeaders } from '../../http/disposition.ts';
import { splitTarget } from '../../http/guard.ts';
import { sendContent } from '../../http/send.ts';
import type { Exchange, HttpServer } from '../../http/server.ts';
import { startWatch, type Watch } from '../../http/watch.ts';
import { FOREVER_MS } from '../web/patience.ts';
import type { LbryDeps } from './method.ts';
import { getFile } from './methods/files.ts';

export interface MediaDeps extends LbryDeps {
  access: AccessRules;
}

const STREAM = /^\/stream\/([0-9a-fA-F]{40}|[0-9a-fA-F]{96})(?:\/(\d{1,6}))?$/;
const GET = /^\/get\/([^/]+)(?:\/([0-9a-f]{1,40}))?$/;

export function mountMedia(server: HttpServer, deps: MediaDeps): void {
  const admission = createAdmission({ ...deps.access, ownPages: false }, () => server.port);
  server.stream(
    path => STREAM.test(path) || GET.test(path),
    async exchange => {
      const { path, query } = splitTarget(exchange.req.url ?? '');
      const token = new URLSearchParams(query).get('token');
      const { refused, headers } = admission(exchange.req.headers, token);
      Object.assign(exchange.headers, headers);
      if (refused !== undefined) return answer(exchange.res, refused, exchange.headers);
      const watch = startWatch({ firstByteMs: FOREVER_MS, silenceMs: FOREVER_MS }, exchange);
      try {
        await serve(path, exchange, watch, deps);
      } catch (thrown) {
        fail(exchange, thrown);
      } finally {
        watch.end();
      }
    },
  );
}

async function serve(path: string, exchange: Exchange, watch: Watch, deps: MediaDeps): Promise<void> {
  const stream = STREAM.exec(path);
  if (!stream) return redirect(path, exchange, watch, deps);
  const file = deps.files.find(stream[1]!.toLowerCase());
  if (!file) return answer(exchange.res, 404, exchange.headers);
  const index = stream[2] === undefined ? null : Number(stream[2]);
  await give(file, index, exchange, watch, deps);
}

async function give(
  file: LbryFile,
  index: number | null,
  exchange: Exchange,
  watch: Watch,
  deps: MediaDeps,
): Promise<void> {
  await using content = await watch.wait(deps.files.open(file.row, index, watch.signal));
  const name = index === null ? file.state.name : (file.state.files()[index]?.name.split('/').at(-1) ?? '');
  const headers = { ...namedTypeHeaders(name), 'Cache-Control': 'private, no-cache' };
  await sendContent(exchange, { content, etag: `"${file.hash}/${index ?? ''}"`, headers }, watch);
}

/** Gets the claim of a name, and sends its player to the bytes. */
async function redirect(path: string, exchange: Exchange, watch: Watch, deps: MediaDeps): Promise<void> {
  const [, name = '', claimId] = GET.exec(path) ?? [];
  const uri = claimId === undefined ? decoded(name) : `${decoded(name)}:${claimId}`;
  const got = await watch.wait(getFile({ uri }, deps, watch.signal));
  if ('error' in got) return answer(exchange.res, 404, exchange.headers, got.error.replace(/[^\x20-\x7e]/g, '?'));
  exchange.res
    .writeHead(302, {
      ...exchange.headers,
      Location: deps.urlOf(got, null),
      'Content-Length': 0,
      'Cache-Control': 'no-store',
    })
    .end();
}

/** What cannot be decoded names nothing. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw new LsdError('not-found', 'This name cannot be decoded.');
  }
}

function fail({ res, headers, gone }: Exchange, thrown: unknown): void {
  if (gone) return;
  if (!(thrown instanceof LsdError) || thrown.code === 'internal') throw thrown;
  if (res.headersSent) res.destroy();
  else answer(res, thrown.code === 'denied' ? 403 : 404, headers);
}
