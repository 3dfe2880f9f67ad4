/** Kept answers: right whenever anything was written, unless they are costly. */

import { expect, it, onTestFinished } from 'vitest';
import { openDatabase } from '../../../host/store/database.ts';
import { createMemo } from '../../../host/store/memo.ts';

it('is computed again after each write, and only then', () => {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  const asked: string[] = [];
  const memo = createMemo(database, key => asked.push(key));
  expect([memo('a'), memo('a'), memo('b'), memo('a')]).toEqual([1, 1, 2, 1]);
  database.exec("INSERT INTO setting (key, value) VALUES ('x', 'y')");
  expect([memo('a'), memo('a'), memo('b')]).toEqual([3, 3, 4]);
});
