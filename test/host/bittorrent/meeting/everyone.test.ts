import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { announceEveryoneFolders } from '../../../../host/bittorrent/meeting/everyone.ts';
import { createEvents, type Events } from '../../../../host/core/events.ts';
import type { Catalogue } from '../../../../host/core/stored.ts';
import { createCatalogue } from '../../../../host/store/catalogue.ts';
import { openDatabase } from '../../../../host/store/database.ts';
import type { Id } from '../../../../shared/id.ts';
import { hashOf, idOf } from '../../../support/sites-room.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
let catalogue: Catalogue;
let events: Events;
let announced: Id[];

beforeEach(() => {
  vi.useFakeTimers();
  catalogue = createCatalogue(openDatabase(':memory:'));
  events = createEvents(thrown => console.error(thrown));
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

const announceAll = () => announceEveryoneFolders({ catalogue, events, announce: id => announced.push(id) });
const ids = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, at) => idOf(from + at));

describe('files of a folder that is open to everyone', () => {
  it('are announced again and again, and no others', () => {
    hold('/mine', [1, 2], false);
    hold('/open', [3, 4], true);
    const announcer = announceAll();
    vi.advanceTimersByTime(30 * SECOND);
    expect(announced).toEqual(ids(3, 4));
    vi.advanceTimersByTime(30 * MINUTE - 1);
    expect(announced).toEqual(ids(3, 4));
    vi.advanceTimersByTime(1);
    expect(announced).toEqual([...ids(3, 4), ...ids(3, 4)]);
    announcer.close();
    vi.advanceTimersByTime(120 * MINUTE);
    expect(announced).toHaveLength(4);
  });

  it('of every such folder have their turn, whatever its name', () => {
    const many = Array.from({ length: 100 }, (_, at) => 1000 + at);
    hold('/Music', many, true);
    hold('/Music 2', [1, 2], true);
    const announcer = announceAll();
    vi.advanceTimersByTime(30 * SECOND + 60 * MINUTE);
    expect(new Set(announced)).toEqual(new Set([...ids(1000, 1099), ...ids(1, 2)]));
    announcer.close();
  });

  it('take their turns in rounds where they are many', () => {
    const many = Array.from({ length: 100 }, (_, at) => 1000 + at);
    hold('/open', many, true);
    const announcer = announceAll();
    vi.advanceTimersByTime(30 * SECOND);
    expect(announced).toEqual(ids(1000, 1059));
    vi.advanceTimersByTime(30 * MINUTE);
    expect(announced).toEqual(ids(1000, 1099));
    vi.advanceTimersByTime(30 * MINUTE);
    expect(announced.slice(100)).toEqual(ids(1000, 1059));
    announcer.close();
  });

  it('are announced soon when they are new, however often the library changes', () => {
    const announcer = announceAll();
    vi.advanceTimersByTime(30 * SECOND);
    hold('/open', [3], true);
    for (let minute = 0; minute < 4; minute++) {
      events.emit('library.changed', { folders: [] });
      vi.advanceTimersByTime(MINUTE);
    }
    expect(announced).toEqual([]);
    vi.advanceTimersByTime(MINUTE);
    expect(announced).toEqual([idOf(3)]);
    announcer.close();
  });

  it('are not announced while the folder is missing', () => {
    const folder = hold('/open', [3], true);
    catalogue.updateFolder(folder, { missing: { code: 'gone' } });
    const announcer = announceAll();
    vi.advanceTimersByTime(5 * MINUTE);
    expect(announced).toEqual([]);
    announcer.close();
  });
});
