/** Everything that can be asked of the gateway, by name, for HTTP and Socket.IO alike: parameters in, the fields of the answer out. */

import type * as v from 'valibot';
import { parseInfoHash } from '../../../shared/id.ts';
import type { SavedTorrent, TorrentSession, TorrentSessions } from '../../core/torrent-sessions.ts';
import type { Takes } from '../web/json-schema.ts';
import { within } from '../web/patience.ts';
import { refusal, unreadable } from './failure.ts';
import {
  CHANGE,
  NEW_SESSION,
  NEW_TORRENT,
  NOTHING,
  type Parameters,
  REMOVAL,
  readParameters,
  SESSION,
  TORRENT,
  TORRENT_FIELDS,
  TORRENTS,
} from './parameters.ts';
import { assertOneTarget, type FetchTorrent, saveRequest } from './upload.ts';
import { filesView, peersView, sessionView, torrentFields, trackersView } from './view.ts';

export interface CommandDeps {
  sessions: TorrentSessions;
  fetchTorrent: FetchTorrent;
}

type Fields = Record<string, unknown>;

export interface Command {
  summary: string;
  takes: Takes;
  /** what is told when all is well, besides `status` */
  tells: string;
  run(params: Parameters, deps: CommandDeps, signal: AbortSignal): Promise<Fields>;
}

/** A command whose work gets its parameters as the schema reads them. */
function command<S extends Takes>({
  takes,
  before,
  work,
  ...said
}: Pick<Command, 'summary' | 'tells'> & {
  takes: S;
  /** looks at them before they are read */
  before?(params: Parameters): void;
  work(read: v.InferOutput<S>, deps: CommandDeps, signal: AbortSignal): Promise<Fields> | Fields;
}): Command {
  return {
    ...said,
    takes,
    async run(params, deps, signal) {
      before?.(params);
      return work(readParameters(takes, params), deps, signal);
    },
  };
}

export const COMMANDS = {
  get_session_list: command({
    summary: 'All sessions.',
    takes: NOTHING,
    tells: 'sessions: id, port',
    work: (_, { sessions }) => ({ sessions: sessions.list().map(sessionView) }),
  }),
  create_session: command({
    summary: 'Makes a session, with a peer id and a port of its own.',
    takes: NEW_SESSION,
    tells: 'session: id, port',
    async work({ ports, port_range, memory_only = true }, { sessions }) {
      const range = rangeOf(ports ?? port_range ?? DEFAULT_PORTS);
      return { session: sessionView(await sessions.create({ ...range, memoryOnly: memory_only })) };
    },
  }),
  get_session: command({
    summary: 'A session.',
    takes: SESSION,
    tells: 'id, port',
    work: (named, deps) => sessionView(sessionOf(named, deps)),
  }),
  delete_session: command({
    summary: 'Ends a session; the files of its torrents stay.',
    takes: SESSION,
    tells: 'nothing',
    async work(named, deps) {
      await deps.sessions.remove(sessionOf(named, deps).id);
      return {};
    },
  }),
  get_torrent_list: command({
    summary: 'The torrents of a session.',
    takes: TORRENTS,
    tells: 'torrents: info_hash, state, progress, download_rate, upload_rate, num_peers, paused, reason',
    async work({ fields = null, ...named }, deps) {
      const session = sessionOf(named, deps);
      const torrents = session.torrents().map(torrent => torrentFields(session, torrent, fields, false));
      return { torrents: await Promise.all(torrents) };
    },
  }),
  upload_torrent: command({
    summary: 'Adds a torrent, which is saved into a folder; one that is there already stays as it is.',
    takes: NEW_TORRENT,
    tells: 'info_hash, state, progress, download_rate, upload_rate, num_peers, paused, reason',
    before: assertOneTarget,
    async work(wish, deps, signal) {
      const session = sessionOf(wish, deps);
      const torrent = await session.add(await saveRequest(wish, session, deps.fetchTorrent, signal));
      return torrentFields(session, torrent, null, false);
    },
  }),
  get_torrent: command({
    summary: 'A torrent, in full.',
    takes: TORRENT_FIELDS,
    tells: 'the same and name, size, pieces, save_path, trackers, files',
    work({ fields = null, ...named }, deps) {
      const { session, torrent } = torrentOf(named, deps);
      return torrentFields(session, torrent, fields, true);
    },
  }),
  update_torrent: command({
    summary: 'Pauses a torrent or lets it go on, chooses its files, which of them come first, and their order.',
    takes: CHANGE,
    tells: 'info_hash, state, progress, download_rate, upload_rate, num_peers, paused, reason',
    work({ pause, files, priorities, sequential, ...named }, deps) {
      const { session, torrent } = torrentOf(named, deps);
      torrent.change({
        ...(pause !== undefined && { paused: pause }),
        ...(files && { files }),
        ...(priorities && { priorities }),
        ...(sequential !== undefined && { sequential }),
      });
      return torrentFields(session, torrent, null, false);
    },
  }),
  delete_torrent: command({
    summary: 'Removes a torrent.',
    takes: REMOVAL,
    tells: 'nothing',
    async work({ data = false, ...named }, deps) {
      const { session, torrent } = torrentOf(named, deps);
      await session.remove(torrent.infoHash, { data });
      return {};
    },
  }),
  get_files: command({
    summary: 'The files of a torrent, each with the URL that plays it.',
    takes: TORRENT,
    tells: 'files: index, path, size, progress, wanted, priority, url',
    work(named, deps) {
      const { session, torrent } = torrentOf(named, deps);
      return { files: filesView(session, torrent) };
    },
  }),
  get_peers: command({
    summary: 'The peers of a torrent.',
    takes: TORRENT,
    tells: 'peers: address, port, client, progress, download_rate, upload_rate',
    work: async (named, deps) => ({ peers: await peersView(torrentOf(named, deps).torrent) }),
  }),
  get_trackers: command({
    summary: 'The trackers of a torrent.',
    takes: TORRENT,
    tells: 'trackers: url, status, peers',
    work: async (named, deps) => ({ trackers: await trackersView(torrentOf(named, deps).torrent) }),
  }),
} satisfies Record<string, Command>;

export type CommandName = keyof typeof COMMANDS;

export function isCommand(name: unknown): name is CommandName {
  return typeof name === 'string' && Object.hasOwn(COMMANDS, name);
}

/** The fields of the answer, with `status`. Throws `timeout` where it takes longer than the request waits. */
export async function run(name: CommandName, params: Parameters, deps: CommandDeps, signal: AbortSignal) {
  const { timeout } = readParameters(NOTHING, params);
  const late = () => unreadable('timeout', 'It did not come within the time that was given.');
  const work = (over: AbortSignal) => COMMANDS[name].run(params, deps, AbortSignal.any([signal, over]));
  return { status: 'success', ...(await within(timeout, work, late)) };
}

export function sessionOf(
  { session_id }: { session_id: string },
  { sessions }: Pick<CommandDeps, 'sessions'>,
): TorrentSession {
  const session = sessions.get(session_id);
  if (!session) throw refusal('session.notfound', 'There is no session of this id.');
  return session;
}

export function torrentOf(
  named: { session_id: string; info_hash: string },
  deps: Pick<CommandDeps, 'sessions'>,
): { session: TorrentSession; torrent: SavedTorrent } {
  const session = sessionOf(named, deps);
  const infoHash = parseInfoHash(named.info_hash);
  const torrent = infoHash && session.torrent(infoHash);
  if (!torrent) throw refusal('torrent.notfound', 'There is no torrent of this hash in the session.');
  return { session, torrent };
}

const DEFAULT_PORTS = [6881, 6891];

/** `[a, b]`, or one port `[a]`. */
function rangeOf(ports: readonly number[]): { first: number; last: number } {
  const [first = 0, last = first] = ports;
  if (ports.length <= 2 && first >= 1 && first <= last && last <= 65_535) return { first, last };
  throw refusal('param.invalid', 'ports must be one port, or the first and the last of a range, from 1 to 65535.');
}
