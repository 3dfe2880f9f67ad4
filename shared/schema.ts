/** The wall: what comes in from pages, extension and command line, as schemas. A typed value leaves, or `invalid` is thrown. */

import * as v from 'valibot';
import { browseSchemas } from './browse-schema.ts';
import { CONTROL_KEYS, controlsSchema } from './controls.ts';
import { LsdError } from './errors.ts';
import { cookiesSchema as cookies, grantSchemas } from './grants.ts';
import { parseDownloadName } from './id.ts';
import { idSchema as id } from './id-schema.ts';
import type { PageMethods } from './page-methods.ts';
import type { Hello, Methods } from './protocol.ts';

/** The most ids that one call may carry. */
export const MAX_IDS = 10_000;

const ids = v.pipe(v.array(id), v.maxLength(MAX_IDS));
const text = v.pipe(v.string(), v.maxLength(4096));
const downloadName = v.pipe(
  v.string(),
  v.check(name => parseDownloadName(name) !== undefined),
  v.toLowerCase(),
);
const none = v.strictObject({});
const bytesPerSecond = v.nullable(v.pipe(v.number(), v.integer(), v.minValue(0)));
const reach = v.picklist(['site', 'public']);
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

type SchemasOf<T extends { [M in keyof T]: { params: unknown } }> = {
  [M in keyof T]: v.GenericSchema<unknown, T[M]['params']>;
};

export const pageSchemas: SchemasOf<PageMethods> = {
  config: v.strictObject({
    username: v.exactOptional(text),
    password: v.exactOptional(text),
    token: v.exactOptional(text),
    url: v.exactOptional(text),
  }),
  sync: none,
  addRequests: v.strictObject({ ids }),
  removeRequests: v.strictObject({ ids }),
  status: v.strictObject({ id: v.exactOptional(id) }),
  seedRequests: none,
  setFolder: none,
  url: v.strictObject({ id }),
};

export const methodSchemas: SchemasOf<Methods> = {
  hello: v.object({
    role: v.picklist(['extension', 'cli']),
    version: text,
    protocol: v.object({ min: count, max: count }),
  }) satisfies v.GenericSchema<unknown, Hello>,
  page: v.object({
    origin: text,
    method: v.picklist([
      'config',
      'sync',
      'addRequests',
      'removeRequests',
      'status',
      'seedRequests',
      'setFolder',
      'url',
    ]),
    params: v.unknown(),
  }),
  reader: v.object({ origin: text }),
  cookies: v.strictObject({ origin: text, url: text, cookies }),
  'daemon.status': none,
  'daemon.stop': v.strictObject({ reason: v.exactOptional(v.picklist(['stopped', 'handover'])) }),
  'daemon.pause': v.strictObject({
    until: v.exactOptional(count),
    site: v.exactOptional(text),
    id: v.exactOptional(id),
  }),
  'daemon.resume': v.strictObject({ site: v.exactOptional(text), id: v.exactOptional(id) }),
  'daemon.limits': v.strictObject({ down: v.exactOptional(bytesPerSecond), up: v.exactOptional(bytesPerSecond) }),
  'control.get': none,
  'control.set': controlsSchema,
  'control.reset': v.strictObject({
    keys: v.exactOptional(v.array(v.picklist(CONTROL_KEYS))),
    site: v.exactOptional(text),
  }),
  'control.reload': none,
  'blocklist.put': v.strictObject({
    name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
    text: v.string(),
    add: v.exactOptional(v.boolean()),
  }),
  'blocklist.list': none,
  'blocklist.check': v.strictObject({ address: text }),
  'blocklist.remove': v.strictObject({ name: text }),
  'download.move': v.strictObject({ id: downloadName, to: v.picklist(['top', 'up', 'down', 'bottom']) }),
  'lbry.find': v.strictObject({ key: text }),
  'lbry.announce': v.strictObject({ key: text, port: v.exactOptional(v.pipe(v.number(), v.safeInteger())) }),
  'daemon.nat': v.strictObject({ on: v.exactOptional(v.boolean()) }),
  'folder.add': v.strictObject({
    path: text,
    sites: v.exactOptional(v.array(text)),
    everyone: v.exactOptional(v.boolean()),
    all: v.exactOptional(v.boolean()),
    force: v.exactOptional(v.boolean()),
  }),
  'folder.list': none,
  'folder.remove': v.strictObject({ path: text }),
  'folder.confirm': v.strictObject({ path: text }),
  'folder.wait': v.strictObject({ path: text }),
  'site.preview': v.strictObject({ origin: text, url: v.exactOptional(text) }),
  'site.grant': v.strictObject({
    origin: text,
    url: v.exactOptional(text),
    username: v.exactOptional(text),
    password: v.exactOptional(text),
    token: v.exactOptional(text),
    reach: v.exactOptional(reach),
    lan: v.exactOptional(v.boolean()),
    stun: v.exactOptional(v.boolean()),
    download: v.exactOptional(v.boolean()),
    folders: v.exactOptional(v.array(count)),
    quota: v.exactOptional(v.nullable(count)),
    expiresAt: v.exactOptional(v.nullable(count)),
    cookies: v.exactOptional(v.nullable(cookies)),
  }),
  'site.list': none,
  'site.remove': v.strictObject({
    origin: text,
    erase: v.exactOptional(v.boolean()),
    forget: v.exactOptional(v.boolean()),
  }),
  'site.check': v.strictObject({
    url: text,
    username: v.exactOptional(text),
    password: v.exactOptional(text),
    token: v.exactOptional(text),
  }),
  'site.sync': v.strictObject({ origin: v.exactOptional(text), prune: v.exactOptional(v.boolean()) }),
  'site.plan': v.strictObject({ origin: v.exactOptional(text) }),
  'site.seed': v.strictObject({ origin: v.exactOptional(text) }),
  'request.add': v.strictObject({ ids, site: v.exactOptional(text) }),
  'request.remove': v.strictObject({ ids, site: v.exactOptional(text) }),
  'item.status': v.strictObject({ id }),
  'item.url': v.strictObject({ id }),
  'item.block': v.strictObject({ hash: text, blocked: v.boolean() }),
  'item.blocked': none,
  'download.list': none,
  'download.remove': v.strictObject({ id }),
  ...browseSchemas,
  ...grantSchemas,
};

/** `value` as the schema has it, or `invalid` with a sentence that names the field. */
export function parse<T>(schema: v.GenericSchema<unknown, T>, value: unknown, what: string): T {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const issue = result.issues[0];
  const path = v.getDotPath(issue);
  const missing = issue.type === 'strict_object' && issue.received === 'undefined';
  const message = `${what}: ${path ? `"${path}" ` : ''}${missing ? 'is missing' : issue.message}.`;
  throw new LsdError('invalid', message, { params: path ? { field: path } : {} });
}
