/** Which of several sources a file comes from. */

import { expect, it } from 'vitest';
import type { FileSource, LbryFile } from '../../../../host/core/lbry-files.ts';
import { fromFirst } from '../../../../host/gateways/lbry/first-source.ts';
import { LsdError } from '../../../../shared/errors.ts';

const SOURCES = ['one', 'two'].map((hash): FileSource => ({ kind: 'sd', hash }));
const fileOf = (hash: string) => ({ hash, row: hash === 'one' ? 1 : 2 }) as LbryFile;
const failed = () => new LsdError('not-found', 'nobody has it');

type Attempt = (signal: AbortSignal) => Promise<LbryFile>;
const never: Attempt = signal =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason), { once: true }));

async function run(attempts: Record<string, Attempt>, { here = '', patienceMs = 40_000, time = 40_000 } = {}) {
  const asked: string[] = [];
  const removed: number[] = [];
  const sourcing = {
    files: {
      find: (hash: string) => (hash === here ? fileOf(hash) : undefined),
      remove: async (row: number) => void removed.push(row),
    },
    async get({ hash }: FileSource, signal: AbortSignal) {
      asked.push(hash);
      return attempts[hash]!(signal);
    },
    isOfTheFile: (thrown: unknown) => thrown instanceof LsdError && thrown.code !== 'denied',
    patienceMs,
  };
  const got = await fromFirst(SOURCES, sourcing, AbortSignal.timeout(time)).catch((thrown: Error) => thrown);
  return { got, asked, removed };
}

it('is the first where that is to be had; the other is not asked', async () => {
  expect(await run({ one: async () => fileOf('one') })).toEqual({ got: fileOf('one'), asked: ['one'], removed: [] });
});

it('is the other at once where the first fails, and where that says nothing in a part of the time', async () => {
  const fails = async () => Promise.reject(failed());
  const other = { got: fileOf('two'), asked: ['one', 'two'], removed: [] };
  expect(await run({ one: fails, two: async () => fileOf('two') })).toEqual(other);
  expect(await run({ one: never, two: async () => fileOf('two') }, { patienceMs: 40 })).toEqual(other);
});

it('is the first, too, when that comes after its head start and nobody has the other', async () => {
  const late = Promise.withResolvers<LbryFile>();
  const two = async () => {
    setImmediate(() => late.resolve(fileOf('one')));
    throw failed();
  };
  const { got, asked } = await run({ one: () => late.promise, two }, { patienceMs: 40 });
  expect([got, asked]).toEqual([fileOf('one'), ['one', 'two']]);
});

it('is one alone where both come at once', async () => {
  const both = Promise.withResolvers<void>();
  const one = async () => both.promise.then(() => fileOf('one'));
  const two = async () => {
    both.resolve();
    return both.promise.then(() => fileOf('two'));
  };
  const { got, removed } = await run({ one, two }, { patienceMs: 40 });
  expect([got, removed]).toEqual([fileOf('one'), [2]]);
});

it('is the one that is here already', async () => {
  const two = async () => fileOf('two');
  expect(await run({ one: never, two }, { here: 'two' })).toMatchObject({ got: fileOf('two'), asked: ['two'] });
});

it('is none where all fail, and what is wrong with the words of the caller is said first', async () => {
  const fails = async () => Promise.reject(failed());
  const denied = async () => Promise.reject(new LsdError('denied', 'not there'));
  expect(await run({ one: fails, two: fails })).toMatchObject({ got: { code: 'not-found' } });
  expect(await run({ one: denied, two: fails })).toMatchObject({ got: { code: 'denied' } });
  expect(await run({ one: never, two: never }, { patienceMs: 40, time: 40 })).toMatchObject({
    got: { name: 'TimeoutError' },
    asked: ['one', 'two'],
  });
});
