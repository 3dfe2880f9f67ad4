/** The table of routes: what each path gives, by GET and HEAD. */

import { type ApiDocument, type Operation, openapiOf, pageOf } from '../web/openapi.ts';
import { createPreloads } from '../web/preload.ts';
import { send } from '../web/send.ts';
import { type Route, route, sendJson } from './asked.ts';
import { createData } from './data.ts';
import { plainEvents } from './events.ts';
import { fileState, verifyData } from './file-state.ts';
import { files, playlist } from './files.ts';
import { info, metainfo } from './info.ts';
import { item } from './item.ts';
import { sendMetrics } from './metrics.ts';
import { DATA, DATA_BY_PATH, DROP, FILE, ITEM, METAINFO, NOTHING, PLAYLIST, TORRENT, TORRENT_NOW } from './queries.ts';
import { health, status, torrents } from './status.ts';

const JSON_TYPE = ['application/json'];
const BYTES = ['application/octet-stream'];
const TORRENT_FILE = 'application/x-bittorrent';

export interface Routes {
  /** by path */
  readonly all: ReadonlyMap<string, Route>;
  /** of what begins with `/data/infohash/` */
  readonly byPath: Route;
}

/** `requests`: how many there were so far, by route. */
export function createRoutes(requests: ReadonlyMap<string, number>): Routes {
  const data = createData(createPreloads());
  const bytes = {
    200: { what: 'the bytes', types: ['*/*'] },
    202: { what: 'it is fetched, as preload asks' },
    206: { what: 'ranges of them', types: ['*/*', 'multipart/byteranges'] },
    304: { what: 'the client has it' },
    416: { what: 'there is no such range' },
  };
  const all: [string, Route][] = [
    [
      '/data',
      route({
        summary: 'A file of a torrent, or without a path all of it, while it arrives.',
        takes: DATA,
        answers: bytes,
        run: data.byQuery,
      }),
    ],
    [
      '/files',
      route({
        summary: 'The files of a torrent, each with the URL that plays it.',
        takes: TORRENT,
        answers: { 200: { what: 'infoHash, name, length, pieceLength, files', types: JSON_TYPE } },
        run: files,
      }),
    ],
    [
      '/playlist.m3u8',
      route({
        summary: 'A playlist of what can be played in a torrent, or in all that are held.',
        takes: PLAYLIST,
        answers: { 200: { what: 'the playlist', types: ['audio/x-mpegurl'] } },
        run: playlist,
      }),
    ],
    [
      '/info',
      route({
        summary: 'The bencoded info dictionary.',
        takes: TORRENT_NOW,
        answers: { 200: { what: 'its bytes', types: BYTES }, 202: { what: 'it is not known yet' } },
        run: info,
      }),
    ],
    [
      '/metainfo',
      route({
        summary: 'The .torrent file, or what it says as JSON.',
        takes: TORRENT_NOW,
        answers: {
          200: { what: 'the file', types: [TORRENT_FILE, 'application/json'] },
          202: { what: 'it is not known yet' },
        },
        run: metainfo,
      }),
    ],
    [
      '/fileState',
      route({
        summary: 'How the pieces of a file stand.',
        takes: FILE,
        answers: { 200: { what: 'one item a piece', types: JSON_TYPE } },
        run: fileState,
      }),
    ],
    [
      '/verifyData',
      route({
        summary: 'Hashes what is kept again, and drops what is wrong.',
        takes: TORRENT,
        answers: { 200: { what: 'it is done' } },
        run: verifyData,
      }),
    ],
    [
      '/events',
      route({
        summary: 'A WebSocket: {"PieceChanged": n} for each piece that comes or leaves.',
        takes: TORRENT,
        answers: { 101: { what: 'the socket is open' } },
        run: plainEvents,
      }),
    ],
    [
      '/bep44',
      route({
        summary: 'What the DHT keeps at a target (BEP 44).',
        takes: ITEM,
        answers: { 200: { what: 'the bencoded value', types: BYTES }, 503: { what: 'the DHT is off' } },
        run: item,
      }),
    ],
    [
      '/status',
      route({
        summary: 'What is held, for people.',
        takes: NOTHING,
        answers: { 200: { what: 'text, or JSON', types: ['text/plain', 'application/json'] } },
        run: status,
      }),
    ],
    [
      '/torrents',
      route({
        summary: 'What is held.',
        takes: NOTHING,
        answers: { 200: { what: 'infoHash, name, length, progress, peers', types: JSON_TYPE } },
        run: torrents,
      }),
    ],
    [
      '/metrics',
      route({
        summary: 'Numbers for Prometheus.',
        takes: NOTHING,
        answers: { 200: { what: 'its text format', types: ['text/plain'] } },
        run: asked => sendMetrics(asked, requests),
      }),
    ],
    ['/health', route({ summary: 'It serves.', takes: NOTHING, answers: { 200: { what: 'nothing' } }, run: health })],
    [
      '/openapi.json',
      route({
        summary: 'This document.',
        takes: NOTHING,
        answers: { 200: { what: 'OpenAPI 3.1', types: JSON_TYPE } },
        run: asked => sendJson(asked, openapiOf(document())),
      }),
    ],
    [
      '/docs',
      route({
        summary: 'This document as a page.',
        takes: NOTHING,
        answers: { 200: { what: 'the page', types: ['text/html'] } },
        run: asked => send(asked, 'text/html; charset=utf-8', pageOf(document())),
      }),
    ],
  ];
  const byPath = route({
    summary: 'The same by its path: the whole torrent, a file, or what lies in a folder.',
    takes: DATA_BY_PATH,
    answers: bytes,
    run: data.byPath,
  });

  function document(): ApiDocument {
    const reads = all.map(([path, each]): Operation => ({ method: 'get', path, ...each }));
    const operations: Operation[] = [
      ...reads,
      { method: 'get', path: '/data/infohash/{ih}/{path}', ...byPath },
      ...CHANGING,
    ];
    return { ...DOCUMENT, operations };
  }

  return { all: new Map(all), byPath };
}

const DOCUMENT: Omit<ApiDocument, 'operations'> = {
  title: 'Confluence gateway',
  description: 'Torrents over HTTP: a file of any torrent by its info hash, while it arrives.',
  refusalTypes: ['text/plain'],
  refusals: {
    400: 'the request makes no sense; one line says why',
    401: 'a token is needed',
    403: 'a web page of another site asks, or the torrent is on the blocklist',
    404: 'there is no such file, torrent or item',
    421: 'Host names another machine',
    504: 'it did not come within timeout',
  },
};

/** What changes something; changes.ts answers these. */
const CHANGING: readonly Operation[] = [
  {
    method: 'post',
    path: '/metainfo',
    summary: 'Takes over what a .torrent file says.',
    takes: METAINFO,
    body: { types: [TORRENT_FILE] },
    answers: {
      200: { what: 'the hash, and a newline', types: ['text/plain'] },
      409: { what: 'its info is of another torrent than ih names' },
      413: { what: 'it has more than 16 MiB' },
    },
  },
  {
    method: 'post',
    path: '/upload',
    summary:
      'Makes a torrent of files (fields name, files, strip-top-directory), and gives it to peers until it is dropped.',
    takes: NOTHING,
    body: { types: ['multipart/form-data'] },
    answers: {
      200: { what: 'the .torrent file', types: [TORRENT_FILE] },
      413: { what: 'it is larger than uploads may be' },
      507: { what: 'there is no room left' },
    },
  },
  {
    method: 'delete',
    path: '/torrents',
    summary: 'Drops a torrent.',
    takes: DROP,
    answers: { 204: { what: 'it is dropped' } },
  },
];
