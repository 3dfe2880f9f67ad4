/** What waits for a hash worker. */

import { expect, it } from 'vitest';
import type { Urgency } from '../../../host/library/hash-job.ts';
import { createHashQueue, type Waiting } from '../../../host/library/hash-queue.ts';

const KIB = 1024;

interface Named extends Waiting {
  name: string;
}

function task(name: string, urgency: Urgency = 'scan', size = KIB, alone = false): Named {
  return { name, urgency, size, alone };
}

const namesOf = (tasks: readonly Named[]) => tasks.map(({ name }) => name).join('');

it('gives the most urgent first, and of those who waits the longest', () => {
  const queue = createHashQueue<Named>();
  for (const one of [task('e', 'verify'), task('c'), task('a', 'now'), task('d'), task('b', 'now')]) queue.add(one);
  expect(queue.first?.name).toBe('a');
  expect(namesOf(queue.takeAll())).toBe('abcde');
  expect(queue.first).toBeUndefined();
});

it('lets go of one that waits, and knows none that does not', () => {
  const queue = createHashQueue<Named>();
  const [a, b, c] = [task('a'), task('b'), task('c')];
  for (const one of [a, b, c]) queue.add(one);
  expect([b, b, task('c')].map(queue.remove)).toEqual([true, false, false]);
  expect(namesOf(queue.takeAll())).toBe('ac');
});

it('gives small ones together: eight, or a MiB of them', () => {
  const queue = createHashQueue<Named>();
  for (const name of 'abcdefghij') queue.add(task(name));
  expect(namesOf(queue.takeTogether())).toBe('abcdefgh');
  expect(namesOf(queue.takeTogether())).toBe('ij');
  for (const name of 'abc') queue.add(task(name, 'scan', 400 * KIB));
  expect(namesOf(queue.takeTogether())).toBe('ab');
});

it('gives none together that are not as urgent: what is waited for waits for no other', () => {
  const queue = createHashQueue<Named>();
  for (const one of [task('c'), task('a', 'now'), task('b', 'now'), task('d', 'verify')]) queue.add(one);
  expect([1, 2, 3].map(() => namesOf(queue.takeTogether()))).toEqual(['ab', 'c', 'd']);
});

it('gives one that is to be alone by itself, and takes back what was on its way before all others', () => {
  const queue = createHashQueue<Named>();
  for (const one of [task('a'), task('b', 'scan', KIB, true), task('c')]) queue.add(one);
  const taken = [queue.takeTogether(), queue.takeTogether()];
  expect(taken.map(namesOf)).toEqual(['a', 'b']);
  queue.back(taken.flat());
  expect(namesOf(queue.takeAll())).toBe('abc');
});
