/** `/openapi.json` (OpenAPI 3.1) and `/docs`, the same as a page: made of the routes of a gateway and the schemas that check requests. */

import { VERSION } from '../../../shared/protocol.ts';
import { jsonSchemaOf, type Parameter, parametersOf, type Takes } from './json-schema.ts';
import { escaped, page } from './page.ts';

/** What is answered, by status and types. */
export type Answers = Readonly<Record<number, { what: string; types?: readonly string[] }>>;

/** Of one method of a path. */
export interface Operation {
  method: 'get' | 'post' | 'put' | 'delete';
  /** with `{…}` for what stands in it */
  path: string;
  summary: string;
  /** the query; what stands in the path is left out */
  takes: Takes;
  /** types of the body; `parameters`: what the query may say may stand there as well */
  body?: { types: readonly string[]; parameters?: true };
  answers: Answers;
}

export interface ApiDocument {
  title: string;
  description: string;
  /** what any of them may answer besides; of these types */
  refusals: Readonly<Record<number, string>>;
  refusalTypes: readonly string[];
  operations: readonly Operation[];
}

export function openapiOf(document: ApiDocument): object {
  const { title, description, operations } = document;
  const paths: Record<string, Record<string, object>> = {};
  for (const operation of operations) {
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(document, operation) };
  }
  return {
    openapi: '3.1.0',
    info: { title: `Lets Share Data: ${title}`, version: VERSION, description },
    paths,
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } } },
    security: [{}, { token: [] }],
  };
}

function described({ refusals, refusalTypes }: ApiDocument, operation: Operation): object {
  const { path, summary, answers, body } = operation;
  return {
    summary,
    parameters: [...inPath(path), ...queryOf(operation).map(parameter => ({ ...parameter, in: 'query' }))],
    ...(body && { requestBody: { content: contentOf(body.types, body.parameters && bodySchemaOf(operation)) } }),
    responses: {
      ...Object.fromEntries(
        Object.entries(refusals).map(([status, what]) => [
          status,
          { description: what, content: contentOf(refusalTypes) },
        ]),
      ),
      ...Object.fromEntries(
        Object.entries(answers).map(([status, { what, types }]) => [
          status,
          { description: what, ...(types && { content: contentOf(types) }) },
        ]),
      ),
    },
  };
}

function namesInPath(path: string): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
}

function inPath(path: string): object[] {
  return namesInPath(path).map(name => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
}

/** What stands elsewhere, or is of no use here. */
function leftOut({ method, path }: Operation): string[] {
  return [...namesInPath(path), ...(method === 'get' ? [] : ['callback'])];
}

function shownOf(operation: Operation): Parameter[] {
  const out = leftOut(operation);
  return parametersOf(operation.takes).filter(({ name }) => !out.includes(name));
}

/** What may stand in the query may stand here, too. */
function bodySchemaOf(operation: Operation): object {
  const { properties = {}, required = [], ...schema } = jsonSchemaOf(operation.takes);
  const out = leftOut(operation);
  return {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !out.includes(name))),
    required: required.filter(name => !out.includes(name)),
  };
}

/** What may also stand in a body is needed in neither. */
function queryOf(operation: Operation): Parameter[] {
  const { body } = operation;
  return shownOf(operation).map(parameter => (body?.parameters ? { ...parameter, required: false } : parameter));
}

function contentOf(types: readonly string[], schema?: object): object {
  return Object.fromEntries(types.map(type => [type, schema ? { schema } : {}]));
}

export function pageOf({ title, operations }: ApiDocument): Uint8Array {
  const intro = '<p>The same for programs: <a href="/openapi.json">/openapi.json</a></p>';
  return page(title, intro + operations.map(section).join(''));
}

function section(operation: Operation): string {
  const { method, path, summary, answers } = operation;
  const rows = shownOf(operation).map(
    ({ name, required, description }) =>
      `<li><code>${escaped(name)}</code>${required ? ' (needed)' : ''}: ${escaped(description)}</li>`,
  );
  const said = Object.entries(answers).map(([status, { what }]) => `<li>${status}: ${escaped(what)}</li>`);
  return `<h2><code>${method.toUpperCase()} ${escaped(path)}</code></h2><p>${escaped(summary)}</p><ul>${rows.join('')}</ul><ul>${said.join('')}</ul>`;
}
