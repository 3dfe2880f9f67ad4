/** Opens the RestTorrent gateway as the options say: its sessions, its port, and who may use it. */

import { LsdError } from '../../../shared/errors.ts';
import type { Log } from '../../core/ports.ts';
import type { Torrents } from '../../core/torrents.ts';
import { createHttpServer } from '../../http/server.ts';
import type { CheckedFetch } from '../../platform/checked-fetch.ts';
import type { Config } from '../../platform/config.ts';
import { portOwner } from '../../platform/port-owner.ts';
import { assertToken, readToken } from '../../platform/token-file.ts';
import { fetchTorrentFile } from '../../platform/torrent-file.ts';
import { mountRestTorrent, sendMisdirected } from './resttorrent.ts';
import { mountRestSockets } from './socket.ts';

/** resttorrent.md, "Details that callers rely on" */
const TORRENTS_OF_A_SESSION = 1_000;

export interface RestTorrentOpening {
  config: Config;
  torrents: Pick<Torrents, 'sessions'>;
  /** nothing is saved outside it */
  root: string;
  /** where sessions are kept for the next start */
  folder: string;
  net: { checkedFetch: CheckedFetch };
  log: Log;
  /** takes down what was opened */
  stack: AsyncDisposableStack;
}

/** Its port; none where it is off. */
export async function openRestTorrent({ config, torrents, root, folder, net, log, stack }: RestTorrentOpening) {
  if (config.resttorrent === undefined) return {};
  const token = readToken(config.gatewayTokenFile);
  if (config.resttorrentBind !== undefined) assertToken(token, '--resttorrent-bind');
  if (config.jsonp && token === null) {
    throw new LsdError('invalid', '--jsonp lets pages of other sites in, so it needs --gateway-token-file FILE.');
  }
  const sessions = await torrents.sessions({
    root,
    folder,
    sessions: config.resttorrentSessions,
    torrents: TORRENTS_OF_A_SESSION,
    lan: config.gatewayLan,
  });
  const server = createHttpServer({ log, portOwner, address: config.resttorrentBind, misdirected: sendMisdirected });
  stack.defer(() => server.close());
  const lan = config.gatewayLan;
  const deps = {
    sessions,
    fetchTorrent: (url: string, signal: AbortSignal) => fetchTorrentFile(net, url, { lan, signal }),
    rules: { token, origins: config.gatewayOrigin, jsonp: config.jsonp },
    log,
  };
  // Before the routes: their guard knows nothing of its paths.
  const sockets = mountRestSockets(server, deps);
  stack.defer(async () => sockets.close());
  mountRestTorrent(server, deps);
  const { port } = await server.listen({ port: config.resttorrent, option: '--resttorrent' });
  return { resttorrent: port };
}
