/** What lies in a folder of a torrent, as a page or as JSON. */

import type { InfoHash } from '../../../shared/id.ts';
import type { HeldFile } from '../../core/held-torrents.ts';
import { type Asked, send, sendJson, wantsJson } from './asked.ts';

interface Entry {
  name: string;
  type: 'file' | 'folder';
  /** bytes; of a folder those of all that is in it */
  length: number;
  url: string;
}

/** `folder` ends with a slash, and is the beginning of each path of `inside`. */
export function sendListing(
  asked: Asked,
  { infoHash, folder, inside }: { infoHash: InfoHash; folder: string; inside: readonly HeldFile[] },
): void {
  const entries = entriesOf(`/data/infohash/${infoHash}/`, folder, inside);
  if (wantsJson(asked)) sendJson(asked, { path: folder.slice(0, -1), entries });
  else send(asked, 'text/html; charset=utf-8', new TextEncoder().encode(page(folder, entries)));
}

function entriesOf(base: string, folder: string, inside: readonly HeldFile[]): Entry[] {
  const entries = new Map<string, Entry>();
  for (const { path, length } of inside) {
    const below = path.join('/').slice(folder.length);
    const slash = below.indexOf('/');
    const type = slash < 0 ? 'file' : 'folder';
    const name = slash < 0 ? below : below.slice(0, slash);
    const url = `${base}${encoded(folder + name)}${slash < 0 ? '' : '/'}`;
    const before = entries.get(`${type} ${name}`)?.length ?? 0;
    entries.set(`${type} ${name}`, { name, type, length: before + length, url });
  }
  return [...entries.values()];
}

function encoded(path: string): string {
  return path
    .split('/')
    .map(part => encodeURIComponent(part.toWellFormed()))
    .join('/');
}

function page(folder: string, entries: readonly Entry[]): string {
  const rows = entries.map(
    ({ name, type, length, url }) =>
      `<li><a href="${escaped(url)}">${escaped(name)}${type === 'folder' ? '/' : ''}</a> ${length} bytes</li>`,
  );
  return `<!doctype html><meta charset="utf-8"><title>${escaped(folder)}</title><h1>${escaped(folder)}</h1><ul>${rows.join('')}</ul>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, mark => `&#${mark.charCodeAt(0)};`);
}
