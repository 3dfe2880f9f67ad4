/** What lies in a folder of a torrent, as a page or as JSON. */

import type { Entry } from './file-index.ts';
import { escaped, page } from './page.ts';

export interface Listing {
  type: string;
  body: Uint8Array;
}

interface Listed extends Entry {
  url: string;
}

/** `folder` ends with a slash; `urlOf` takes a path that does so where it is a folder's. */
export function listingOf(
  folder: string,
  entries: readonly Entry[],
  { as, name, urlOf }: { as: 'json' | 'page'; name: string; urlOf(path: string): string },
): Listing {
  const listed = entries.map((entry): Listed => ({ ...entry, url: urlOf(folder + entry.name + slashOf(entry)) }));
  if (as === 'page') {
    return {
      type: 'text/html; charset=utf-8',
      body: page(name + (folder === '' ? '' : ` / ${folder}`), `<ul>${listed.map(row).join('')}</ul>`),
    };
  }
  const json = JSON.stringify({ path: folder.slice(0, -1), entries: listed });
  return { type: 'application/json; charset=utf-8', body: new TextEncoder().encode(json) };
}

function slashOf({ type }: Entry): string {
  return type === 'folder' ? '/' : '';
}

function row(entry: Listed): string {
  return `<li><a href="${escaped(entry.url)}">${escaped(entry.name)}${slashOf(entry)}</a> ${entry.length} bytes</li>`;
}
