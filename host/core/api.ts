/** The verbs that gateways are made of. */

import type { Id } from '../../shared/id.ts';
import type { Content } from './content.ts';
import type { Library, Torrents } from './ports.ts';
import type { Catalogue } from './stored.ts';

/**
 * Opens what `reader` (an origin; null: the person) may read of an id: a held file, else the download while it arrives.
 * A file of the person's own that is not shared with the site is not opened for it, for it must not learn of it.
 */
export async function openContent(
  id: Id,
  reader: string | null,
  rooms: { library: Pick<Library, 'open'>; torrents: Pick<Torrents, 'open'>; catalogue: Pick<Catalogue, 'isShared'> },
  signal?: AbortSignal,
): Promise<Content | undefined> {
  const held = reader === null || rooms.catalogue.isShared(reader, id) ? await rooms.library.open(id) : undefined;
  return held ?? (await rooms.torrents.open(id, signal));
}
