/** The bytes of a file of a torrent, by range, while they arrive: by its number, or by its path, and the list of a folder. */

import type { SavedTorrent, TorrentSession } from '../../core/torrent-sessions.ts';
import { namedTypeHeaders } from '../../http/disposition.ts';
import { sendContent } from '../../http/send.ts';
import { indexOf } from '../web/file-index.ts';
import { listingOf } from '../web/listing.ts';
import { createPreloads, type Preloads } from '../web/preload.ts';
import { send } from '../web/send.ts';
import { torrentOf } from './commands.ts';
import { refusal } from './failure.ts';
import { FILE_DATA, PATH_DATA } from './parameters.ts';
import { type Reading, type ReadRoute, read } from './read.ts';
import { TORRENT_PATH } from './routes.ts';
import { dataUrl } from './view.ts';

const BYTES = {
  200: { what: 'the bytes', types: ['*/*'] },
  202: { what: 'it is fetched, as preload asks' },
  206: { what: 'ranges of them', types: ['*/*', 'multipart/byteranges'] },
  304: { what: 'the client has it' },
  416: { what: 'there is no such range' },
};

export function dataRoutes(): ReadRoute[] {
  const preloads = createPreloads();
  return [
    read({
      path: `${TORRENT_PATH}/files/{index}/data`,
      summary: 'The bytes of a file, while they arrive.',
      takes: FILE_DATA,
      answers: BYTES,
      async run({ index, preload, ...named }, reading) {
        const { session, torrent } = torrentOf(named, reading.deps);
        const file = /^\d{1,9}$/.test(index) ? Number(index) : -1;
        await give({ preloads, session, torrent, file, reading }, preload);
      },
    }),
    read({
      path: `${TORRENT_PATH}/data/{path}`,
      summary: 'The same by its path, or what lies in a folder.',
      takes: PATH_DATA,
      answers: BYTES,
      async run({ path: encoded, preload, ...named }, reading) {
        const { session, torrent } = torrentOf(named, reading.deps);
        const description = torrent.description() ?? missing();
        const index = indexOf(description);
        const path = decoded(encoded);
        const file = index.file(path);
        if (file) {
          return give({ preloads, session, torrent, file: description.files.indexOf(file), reading }, preload);
        }
        const folder = path === '' || path.endsWith('/') ? path : `${path}/`;
        const entries = index.folder(folder) ?? missing();
        const as = reading.exchange.req.headers.accept?.toString().trim() === 'application/json' ? 'json' : 'page';
        const urlOf = (each: string) => dataUrl(session.id, torrent.infoHash, each);
        const { type, body } = listingOf(folder, entries, { as, name: description.name, urlOf });
        send(reading, type, body);
      },
    }),
  ];
}

interface Giving {
  preloads: Preloads;
  session: TorrentSession;
  torrent: SavedTorrent;
  /** its index */
  file: number;
  reading: Reading;
}

async function give({ preloads, session, torrent, file, reading }: Giving, preload: number | undefined): Promise<void> {
  const { infoHash } = torrent;
  const open = () => torrent.open(file) ?? missing();
  if (preload !== undefined) {
    preloads.begin(`${infoHash} ${file}`, preload, open);
    return send(reading, 'text/plain; charset=utf-8', new TextEncoder().encode('preloading\n'), 202);
  }
  await using content = open();
  const name = torrent.description()?.files[file]?.path.at(-1) ?? '';
  const headers = { ...namedTypeHeaders(name), 'Cache-Control': 'private, no-cache' };
  const mayAgain = () => {
    reading.count();
    return reading.deps.sessions.get(session.id)?.torrent(infoHash) === torrent;
  };
  const shown = { content, etag: `"${infoHash}/${file}"`, headers, mayAgain };
  await sendContent(reading.exchange, shown, reading.watch);
}

function missing(): never {
  throw refusal('file.notfound', 'There is no such file, or none is known yet.');
}

/** What cannot be decoded names nothing. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return missing();
  }
}
