/** What lies in a folder of a torrent, as a page or as JSON. */

import type { InfoHash } from '../../../shared/id.ts';
import { type Asked, send, sendJson, wantsJson } from './asked.ts';
import type { Entry } from './file-index.ts';
import { pathTo } from './links.ts';
import { escaped, page } from './page.ts';

interface Listed extends Entry {
  url: string;
}

/** `folder` ends with a slash. */
export function sendListing(
  asked: Asked,
  { infoHash, folder, entries }: { infoHash: InfoHash; folder: string; entries: readonly Entry[] },
): void {
  const listed = entries.map((entry): Listed => {
    const slash = entry.type === 'folder' ? '/' : '';
    return { ...entry, url: `${pathTo(infoHash, folder + entry.name)}${slash}` };
  });
  if (wantsJson(asked)) sendJson(asked, { path: folder.slice(0, -1), entries: listed });
  else send(asked, 'text/html; charset=utf-8', page(folder, `<ul>${listed.map(row).join('')}</ul>`));
}

function row({ name, type, length, url }: Listed): string {
  const slash = type === 'folder' ? '/' : '';
  return `<li><a href="${escaped(url)}">${escaped(name)}${slash}</a> ${length} bytes</li>`;
}
