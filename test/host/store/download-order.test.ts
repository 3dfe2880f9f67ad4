/** The order of downloads in the database: as they were asked for, until the person moves one. */

import { beforeEach, expect, it, onTestFinished } from 'vitest';
import type { DownloadOrder } from '../../../host/core/preferences.ts';
import type { RequestRow, RequestStore } from '../../../host/core/stored.ts';
import { openDatabase } from '../../../host/store/database.ts';
import { createDownloadOrder } from '../../../host/store/download-order.ts';
import { createRequestStore } from '../../../host/store/requests.ts';
import { idOf } from '../../support/sites-room.ts';

const [A, B] = ['https://a.example', 'https://b.example'];
const FIVE = [1, 2, 3, 4, 5];
/** what no site asked for, by its info hash: Unix ms */
const ADDED = new Map([['e'.repeat(40), 35]]);
const NOBODY: ReadonlyMap<string, number> = new Map();

let requests: RequestStore;
let order: DownloadOrder;
beforeEach(() => {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  requests = createRequestStore(database);
  order = createDownloadOrder(database);
  for (const n of FIVE) ask(A, n, n * 10);
});

function ask(origin: string, n: number, addedAt: number, state: RequestRow['state'] = 'open'): void {
  const settled = state !== 'open';
  const unknown = { metadata: null, told: true, learnedSize: null, refuted: false, reason: null };
  requests.put({ origin, id: idOf(n), addedAt, state, settled, ...unknown });
}

/** As the queue asks for them. */
function sorted(numbers: number[]): number[] {
  const places = new Map(numbers.map(n => [n, order.place(idOf(n), null)]));
  return numbers.toSorted((a, b) => places.get(a)! - places.get(b)!);
}

it.each([
  ['top', 3, [3, 1, 2, 4, 5]],
  ['up', 3, [1, 3, 2, 4, 5]],
  ['down', 3, [1, 2, 4, 3, 5]],
  ['bottom', 3, [1, 2, 4, 5, 3]],
  ['top', 1, FIVE],
  ['up', 1, FIVE],
  ['down', 5, FIVE],
  ['bottom', 5, FIVE],
  ['down', 1, [2, 1, 3, 4, 5]],
  ['up', 5, [1, 2, 3, 5, 4]],
  ['top', 99, FIVE],
] as const)('moved to %s, number %i stands in %j', (to, n, expected) => {
  order.move(idOf(n), to, NOBODY);
  expect(sorted(FIVE.toReversed())).toEqual(expected);
});

it('each move begins from the one before; what is asked for later comes behind, and what is over leaves no place', () => {
  order.move(idOf(5), 'top', NOBODY);
  order.move(idOf(5), 'down', NOBODY);
  order.move(idOf(2), 'bottom', NOBODY);
  ask(A, 6, 60);
  expect(sorted([6, ...FIVE])).toEqual([1, 5, 3, 4, 2, 6]);
  order.remove(idOf(1));
  ask(A, 1, 70);
  expect(sorted([6, ...FIVE])).toEqual([5, 3, 4, 2, 6, 1]);
});

it('an id that two sites ask for stands where the first did; what is done or was never asked for stands last', () => {
  ask(B, 4, 5);
  expect(sorted(FIVE)).toEqual([4, 1, 2, 3, 5]);
  order.move(idOf(4), 'down', NOBODY);
  expect(sorted(FIVE)).toEqual([1, 4, 2, 3, 5]);
  ask(B, 7, 1, 'done');
  expect(sorted([7, ...FIVE])).toEqual([1, 4, 2, 3, 5, 7]);
});

it('what no site asked for has its place among them, by when it was added, and is moved as they are', () => {
  const [other = '', addedAt = 0] = [...ADDED][0] ?? [];
  const place = (n: number) => order.place(idOf(n), null);
  expect(order.place(other, addedAt)).toBe(35);
  order.move(other, 'up', ADDED);
  expect(FIVE.filter(n => place(n) < order.place(other, addedAt))).toEqual([1, 2]);
  order.move(idOf(1), 'bottom', ADDED);
  expect(FIVE.filter(n => place(n) < order.place(other, addedAt))).toEqual([2]);
});
