/** Who opens a download before its size is known: they wait, may leave, and are counted down whatever comes. */

import { expect, it } from 'vitest';
import { createReaders } from '../../../../host/bittorrent/download/download-readers.ts';
import type { State } from '../../../../host/bittorrent/download/download-state.ts';
import { createCatalogue } from '../../../../host/store/catalogue.ts';
import { openDatabase } from '../../../../host/store/database.ts';
import { idOf } from '../../../support/sites-room.ts';

function stand() {
  let state: State = { kind: 'clearing' };
  const catalogue = createCatalogue(openDatabase(':memory:'));
  const readers = createReaders({ id: idOf(1), folder: '/', catalogue, state: () => state, extension: () => '' });
  let gone = 0;
  return {
    open: (signal?: AbortSignal) => readers.open(() => void gone++, signal),
    gone: () => gone,
    end() {
      state = { kind: 'ended' };
      readers.settle();
    },
  };
}

it('who leaves while nothing is known has gone', async () => {
  const { open, gone } = stand();
  const leaving = new AbortController();
  const [left, before] = [open(leaving.signal), open(AbortSignal.abort(new Error('left before')))];
  await expect(before).rejects.toThrow('left before');
  expect(gone()).toBe(1);
  leaving.abort(new Error('left'));
  await expect(left).rejects.toThrow('left');
  expect(gone()).toBe(2);
});

it('who is given nothing has gone', async () => {
  const { open, gone, end } = stand();
  const opening = [open(), open(new AbortController().signal)];
  end();
  expect(await Promise.all(opening)).toEqual([undefined, undefined]);
  expect(gone()).toBe(2);
});
