/** Which files a caller means: by the fields that they are told with. */

import * as v from 'valibot';
import type { LbryFile } from '../../core/lbry-files.ts';
import { type BriefView, briefView } from './file-view.ts';
import type { LbryDeps } from './method.ts';
import { count, flag, text } from './parameters.ts';
import { INVALID_PARAMS, rpcError } from './rpc-error.ts';

const COMPARISONS = {
  eq: (a: Comparable, b: Comparable) => a === b,
  ne: (a: Comparable, b: Comparable) => a !== b,
  g: (a: Comparable, b: Comparable) => a > b,
  l: (a: Comparable, b: Comparable) => a < b,
  ge: (a: Comparable, b: Comparable) => a >= b,
  le: (a: Comparable, b: Comparable) => a <= b,
};
type Comparable = string | number | boolean;

/** Fields that files are chosen by. */
export const FILTER = {
  sd_hash: v.exactOptional(text('hash of the stream descriptor')),
  bt_infohash: v.exactOptional(text('info hash of the torrent')),
  stream_hash: v.exactOptional(text('hash in the stream descriptor')),
  file_name: v.exactOptional(text('name of the file that plays')),
  rowid: v.exactOptional(count('number of the file here')),
  claim_id: v.exactOptional(text('id of the claim')),
  claim_name: v.exactOptional(text('name of the claim')),
  channel_claim_id: v.exactOptional(text('id of the channel')),
  channel_name: v.exactOptional(text('name of the channel, with its @')),
  outpoint: v.exactOptional(text('txid:nout of the claim')),
  txid: v.exactOptional(text('transaction of the claim')),
  nout: v.exactOptional(count('output of that transaction')),
};

const COMPLETENESS = {
  status: v.exactOptional(
    v.pipe(
      v.picklist(['running', 'finished', 'stopped'], 'must be running, finished or stopped.'),
      v.description('running, finished or stopped'),
    ),
  ),
  completed: v.exactOptional(flag('whether all of it is here')),
};

const COMPARISON = {
  comparison: v.exactOptional(
    v.pipe(
      v.picklist(['eq', 'ne', 'g', 'l', 'ge', 'le'], 'must be eq, ne, g, l, ge or le.'),
      v.description('how fields are compared: eq, ne, g, l, ge, le (eq)'),
    ),
    'eq',
  ),
};

const SORT = {
  sort: v.exactOptional(text('field that they are sorted by (rowid)')),
  reverse: v.exactOptional(flag('the last first')),
};

export const LISTED = { ...FILTER, ...COMPLETENESS, ...COMPARISON, ...SORT };

export interface Selection {
  comparison?: keyof typeof COMPARISONS;
  sort?: string;
  reverse?: boolean;
  [field: string]: unknown;
}

/** In the order asked for. Throws for a field to sort by that there is none of. */
export function selected(
  { comparison = 'eq', sort, reverse = false, ...fields }: Selection,
  deps: LbryDeps,
): LbryFile[] {
  const compare = COMPARISONS[comparison];
  const wanted = Object.entries(fields).filter(([, value]) => value !== undefined);
  const all = deps.files.list().map(file => ({ file, view: briefView(file, deps) }));
  const found = all.filter(({ view }) => wanted.every(([field, value]) => fits(fieldOf(view, field), value, compare)));
  const ordered = sort === undefined ? found : sortedBy(found, sort);
  const files = ordered.map(({ file }) => file);
  return reverse ? files.reverse() : files;
}

/** True where a caller named nothing that files are chosen by. */
export function isUnnamed(fields: Record<string, unknown>): boolean {
  return Object.keys(FILTER).every(name => fields[name] === undefined);
}

function fits(have: unknown, want: unknown, compare: (a: Comparable, b: Comparable) => boolean): boolean {
  return isComparable(have) && isComparable(want) && typeof have === typeof want && compare(have, want);
}

function isComparable(value: unknown): value is Comparable {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function fieldOf(view: BriefView, field: string): unknown {
  return Object.hasOwn(view, field) ? Object.entries(view).find(([name]) => name === field)?.[1] : undefined;
}

function sortedBy<T extends { view: BriefView }>(all: T[], field: string): T[] {
  if (all[0] && !Object.hasOwn(all[0].view, field)) {
    throw rpcError(INVALID_PARAMS, `Wrong parameters: files have no field "${field}" to sort by.`);
  }
  return all.toSorted((a, b) => order(fieldOf(a.view, field), fieldOf(b.view, field)));
}

/** What is not there comes first. */
function order(a: unknown, b: unknown): number {
  if (!isComparable(a) || !isComparable(b)) return Number(isComparable(a)) - Number(isComparable(b));
  return a < b ? -1 : Number(a > b);
}
