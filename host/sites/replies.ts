/** The replies of a site's actions as typed values: a wrong shape is named, a wrong item is dropped. */

import * as v from 'valibot';
import { LsdError } from '../../shared/errors.ts';
import { type Id, parseId } from '../../shared/id.ts';
import type { Description } from '../core/stored.ts';
import { checkMetadata, checkPeers, checkTrackers, isObject } from './metadata.ts';

/** The longest that a `getRequests` may be held, in seconds. */
export const MAX_WAIT = 50;

/** What `api` says. A site without it is a plain one: forms, polling, no trackers. */
export interface SiteAbout {
  json: boolean;
  /** seconds; 0 = no long poll */
  wait: number;
  trackers: string[];
  stun: string[];
  name: string | null;
  /** names of the actions; empty when the site does not say */
  actions: string[];
}
export const PLAIN_SITE: SiteAbout = { json: false, wait: 0, trackers: [], stun: [], name: null, actions: [] };

export interface WantedReply {
  ids: Id[];
  trackers: string[];
  /** of the metadata of each id */
  metadataTrackers: Map<Id, string[]>;
  peers: Map<Id, string[]>;
  withdrawn: Id[];
  cursor: string | null;
}
export type Described = Map<Id, Description>;

const aboutSchema = v.object({
  json: v.fallback(v.boolean(), false),
  wait: v.fallback(v.pipe(v.number(), v.minValue(0), v.toMinValue(0), v.toMaxValue(MAX_WAIT)), 0),
  trackers: v.optional(v.unknown()),
  stun: v.fallback(v.array(v.pipe(v.string(), v.regex(/^stuns?:[^\s]{1,253}$/))), []),
  name: v.fallback(v.nullable(v.pipe(v.string(), v.maxLength(1000))), null),
  actions: v.fallback(v.record(v.string(), v.unknown()), {}),
});

export function parseAbout(data: unknown, options: { lan: boolean }): SiteAbout {
  const parsed = v.safeParse(aboutSchema, data);
  if (!parsed.success) return PLAIN_SITE;
  const { json, wait, trackers, stun, name, actions } = parsed.output;
  return {
    json,
    wait,
    trackers: checkTrackers(trackers, options),
    stun: stun.slice(0, 5),
    name: name && printable(name, 80),
    actions: Object.keys(actions).slice(0, 200),
  };
}

/** Throws `signin-failed` unless the site says who is signed in. */
export function parseSignin(data: unknown): void {
  if (isObject(data) && !isFilled(data.errors) && isFilled(data.user)) return;
  const why =
    isObject(data) && isFilled(data.errors) ? printable(JSON.stringify(data.errors), 200) : 'no user came back';
  throw new LsdError(
    'signin-failed',
    `The site refused the name or the password (${why}). Correct them in its settings.`,
    {
      userAction: 'sign-in',
    },
  );
}

/** The reply of `sync({})`. */
export function parseListed(data: unknown): Id[] {
  return idsOf(isObject(data) ? data.ids : data, 'sync', 'ids');
}

/** The reply of `sync({add, remove})`: ids that lack metadata. Sites that keep none answer with nothing. */
export function parseLacking(data: unknown): Id[] {
  const update = isObject(data) ? data.update : undefined;
  return update === undefined || update === null ? [] : idsOf(update, 'sync', 'update');
}

/** The reply of `addRequests`: a bare list, `{items}` or `{metadata}`. */
export function parseDescribed(data: unknown, options: { lan: boolean }): Described {
  const list = isObject(data) ? (data.items ?? data.metadata) : data;
  if (!Array.isArray(list)) throw malformed('addRequests', 'a list of metadata');
  return describedOf(list, options);
}

export function parseWanted(data: unknown, options: { lan: boolean }): WantedReply {
  const fields = isObject(data) ? data : { ids: data };
  const ids = idsOf(fields.ids, 'getRequests', 'ids');
  return {
    ids,
    trackers: checkTrackers(fields.trackers, options),
    metadataTrackers: metadataTrackersOf(fields.metadata, options),
    peers: peersOf(fields.peers, options),
    withdrawn: Array.isArray(fields.withdrawn) ? validIds(fields.withdrawn) : [],
    cursor: cursorOf(fields.cursor),
  };
}

function describedOf(list: unknown[], options: { lan: boolean }): Described {
  const described: Described = new Map();
  for (const item of list) {
    const checked = checkMetadata(item, options);
    if (checked) described.set(checked.id, checked.description);
  }
  return described;
}

/** A list of metadata, or metadata by id. */
function metadataTrackersOf(value: unknown, options: { lan: boolean }): Map<Id, string[]> {
  const named = Array.isArray(value)
    ? value.map(item => [undefined, item] as const)
    : Object.entries(isObject(value) ? value : {});
  const trackers = new Map<Id, string[]>();
  for (const [key, item] of named) {
    const id = isObject(item) ? parseId(item.sha1 ?? item.id ?? key) : undefined;
    if (id && isObject(item)) trackers.set(id, checkTrackers(item.trackers, options));
  }
  return trackers;
}

function peersOf(value: unknown, options: { lan: boolean }): Map<Id, string[]> {
  const peers = new Map<Id, string[]>();
  if (!isObject(value)) return peers;
  for (const [key, list] of Object.entries(value)) {
    const id = parseId(key);
    if (id) peers.set(id, checkPeers(list, options));
  }
  return peers;
}

/** Opaque, but it comes back with every call: no longer than a cursor needs to be. */
function cursorOf(value: unknown): string | null {
  const text = typeof value === 'number' ? String(value) : value;
  return typeof text === 'string' && text !== '' && text.length <= 4096 ? text : null;
}

function idsOf(value: unknown, action: string, field: string): Id[] {
  if (!Array.isArray(value)) throw malformed(action, `a list in "${field}"`);
  return validIds(value);
}

function validIds(values: unknown[]): Id[] {
  const ids: Id[] = [];
  for (const value of values) {
    const id = parseId(value);
    if (id) ids.push(id);
  }
  return ids;
}

function malformed(action: string, wanted: string): LsdError {
  return new LsdError(
    'site-error',
    `The site's answer to "${action}" has not ${wanted}. Its API may be another than this one.`,
    {
      params: { action },
    },
  );
}

function isFilled(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return false;
  return typeof value !== 'object' || Object.keys(value).length > 0;
}

/** Text of a site that a person will see: no control or direction characters, no novel. */
export function printable(text: string, max: number): string {
  const clean = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return clean.length > max ? `${clean.slice(0, max)}…` : clean;
}
