/** Which pieces wanted files lie in, and how much of each. */

import { expect, it } from 'vitest';
import { parseInfo } from '../../../../host/bittorrent/metainfo.ts';
import { layoutOf } from '../../../../host/bittorrent/pieces/files-layout.ts';
import { wantedBytes } from '../../../../host/bittorrent/sessions/saved-wants.ts';
import { manyFiles } from '../../../support/many-files.ts';

const PIECE = 16 * 1024;

it('tells which pieces wanted files lie in, and how much of each', () => {
  const { info } = manyFiles([
    { path: 'a', size: PIECE + 10 },
    { path: 'none', size: 0 },
    { path: 'b', size: 2 * PIECE },
  ]);
  const metainfo = parseInfo(info);
  const files = layoutOf(metainfo);
  const all = wantedBytes(metainfo, files, null);
  expect([all.pieces, all.total, [...all.inPiece]]).toEqual([
    [{ first: 0, last: 3 }],
    3 * PIECE + 10,
    [PIECE, PIECE, PIECE, 10],
  ]);
  const last = wantedBytes(metainfo, files, [2, 1, 2]);
  expect([last.pieces, last.total, [...last.inPiece]]).toEqual([
    [{ first: 1, last: 3 }],
    2 * PIECE,
    [0, PIECE - 10, PIECE, 10],
  ]);
  expect(wantedBytes(metainfo, files, [])).toMatchObject({ pieces: [], total: 0 });
});
