/** `/status`, `/torrents` and `/health`: what is held now. */

import type { HeldState } from '../../core/held-torrents.ts';
import { type Asked, sendJson, sendText, wantsJson } from './asked.ts';

export function status(asked: Asked): void {
  const all = asked.torrents.list();
  if (wantsJson(asked)) sendJson(asked, { torrents: all.map(shown) });
  else sendText(asked, all.length === 0 ? 'No torrent is held.\n' : `${all.map(paragraph).join('\n\n')}\n`);
}

export function torrents(asked: Asked): void {
  sendJson(asked, asked.torrents.list().map(shown));
}

export function health(asked: Asked): void {
  sendText(asked, '');
}

function shown({ infoHash, description, progress, peers }: HeldState): object {
  return { infoHash, name: description?.name ?? '', length: description?.length ?? 0, progress, peers };
}

function paragraph({ infoHash, description, progress, peers, rates }: HeldState): string {
  const lines = [
    `${infoHash} ${description ? oneLine(description.name) : '(its info is not known yet)'}`,
    `  peers: ${peers}, ${rates.down} bytes/s down, ${rates.up} bytes/s up`,
  ];
  if (description) {
    const { length, pieceCount, pieceLength, files } = description;
    const here = (progress * 100).toFixed(1);
    lines.push(
      `  ${length} bytes in ${files.length} files, ${pieceCount} pieces of ${pieceLength} bytes, ${here} % here`,
    );
  }
  return lines.join('\n');
}

/** A name is a stranger's: it must not look like lines of ours. */
function oneLine(name: string): string {
  return JSON.stringify(name);
}
