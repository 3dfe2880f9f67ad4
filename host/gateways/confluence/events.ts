/** `/events`: a WebSocket that says which pieces of a torrent came or left. */

import { WebSocketServer } from 'ws';
import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrent, HeldTorrents } from '../../core/held-torrents.ts';
import type { Admission } from '../../http/admission.ts';
import { rawAnswer } from '../../http/answer.ts';
import { splitTarget } from '../../http/guard.ts';
import type { HttpServer, UpgradeHandler } from '../../http/server.ts';
import { Silence } from '../../http/watch.ts';
import { within } from '../web/patience.ts';
import { readQuery, TORRENT } from './queries.ts';
import { statusOf } from './status-of.ts';

const PATH = '/events';
/** bytes that a client may leave unread before it is let go */
const MOST_UNREAD = 16 * 1024 * 1024;
const GOING_AWAY = 1001;

type Upgrade = Parameters<UpgradeHandler>;

export function mountEvents(server: HttpServer, admission: Admission, torrents: HeldTorrents): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 65_536, perMessageDeflate: false });

  async function open([req, socket, head]: Upgrade): Promise<void> {
    const query = new URLSearchParams(splitTarget(req.url ?? '').query);
    const { refused } = admission(req.headers, query.get('token'));
    if (refused !== undefined) return void socket.end(rawAnswer(refused));
    const { source, timeout } = readQuery(TORRENT, query);
    const torrent = torrents.hold(source);
    try {
      const work = (over: AbortSignal) => known(torrent, socket, over);
      const early = await within(timeout, work, () => new Silence('its info did not come within timeout'));
      sockets.handleUpgrade(req, socket, Buffer.concat([head, early]), client => follow(client, torrent));
      socket.resume();
    } catch (thrown) {
      torrent[Symbol.dispose]();
      throw thrown;
    }
  }

  server.upgrade(
    path => path === PATH,
    (...upgrade) => {
      const [, socket] = upgrade;
      socket.on('error', () => {});
      open(upgrade).catch((thrown: unknown) => {
        if (!socket.destroyed) socket.end(rawAnswer(statusOf(thrown) ?? 500, messageOf(thrown)));
      });
    },
  );
}

/** A GET that asks for no WebSocket. */
export function plainEvents(): never {
  throw new LsdError('invalid', 'This is a WebSocket: ask with Upgrade: websocket.');
}

/** Waits for the info; gives what the client said meanwhile. Rejects when it goes, or the wait is over. */
async function known(torrent: HeldTorrent, socket: Upgrade[1], over: AbortSignal): Promise<Uint8Array> {
  const gone = new AbortController();
  const early: Uint8Array[] = [];
  const onData = (bytes: Uint8Array) => void early.push(bytes);
  const onGone = () => gone.abort(new LsdError('aborted', 'The client has gone.'));
  // Unread, a socket does not tell that its other side has ended.
  socket.on('data', onData).once('close', onGone).once('end', onGone);
  try {
    await torrent.description(AbortSignal.any([gone.signal, over]));
    return Buffer.concat(early);
  } finally {
    socket.off('data', onData).off('close', onGone).off('end', onGone).pause();
  }
}

function follow(client: Parameters<Parameters<WebSocketServer['handleUpgrade']>[3]>[0], torrent: HeldTorrent): void {
  const stop = torrent.onPiece(piece => {
    if (client.bufferedAmount > MOST_UNREAD) client.terminate();
    else client.send(JSON.stringify({ PieceChanged: piece }));
  });
  const onDropped = () => client.close(GOING_AWAY);
  torrent.dropped.addEventListener('abort', onDropped);
  client.on('error', () => {});
  client.once('message', () => client.close(1000));
  client.once('close', () => {
    stop();
    torrent.dropped.removeEventListener('abort', onDropped);
    torrent[Symbol.dispose]();
  });
}

function messageOf(thrown: unknown): string | undefined {
  return thrown instanceof LsdError ? thrown.message : undefined;
}
