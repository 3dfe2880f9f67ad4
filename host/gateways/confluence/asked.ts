/** One request to the Confluence gateway, and the short ways to answer it. */

import type * as v from 'valibot';
import type { HeldTorrents } from '../../core/held-torrents.ts';
import type { Exchange } from '../../http/server.ts';
import type { Watch } from '../../http/watch.ts';
import type { Takes } from '../web/json-schema.ts';
import type { Answers } from '../web/openapi.ts';
import { send } from '../web/send.ts';
import { readQuery } from './queries.ts';

export interface Asked {
  exchange: Exchange;
  /** of the URL, as it was sent */
  path: string;
  query: URLSearchParams;
  watch: Watch;
  torrents: HeldTorrents;
  /** Counts one more request that is alike. */
  count(): void;
}

/** What a GET or HEAD of a path does, and what is said of it. */
export interface Route {
  summary: string;
  takes: Takes;
  /** when all is well */
  answers: Answers;
  run(asked: Asked): Promise<void> | void;
}

/** A route whose handler gets its query as the schema reads it. */
export function route<S extends Takes>(
  of: Omit<Route, 'run' | 'takes'> & {
    takes: S;
    run(asked: Asked, query: v.InferOutput<S>): Promise<void> | void;
  },
): Route {
  return { ...of, run: asked => of.run(asked, readQuery(of.takes, asked.query)) };
}

export function wantsJson({ exchange }: Asked): boolean {
  return exchange.req.headers.accept?.toString().trim() === 'application/json';
}

export function sendJson(asked: Asked, value: unknown): void {
  send(asked, 'application/json; charset=utf-8', new TextEncoder().encode(JSON.stringify(value)));
}

export function sendText(asked: Asked, text: string, status = 200): void {
  send(asked, 'text/plain; charset=utf-8', new TextEncoder().encode(text), status);
}
