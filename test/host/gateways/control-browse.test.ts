/** The items of the status page: searched, grouped, sorted, a page at a time. */

import * as v from 'valibot';
import { expect, it } from 'vitest';
import { pageOf } from '../../../host/gateways/control-browse.ts';
import type { ItemQuery, ItemRow } from '../../../shared/browse.ts';
import { MAX_ROWS } from '../../../shared/browse.ts';
import { browseSchemas } from '../../../shared/browse-schema.ts';
import { type Id, parseId } from '../../../shared/id.ts';

const idAt = (n: number): Id => parseId(n.toString(16).padStart(40, '0'))!;
const item = (n: number, part: Partial<ItemRow> = {}): ItemRow => ({
  id: idAt(n),
  name: null,
  sites: ['https://pad.example'],
  state: 'downloading',
  progress: 0.5,
  size: 1000,
  downloaded: 500,
  uploaded: 0,
  rates: { down: 0, up: 0 },
  peers: 0,
  ...part,
});
const query = (part: Partial<ItemQuery> = {}): ItemQuery => ({
  sort: 'name',
  descending: false,
  offset: 0,
  limit: 10,
  ...part,
});

const ITEMS = [
  item(1, { name: 'Take 10.mkv', state: 'seeding', rates: { down: 0, up: 9 } }),
  item(2, { name: 'Take 2.mkv', state: 'seeding', sites: ['https://other.example'] }),
  item(3, { rates: { down: 5, up: 0 }, eta: 10 }),
  item(4, { state: 'waiting', reason: 'no-peers' }),
  item(5, { state: 'error', reason: 'id-mismatch' }),
  item(6, { state: 'paused', reason: 'paused-by-user' }),
];
const found = (part: Partial<ItemQuery>) => pageOf([...ITEMS], query(part)).rows.map(({ id }) => Number(`0x${id}`));

it.each([
  [{ sort: 'name', search: 'take' }, [2, 1]],
  [{ search: 'TÁKE 10' }, [1]],
  [{ search: 'other.example' }, [2]],
  [{ search: idAt(3) }, [3]],
  [{ group: 'waiting' }, [4, 6]],
  [{ group: 'failed' }, [5]],
  [{ sort: 'up', descending: true, limit: 1 }, [1]],
  [{ sort: 'eta', limit: 1 }, [3]],
  [{ sort: 'state', limit: 1 }, [3]],
] as const)('%o finds %o', (part, ids) => {
  expect(found(part)).toEqual(ids);
});

it('turns equal rows into pages without losing or doubling one', () => {
  const many = Array.from({ length: 25 }, (_, n) => item(n + 1));
  const pages = [0, 10, 20].flatMap(offset => pageOf([...many], query({ sort: 'peers', offset })).rows);
  expect(pages.map(({ id }) => id)).toEqual(many.map(({ id }) => id));
});

it('counts each group, whatever is searched', () => {
  expect(pageOf([...ITEMS], query({ search: 'nothing' }))).toMatchObject({
    total: 0,
    counts: { moving: 1, waiting: 2, seeding: 2, failed: 1 },
  });
});

it.each([
  ['file.list', { sort: 'path', descending: false, offset: 0, limit: MAX_ROWS + 1 }],
  ['file.list', { sort: 'path; DROP TABLE file', descending: false, offset: 0, limit: 1 }],
  ['file.list', { sort: 'path', descending: false, offset: -1, limit: 1 }],
  ['item.list', { sort: 'name', descending: 'no', offset: 0, limit: 1 }],
  ['item.reveal', { id: '/etc' }],
  ['daemon.history', { span: 'year' }],
] as const)('%s refuses %o', (method, params) => {
  expect(v.safeParse<v.GenericSchema>(browseSchemas[method], params).success).toBe(false);
});
