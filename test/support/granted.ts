/** A home with a grant for a site; what a test opened is closed after it. */

import { onTestFinished } from 'vitest';
import { openSiteDouble, type SiteDouble } from './site-double.ts';
import { hashOf, idOf, openRoom, type Room, type RoomOptions } from './sites-room.ts';

export function watch(one: AsyncDisposable): void {
  onTestFinished(() => one[Symbol.asyncDispose]());
}

export async function site(about: object | null = { trackers: ['udp://127.0.0.1:9'] }): Promise<SiteDouble> {
  const made = await openSiteDouble(about);
  watch({ [Symbol.asyncDispose]: made.close });
  return made;
}

export async function room(options?: RoomOptions): Promise<Room> {
  const made = await openRoom(options);
  watch(made);
  return made;
}

export async function granted(options?: RoomOptions): Promise<{ home: Room; archive: SiteDouble; origin: string }> {
  const archive = await site();
  const home = await room(options);
  await home.sites.grant({ origin: archive.origin });
  return { home, archive, origin: archive.origin };
}

/** The site knows the file of this number from now on. */
export function describeFile(archive: SiteDouble, n: number, more: object = {}): void {
  archive.described.set(idOf(n), { sha1: idOf(n), info_hash: hashOf(n), extension: 'mkv', size: 1000, ...more });
}
