/** The routes of the gateway, as a table: which command stands behind a method and a path, and what the path names. */

import type { Operation } from '../web/openapi.ts';
import { COMMANDS, type CommandName } from './commands.ts';

const METHODS = ['GET', 'POST', 'PUT', 'DELETE'] as const;

type Methods = Readonly<Partial<Record<(typeof METHODS)[number], CommandName>>>;

const SESSION_PATH = '/v1/sessions/{session_id}';
/** `info_hash` is of a torrent of the session */
export const TORRENT_PATH = `${SESSION_PATH}/torrents/{info_hash}`;

const TABLE: readonly (readonly [path: string, methods: Methods])[] = [
  ['/v1/sessions', { GET: 'get_session_list', POST: 'create_session' }],
  [SESSION_PATH, { GET: 'get_session', DELETE: 'delete_session' }],
  [`${SESSION_PATH}/torrents`, { GET: 'get_torrent_list', POST: 'upload_torrent' }],
  [TORRENT_PATH, { GET: 'get_torrent', PUT: 'update_torrent', DELETE: 'delete_torrent' }],
  [`${TORRENT_PATH}/files`, { GET: 'get_files' }],
  [`${TORRENT_PATH}/peers`, { GET: 'get_peers' }],
  [`${TORRENT_PATH}/trackers`, { GET: 'get_trackers' }],
];

const ROUTES = TABLE.map(([path, methods]) => ({ names: pathNames(path, '/?'), methods }));

export interface Found {
  methods: Methods;
  /** what the path names; it goes over all else that does */
  named: ReadonlyMap<string, string>;
}

export function routeOf(path: string): Found | undefined {
  for (const { names, methods } of ROUTES) {
    const named = names(path);
    if (named) return { methods, named };
  }
  return undefined;
}

export function commandOf({ methods }: Found, method: string): CommandName | undefined {
  const name = METHODS.find(each => each === (method === 'HEAD' ? 'GET' : method));
  return name && methods[name];
}

/** `GET` stands for `HEAD`, too. */
export function allowed({ methods }: Found): string {
  const names = Object.keys(methods);
  return [...names.flatMap(name => (name === 'GET' ? ['GET', 'HEAD'] : [name])), 'OPTIONS'].join(', ');
}

/**
 * What stands in the places of `{…}`: one component each, and of `{path}` all that follows; undefined: the path is another.
 * `after`: a pattern of what may follow.
 */
export function pathNames(template: string, after = ''): (path: string) => ReadonlyMap<string, string> | undefined {
  const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? '');
  const pattern = template
    .replaceAll('.', '\\.')
    .replace('{path}', '(.*)')
    .replace(/\{\w+\}/g, '([^/]+)');
  const whole = new RegExp(`^${pattern}${after}$`);
  return path => {
    const match = whole.exec(path);
    return match ? new Map(names.map((name, at) => [name, match[at + 1] ?? ''])) : undefined;
  };
}

const JSON_TYPES = ['application/json'];
const BODY_TYPES = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data'];

/** Of the document: the table with what its commands take and tell. */
export function commandOperations(): Operation[] {
  return TABLE.flatMap(([path, methods]) =>
    METHODS.flatMap((method): Operation[] => {
      const name = methods[method];
      if (!name) return [];
      const { summary, takes, tells } = COMMANDS[name];
      return [
        {
          method: LOWER[method],
          path,
          summary,
          takes,
          ...((method === 'POST' || method === 'PUT') && { body: { types: BODY_TYPES, parameters: true } }),
          answers: { 200: { what: `status, and ${tells}; or status "fail", message and error`, types: JSON_TYPES } },
        },
      ];
    }),
  );
}

const LOWER = { GET: 'get', POST: 'post', PUT: 'put', DELETE: 'delete' } as const;
