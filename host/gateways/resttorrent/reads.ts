/** What is read by GET besides commands: bytes of files, playlists, numbers, and the document of all of it. */

import type { SavedTorrent, TorrentSession } from '../../core/torrent-sessions.ts';
import { type ApiDocument, openapiOf, pageOf } from '../web/openapi.ts';
import { PLAYLIST_TYPE, playlistOf } from '../web/playlist.ts';
import { inPrometheus, metric, PROMETHEUS_TYPE, requestsMetric, transferMetrics } from '../web/prometheus.ts';
import { send } from '../web/send.ts';
import { torrentOf } from './commands.ts';
import { dataRoutes } from './data.ts';
import { NOTHING, TORRENT } from './parameters.ts';
import { type Reading, type ReadRoute, read } from './read.ts';
import { commandOperations, TORRENT_PATH } from './routes.ts';
import { dataUrl } from './view.ts';

/** `requests`: how many there were so far, by route. */
export function readRoutes(requests: ReadonlyMap<string, number>): readonly ReadRoute[] {
  const routes: ReadRoute[] = [
    ...dataRoutes(),
    read({
      path: `${TORRENT_PATH}/playlist.m3u8`,
      summary: 'A playlist of what can be played in a torrent.',
      takes: TORRENT,
      answers: { 200: { what: 'the playlist', types: ['audio/x-mpegurl'] } },
      run(named, reading) {
        const { session, torrent } = torrentOf(named, reading.deps);
        send(reading, PLAYLIST_TYPE, playlistOf(playable(reading, session, torrent)));
      },
    }),
    read({
      path: '/playlist.m3u8',
      summary: 'A playlist of what can be played in all torrents.',
      takes: NOTHING,
      answers: { 200: { what: 'the playlist', types: ['audio/x-mpegurl'] } },
      run(_, reading) {
        const all = reading.deps.sessions
          .list()
          .flatMap(session => session.torrents().flatMap(torrent => playable(reading, session, torrent)));
        send(reading, PLAYLIST_TYPE, playlistOf(all));
      },
    }),
    read({
      path: '/metrics',
      summary: 'Numbers for Prometheus.',
      takes: NOTHING,
      answers: { 200: { what: 'its text format', types: ['text/plain'] } },
      run: (_, reading) => sendMetrics(reading, requests),
    }),
    read({
      path: '/openapi.json',
      summary: 'This document.',
      takes: NOTHING,
      answers: { 200: { what: 'OpenAPI 3.1', types: ['application/json'] } },
      run(_, reading) {
        const json = JSON.stringify(openapiOf(document()));
        send(reading, 'application/json; charset=utf-8', new TextEncoder().encode(json));
      },
    }),
    read({
      path: '/docs',
      summary: 'This document as a page.',
      takes: NOTHING,
      answers: { 200: { what: 'the page', types: ['text/html'] } },
      run: (_, reading) => send(reading, 'text/html; charset=utf-8', pageOf(document())),
    }),
  ];

  function document(): ApiDocument {
    return { ...DOCUMENT, operations: [...commandOperations(), ...routes.map(({ operation }) => operation)] };
  }

  return routes;
}

const DOCUMENT: Omit<ApiDocument, 'operations'> = {
  title: 'RestTorrent gateway',
  description: 'Torrents that are saved into folders, as resources; the same commands go over Socket.IO.',
  refusalTypes: ['application/json'],
  refusals: {
    400: 'the request cannot be read; status "fail", message and error say why',
    401: 'a token is needed',
    403: 'a web page of another site asks, or does not say X-Requested-With',
    404: 'there is no such route, file or torrent',
    421: 'Host names another machine',
    504: 'it did not come within timeout',
  },
};

/** With the token, where it came in the query: players send no headers. */
function playable({ exchange, token }: Reading, { id }: TorrentSession, torrent: SavedTorrent) {
  const rest = token === null ? '' : `?token=${encodeURIComponent(token)}`;
  const files = torrent.description()?.files ?? [];
  return files.map(({ path, length }) => ({
    path,
    length,
    url: `http://${exchange.req.headers.host}${dataUrl(id, torrent.infoHash, path.join('/'))}${rest}`,
  }));
}

function sendMetrics(reading: Reading, requests: ReadonlyMap<string, number>): void {
  const sessions = reading.deps.sessions.list();
  const all = sessions.flatMap(session => session.torrents().map(torrent => torrent.status()));
  const progress = all.map(({ session, infoHash, progress: value }) => ({
    labels: { session, info_hash: infoHash },
    value,
  }));
  const metrics = [
    metric('sessions', 'gauge', 'Sessions.', sessions.length),
    metric('torrents', 'gauge', 'Torrents of all sessions.', all.length),
    ...transferMetrics(all),
    metric('torrent_progress_ratio', 'gauge', 'Part of the wanted files that is here.', progress),
    requestsMetric(requests),
  ];
  send(reading, PROMETHEUS_TYPE, inPrometheus('lsd_resttorrent_', metrics));
}
