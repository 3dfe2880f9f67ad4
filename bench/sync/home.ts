/**
 * The rooms of a home that sync, over a catalogue on the disk, in a process of their own: `home.ts fill FILE ORIGIN COUNT` has
 * the catalogue know so many files that are shared with the site; `home.ts sync FILE ORIGIN` synchronises once, and prints what
 * that cost.
 */

import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openDatabase } from '../../host/store/database.ts';
import { parseId, parseInfoHash } from '../../shared/id.ts';
import type { SyncResult } from '../../shared/page-methods.ts';
import { openRoom, type Room } from '../../test/support/sites-room.ts';

const MB = 1e6;
const SAMPLE_MS = 20;

export interface Cost {
  /** s */
  took: number;
  /** MB that the process grew by at most, the site's reply included */
  grew: number;
  /** ms; the longest that anything else waited for this thread */
  held: number;
  result: SyncResult;
}

if (import.meta.main) {
  const [, , command, file = '', origin = '', count] = process.argv;
  await using room = await openRoom({ database: openDatabase(file), pollSeconds: 1e9 });
  if (command === 'fill') {
    await room.sites.grant({ origin, lan: true });
    fill(room, origin, Number(count));
  } else {
    // What a start does by itself is over after this.
    await room.sites.seedRequests(origin);
    const sync = () => room.sites.sync(origin, { prune: false }, new AbortController().signal);
    console.log(JSON.stringify(await costOf(sync)));
  }
}

function fill({ catalogue }: Room, origin: string, ids: number): void {
  const folder = catalogue.addFolder('/films', { all: true, everyone: false, addedAt: 0 });
  catalogue.shareFolder(folder.id, origin);
  const hashes = Array.from({ length: ids }, (_, n) => createHash('sha1').update(`${n}`).digest('hex')).sort();
  const info = new Uint8Array(100);
  catalogue.batch(() => {
    for (const [n, hash] of hashes.entries()) {
      const stamp = { inode: `1:${n}`, size: 1000 + n, mtimeNs: '0', ctimeNs: '0' };
      const infoHash = parseInfoHash(hash.split('').reverse().join(''))!;
      const file = { path: `/films/${n}.mkv`, stamp, id: parseId(hash)!, extension: 'mkv', media: true, verifiedAt: 0 };
      catalogue.recordFile(file, { infoHash, info });
    }
  });
}

async function costOf(sync: () => Promise<SyncResult>): Promise<Cost> {
  if (!globalThis.gc) throw new Error('started without --expose-gc');
  globalThis.gc();
  const before = process.memoryUsage.rss();
  forgetPeak();
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delay.enable();
  const started = performance.now();
  const result = await sync();
  const took = (performance.now() - started) / 1000;
  delay.disable();
  return { took, grew: (peak() - before) / MB, held: delay.max / 1e6, result };
}

/** proc(5): the peak begins anew at what is resident now. */
function forgetPeak(): void {
  writeFileSync('/proc/self/clear_refs', '5');
}

/** bytes that were resident at most */
function peak(): number {
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]) * 1024;
}
