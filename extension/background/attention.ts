/** What waits for the person, looked at when the daemon says that something changed: for the badge and for notifications. */

import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type { Link } from './link.ts';

/** ms: what happens together is looked at once; and as long as things go on happening, no more often than this */
const SOON_MS = 250;
const GAP_MS = 2_000;
/** bytes free where downloads go, under which the disk is nearly full; and over which it no longer is */
const LOW = 2 * 2 ** 30;
const ENOUGH = 3 * 2 ** 30;

export interface Attention {
  /** something needs the person */
  trouble: boolean;
  missing: Pick<Folder, 'id' | 'path'>[];
  /** bytes; null while there is room */
  free: number | null;
}

export interface AttentionDeps {
  link: Pick<Link, 'call'>;
  now(): number;
  later(run: () => void, ms: number): void;
  onLook(attention: Attention): void;
}

export function createAttention({ link, now, later, onLook }: AttentionDeps): { changed(): void } {
  let isWaiting = false;
  let wasFull = false;
  let looked = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    isWaiting = false;
    looked = now();
    const [status, folders] = await Promise.all([link.call('daemon.status', {}), link.call('folder.list', {})]);
    const attention = attentionOf(status, folders, wasFull);
    wasFull = attention.free !== null;
    onLook(attention);
  }

  return {
    changed() {
      if (isWaiting) return;
      isWaiting = true;
      later(() => void look().catch(() => {}), Math.max(SOON_MS, looked + GAP_MS - now()));
    },
  };
}

/** Nothing is full while nothing is to be kept. `wasFull`: it takes more room to be no longer. */
export function attentionOf(
  { state, downloads, rotten, free }: Pick<DaemonStatus, 'state' | 'downloads' | 'rotten' | 'free'>,
  folders: readonly Folder[],
  wasFull: boolean,
): Attention {
  const missing = folders.filter(folder => folder.state === 'missing').map(({ id, path }) => ({ id, path }));
  const isStuck = downloads.some(({ reason }) => reason === 'no-space' || reason === 'unwritable');
  const isFull =
    downloads.some(({ reason }) => reason === 'no-space') || (downloads.length > 0 && free < (wasFull ? ENOUGH : LOW));
  return {
    trouble: state === 'error' || isStuck || missing.length > 0 || rotten.length > 0,
    missing,
    free: isFull ? free : null,
  };
}
