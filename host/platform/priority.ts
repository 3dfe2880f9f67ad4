/** The priority of one thread, for the processor and the disk. Linux alone has it by the thread; elsewhere nothing happens. */

import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';

export type Priority = 'normal' | 'low';

/** A tenth of what a normal thread gets while both want the processor. */
const NICE = { normal: 0, low: 10 };
/** ioprio_set(2): none (as the nice value says), idle (when nobody else reads) */
const IO_CLASS = { normal: '0', low: '3' };

/** The system's number of the thread that calls; null where it cannot be known. */
export function ownThread(): number | null {
  if (process.platform !== 'linux') return null;
  return Number(readlinkSync('/proc/thread-self').split('/').at(-1));
}

/** False where the thread may not be raised again, as without privileges: only a new thread is normal then. */
export function setThreadPriority(thread: number, priority: Priority): boolean {
  tellDiskLater(thread, priority);
  try {
    setPriority(thread, NICE[priority]);
    return true;
  } catch {
    return false;
  }
}

/** Starting a program takes this thread 10 ms, in which a scan has just begun; a short one is over by then. */
const DISK_MS = 1_000;

const untold = new Map<number, Priority>();

function tellDiskLater(thread: number, priority: Priority): void {
  if (untold.size === 0) setTimeout(tellDisk, DISK_MS).unref();
  untold.set(thread, priority);
}

function tellDisk(): void {
  for (const priority of ['normal', 'low'] as const) {
    const threads = [...untold].filter(([, each]) => each === priority).map(([thread]) => String(thread));
    // Threads that ended are passed over. Where ionice is not installed the disk's scheduler goes by the nice value.
    if (threads.length > 0) execFile('ionice', ['-t', '-c', IO_CLASS[priority], '-p', ...threads], () => {}).unref();
  }
  untold.clear();
}
