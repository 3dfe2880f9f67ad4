/** Reads what lies beside a film: here, where no site's rules hold, for a page that may read the film. */

import { parseSubtitles, type Subtitles } from '../subtitles.ts';
import type { Link } from './link.ts';

export type ReadSubtitles = (origin: string, id: string) => Promise<Subtitles[]>;

/** The daemon's value speaks for the origin; a film without subtitles, or one that the site may not see, has none. */
export function createReadSubtitles(deps: { link: Pick<Link, 'call'>; fetch: typeof fetch }): ReadSubtitles {
  return async (origin, id) => {
    const reader = await deps.link.call('reader', { origin });
    if (!reader) return [];
    const url = `http://127.0.0.1:${reader.port}/get/${id}/subtitles`;
    const answer = await deps.fetch(url, { headers: { 'X-LSD-Reader': reader.header } });
    const { subtitles } = answer.ok ? Object.fromEntries(Object.entries((await answer.json()) ?? {})) : {};
    return parseSubtitles(subtitles);
  };
}
