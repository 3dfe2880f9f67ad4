/** The disk and the catalogue as two streams in one order. */

import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { HeldFile } from '../../../host/core/stored.ts';
import { type Difference, differences } from '../../../host/library/difference.ts';
import { comparePaths } from '../../../host/library/order.ts';
import type { Walked } from '../../../host/library/walk.ts';
import { parseId } from '../../../shared/id.ts';

const anyPath = fc.string({
  unit: fc.oneof(fc.constantFrom('/', '.', '0', 'a'), fc.string({ unit: 'binary', maxLength: 1 })),
});

it('paths are in the order of their bytes, as in the catalogue', () => {
  fc.assert(
    fc.property(anyPath, anyPath, (a, b) => {
      expect(Math.sign(comparePaths(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
    }),
    { numRuns: 2000 },
  );
});

const stamp = { inode: '1:1', size: 1, mtimeNs: '1', ctimeNs: '1' };
const held = (path: string): HeldFile => ({
  path,
  stamp,
  id: parseId('0'.repeat(40))!,
  extension: '',
  media: true,
  verifiedAt: 1,
});

async function compare(walked: Walked[], known: string[]): Promise<Difference[]> {
  async function* walk() {
    yield* walked;
  }
  const found: Difference[] = [];
  for await (const difference of differences(walk(), known.map(held)[Symbol.iterator]())) found.push(difference);
  return found;
}

it('tells what is new, changed, and gone', async () => {
  const walked: Walked[] = [
    { kind: 'file', path: '/nowhere/b', stamp },
    { kind: 'file', path: '/nowhere/c', stamp: { ...stamp, ctimeNs: '2' } },
    { kind: 'file', path: '/nowhere/d', stamp },
  ];
  expect(await compare(walked, ['/nowhere/a', '/nowhere/c', '/nowhere/d', '/nowhere/e'])).toEqual([
    { kind: 'vanished', path: '/nowhere/a', stamp },
    { kind: 'fresh', path: '/nowhere/b', stamp },
    { kind: 'fresh', path: '/nowhere/c', stamp: { ...stamp, ctimeNs: '2' } },
    { kind: 'vanished', path: '/nowhere/e', stamp },
  ]);
});

it('takes nothing in a directory that cannot be read for vanished', async () => {
  const walked: Walked[] = [{ kind: 'unreadable', path: '/nowhere/sub', code: 'EACCES' }];
  const known = ['/nowhere/a', '/nowhere/sub', '/nowhere/sub/b', '/nowhere/sub/deep/c', '/nowhere/sub2/d'];
  expect((await compare(walked, known)).filter(({ kind }) => kind === 'vanished')).toEqual([
    { kind: 'vanished', path: '/nowhere/a', stamp },
    { kind: 'vanished', path: '/nowhere/sub2/d', stamp },
  ]);
});

it('tells what is there, but left out', async () => {
  expect(await compare([], [import.meta.filename])).toEqual([{ kind: 'left-out', path: import.meta.filename, stamp }]);
});
