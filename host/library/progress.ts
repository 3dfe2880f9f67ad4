/** How many bytes of how many are hashed, in each outermost folder and in all; told at most four times a second. */

import type { ScanProgress } from '../../shared/daemon-methods.ts';
import type { Events } from '../core/events.ts';
import { liesIn } from './folders.ts';

const EVERY_MS = 250;

export interface Progress {
  /** so many bytes more are to be hashed in this outermost folder */
  expect(root: string, bytes: number): void;
  /** so many bytes more of this file are done; negative where a read was for nothing */
  advance(path: string, bytes: number): void;
  /** of all; null while nothing is to be hashed */
  now(): ScanProgress | null;
  /** of the outermost folder that this path lies in */
  within(path: string): ScanProgress | null;
}

export function createProgress({ events }: { events: Events }): Progress {
  // A folder that is done stays while others go on: what is told of all never goes back.
  const roots = new Map<string, ScanProgress>();
  let timer: NodeJS.Timeout | undefined;

  function tell(): void {
    if (timer) return;
    timer = setTimeout(() => {
      timer = undefined;
      const all = sum();
      events.emit('library.progress', all);
      if (all.done >= all.total) roots.clear();
    }, EVERY_MS).unref();
  }

  function sum(): ScanProgress {
    const all = { done: 0, total: 0 };
    for (const { done, total } of roots.values()) {
      all.done += done;
      all.total += total;
    }
    return all;
  }

  /** What was an outermost folder when it was read may lie in another one by now. */
  function around(path: string): ScanProgress | undefined {
    const [outermost] = [...roots.keys()].filter(root => liesIn(path, root)).sort((a, b) => a.length - b.length);
    return outermost === undefined ? undefined : roots.get(outermost);
  }

  return {
    expect(root, bytes) {
      const before = roots.get(root);
      if (before) before.total += bytes;
      else roots.set(root, { done: 0, total: bytes });
      tell();
    },
    advance(path, bytes) {
      const progress = around(path);
      if (progress) progress.done += bytes;
      tell();
    },
    now: () => unfinished(sum()),
    within: path => unfinished(around(path)),
  };
}

function unfinished(progress: ScanProgress | undefined): ScanProgress | null {
  if (!progress || progress.done >= progress.total) return null;
  return { done: Math.max(0, progress.done), total: progress.total };
}
