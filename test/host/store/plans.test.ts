/** What the store asks of the database is found by an index, however many rows there are. */

import { expect, it, onTestFinished } from 'vitest';
import { createEvents } from '../../../host/core/events.ts';
import { createAddressLists } from '../../../host/store/blocked-addresses.ts';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { type Database, openDatabase } from '../../../host/store/database.ts';
import { createDownloadOrder } from '../../../host/store/download-order.ts';
import { createRequestStore } from '../../../host/store/requests.ts';
import { createBlocklist, createSettings } from '../../../host/store/settings.ts';
import { createSiteLogStore } from '../../../host/store/site-log.ts';
import { createSiteStore } from '../../../host/store/sites.ts';
import { createUsage } from '../../../host/store/usage.ts';

/** Tables of which a home may hold a row a file. The others hold a row a folder, a site, or a word of the person. */
const BIG = [
  'file',

  'torrent',
  'download',
  'request',
  'reported',
  'metadata_sent',
  'withdrawn',
  'own_copy',
  'site_log',
  'tried',
  'served',
];

/** Only what is open is in it. */
const PARTIAL = 'request_open';

/** Statements that read a table whole, each with its reason. */
const WHOLE: [start: RegExp, reason: string][] = [
  [/^SELECT \(SELECT count\(DISTINCT id\) FROM file\)/, 'kept until something is written'],
  [/^SELECT count\(DISTINCT id\) AS ids FROM/, 'kept until something is written'],
  [/^SELECT extension, media, count\(\*\) AS ids/, 'the preview of a grant, which the person waits for'],
  [/^SELECT \* FROM download ORDER BY/, 'the list of them'],
  [/^SELECT request\.id AS id, coalesce\(min\(place\)/, 'the person moves a download'],
];

function open(): { database: Database; asked: Set<string> } {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const asked = new Set<string>();
  const { prepare } = database;
  database.prepare = sql => {
    asked.add(sql);
    return prepare.call(database, sql);
  };
  return { database, asked };
}

/** The steps of its plan that go through a big table from end to end. */
function endToEnd(database: Database, sql: string): string[] {
  const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
  return steps
    .map(({ detail }) => String(detail))
    .filter(detail => BIG.includes(/^SCAN (\w+)/.exec(detail)?.[1] ?? '') && !detail.includes(PARTIAL));
}

function isWhole(sql: string): boolean {
  return WHOLE.some(([start]) => start.test(sql));
}

it('no statement reads a big table from end to end, but those that are named with a reason', () => {
  const { database, asked } = open();
  const events = createEvents(() => {});
  createCatalogue(database);
  createRequestStore(database);
  createSiteStore(database);
  createSiteLogStore(database);
  createSettings(database);
  createBlocklist(database, events);
  createUsage(database);
  createDownloadOrder(database);
  createAddressLists(database, events);
  const statements = [...asked].map(sql => sql.replace(/\s+/g, ' ').trim());
  expect(statements.length).toBeGreaterThan(70);
  const slow = statements.filter(sql => endToEnd(database, sql).length > 0);
  expect(slow.filter(sql => !isWhole(sql))).toEqual([]);
  // A reason that holds for nothing any more goes.
  expect(WHOLE.filter(([start]) => !slow.some(sql => start.test(sql)))).toEqual([]);
});

it.each([
  "SELECT path FROM file WHERE extension = 'mkv'",
  'SELECT id FROM torrent WHERE file_index = 1',
  "SELECT id FROM request WHERE state = 'done'",
  'SELECT path FROM file JOIN reported ON reported.id = file.id',
])('the check finds %s', sql => {
  const { database } = open();
  expect(endToEnd(database, sql)).not.toEqual([]);
});
