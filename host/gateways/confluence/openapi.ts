/** `/openapi.json` (OpenAPI 3.1) and `/docs`, the same as a page: made of the table of routes and its schemas. */

import { VERSION } from '../../../shared/protocol.ts';
import type { Route } from './asked.ts';
import { type Parameter, parametersOf } from './json-schema.ts';
import { escaped, page } from './page.ts';
import type { Query } from './queries.ts';

/** Of one method of a path. */
export interface Operation extends Pick<Route, 'summary' | 'query' | 'answers'> {
  method: 'get' | 'post' | 'delete';
  /** with `{…}` for what stands in it */
  path: string;
  /** types of the body */
  takes?: readonly string[];
}

/** What any of them may answer besides. */
const REFUSALS: Readonly<Record<number, string>> = {
  400: 'the request makes no sense; one line says why',
  401: 'a token is needed',
  403: 'a web page of another site asks, or the torrent is on the blocklist',
  404: 'there is no such file, torrent or item',
  421: 'Host names another machine',
  504: 'it did not come within timeout',
};

export function openapiOf(operations: readonly Operation[]): object {
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Lets Share Data: Confluence gateway',
      version: VERSION,
      description: 'Torrents over HTTP: a file of any torrent by its info hash, while it arrives.',
    },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{}, { token: [] }],
  };
}

function described({ path, summary, query, answers, takes }: Operation): object {
  return {
    summary,
    parameters: [...inPath(path), ...inQuery(query)],
    ...(takes && { requestBody: { required: true, content: contentOf(takes) } }),
    responses: {
      ...Object.fromEntries(Object.entries(REFUSALS).map(([status, what]) => [status, refusal(what)])),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { what, types }]) => [
          status,
          { description: what, ...(types && { content: contentOf(types) }) },
        ]),
      ),
    },
  };
}

function inPath(path: string): object[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string' },
  }));
}

function inQuery(query: Query): object[] {
  return parametersOf(query).map((parameter: Parameter) => ({ ...parameter, in: 'query' }));
}

function refusal(what: string): object {
  return { description: what, content: contentOf(['text/plain']) };
}

function contentOf(types: readonly string[]): object {
  return Object.fromEntries(types.map(type => [type, {}]));
}

export function pageOf(operations: readonly Operation[]): Uint8Array {
  const intro = '<p>The same for programs: <a href="/openapi.json">/openapi.json</a></p>';
  return page('Confluence gateway', intro + operations.map(section).join(''));
}

function section({ method, path, summary, query, answers }: Operation): string {
  const rows = parametersOf(query).map(
    ({ name, required, description }) =>
      `<li><code>${escaped(name)}</code>${required ? ' (needed)' : ''}: ${escaped(description)}</li>`,
  );
  const said = Object.entries(answers).map(([status, { what }]) => `<li>${status}: ${escaped(what)}</li>`);
  return `<h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2><p>${escaped(summary)}</p><ul>${rows.join('')}</ul><ul>${said.join('')}</ul>`;
}
