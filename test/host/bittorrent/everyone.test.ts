import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceEveryoneFolders } from '../../../host/bittorrent/everyone.ts';
import type { Catalogue } from '../../../host/core/ports.ts';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { openDatabase } from '../../../host/store/database.ts';
import type { Id } from '../../../shared/id.ts';
import { hashOf, idOf } from '../../support/sites-room.ts';

const HALF_MINUTE = 30_000;
let catalogue: Catalogue;
let announced: Id[];

beforeEach(() => {
  vi.useFakeTimers();
  catalogue = createCatalogue(openDatabase(':memory:'));
  announced = [];
});
afterEach(() => {
  vi.useRealTimers();
});

function hold(folder: string, numbers: number[], everyone: boolean): number {
  const row = catalogue.addFolder(folder, { all: false, everyone, addedAt: 0 });
  for (const n of numbers) {
    const stamp = { inode: `1:${n}`, size: 1, mtimeNs: '0', ctimeNs: '0' };
    const file = { path: `${folder}/${n}.mkv`, stamp, id: idOf(n), extension: 'mkv', media: true, verifiedAt: 1 };
    catalogue.recordFile(file, { infoHash: hashOf(n), info: new Uint8Array([n]) });
  }
  return row.id;
}

describe('files of a folder that is open to everyone', () => {
  it('are announced one after the other, again and again, and no others', () => {
    hold('/mine', [1, 2], false);
    hold('/open', [3, 4], true);
    const announcer = announceEveryoneFolders({ catalogue, announce: id => announced.push(id) });
    vi.advanceTimersByTime(HALF_MINUTE);
    expect(announced).toEqual([idOf(3)]);
    vi.advanceTimersByTime(4 * HALF_MINUTE);
    expect(new Set(announced)).toEqual(new Set([idOf(3), idOf(4)]));
    expect(announced.length).toBeGreaterThan(2);
    announcer.close();
    const before = announced.length;
    vi.advanceTimersByTime(10 * HALF_MINUTE);
    expect(announced.length).toBe(before);
  });

  it('are not announced while the folder is missing', () => {
    const folder = hold('/open', [3], true);
    catalogue.updateFolder(folder, { missing: 'it is not there' });
    announceEveryoneFolders({ catalogue, announce: id => announced.push(id) });
    vi.advanceTimersByTime(5 * HALF_MINUTE);
    expect(announced).toEqual([]);
  });
});
