/** Files of LBRY's callers that are torrents: one session of its own, which saves them and gives them to others. */

import { basename } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { extensionOf, fileType } from '../../../shared/file-types.ts';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import type { Description, HeldFile } from '../../core/held-torrents.ts';
import type { FileNetwork, FileRecord, FileSource, FileState } from '../../core/lbry-files.ts';
import type { SavedTorrent, TorrentSession, TorrentSessions } from '../../core/torrent-sessions.ts';

export interface TorrentNetwork extends FileNetwork {
  /** Lets go of what no record names: its caller did not wait for it, or the daemon ended before it was listed. */
  tidy(records: readonly FileRecord[]): Promise<void>;
}

export function createTorrentNetwork(sessions: TorrentSessions, session: TorrentSession): TorrentNetwork {
  function saved({ hash }: { hash: string }): SavedTorrent | undefined {
    const infoHash = parseInfoHash(hash);
    return infoHash && session.torrent(infoHash);
  }

  async function add(source: FileSource & { kind: 'btih' }, folder: string): Promise<SavedTorrent> {
    const torrent = await session.add({
      torrent: source.torrent,
      savePath: folder,
      paused: false,
      allocate: false,
      memoryOnly: false,
      files: null,
      sequential: true,
    });
    if (torrent.status().paused) torrent.change({ paused: false });
    return torrent;
  }

  return {
    async fetch({ source, folder }, signal) {
      if (source.kind !== 'btih') throw new Error('this is no torrent');
      const isNew = session.torrent(source.hash) === undefined;
      const torrent = await add(source, folder);
      try {
        await described(sessions, torrent, signal);
      } catch (thrown) {
        if (isNew) await session.remove(source.hash, { data: false });
        throw thrown;
      }
    },
    state(record) {
      const torrent = saved(record);
      const description = torrent?.description();
      return torrent && description ? stateOf(torrent, description, record) : undefined;
    },
    async open(record, file) {
      const torrent = saved(record);
      const description = torrent?.description();
      const index = file ?? (description ? playing(description, record.playName) : 0);
      const content = torrent?.open(index);
      if (content) return content;
      throw new LsdError('not-found', 'There is no such file in this torrent, or nothing is known of it yet.');
    },
    async start(record) {
      await add(bareSource(record), record.folder);
    },
    async stop(record) {
      saved(record)?.change({ paused: true });
    },
    async remove(record, options) {
      const infoHash = parseInfoHash(record.hash);
      if (infoHash) await session.remove(infoHash, options);
    },
    async tidy(records) {
      const named = new Set(records.map(({ hash }) => hash));
      const lost = session.torrents().filter(({ infoHash }) => !named.has(infoHash));
      await Promise.all(lost.map(({ infoHash }) => session.remove(infoHash, { data: false })));
      const missing = records.filter(record => record.kind === 'btih' && !saved(record));
      await Promise.all(missing.map(record => add(bareSource(record), record.folder)));
    },
  };
}

function bareSource({ hash }: FileRecord): FileSource & { kind: 'btih' } {
  const infoHash = parseInfoHash(hash);
  if (!infoHash) throw new Error('a record of a torrent names no info hash');
  return sourceOf(infoHash);
}

/** Of a torrent that only its hash is known of. */
export function sourceOf(infoHash: InfoHash): FileSource & { kind: 'btih' } {
  const source = { infoHash, trackers: [], webseeds: [], peers: [] };
  return { kind: 'btih', hash: infoHash, torrent: { source } };
}

/** Resolves when its info dictionary is here. */
async function described(sessions: TorrentSessions, torrent: SavedTorrent, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    const { trouble } = torrent.status();
    if (torrent.description()) resolve();
    else if (trouble) reject(new LsdError('invalid', trouble.message));
  };
  const giveUp = () => reject(signal.reason);
  const stop = sessions.on(({ event, status }) => {
    if (status.infoHash !== torrent.infoHash) return;
    if (event === 'torrent_removed') reject(new LsdError('not-found', 'The torrent was removed meanwhile.'));
    else look();
  });
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    signal.throwIfAborted();
    look();
    await promise;
  } finally {
    stop();
    signal.removeEventListener('abort', giveUp);
  }
}

/** Index of the file that is played: of this name, else the largest that can be played, else the largest. */
export function playing({ files }: Pick<Description, 'files'>, playName: string | null): number {
  const named = files.findIndex(({ path }) => playName !== null && path.at(-1) === playName);
  if (named >= 0) return named;
  return largest(files, isPlayable) ?? largest(files, () => true) ?? 0;
}

function largest(files: readonly HeldFile[], counts: (file: HeldFile) => boolean): number | undefined {
  let found: number | undefined;
  for (const [index, file] of files.entries()) {
    if (counts(file) && (found === undefined || file.length > files[found]!.length)) found = index;
  }
  return found;
}

function isPlayable({ path }: HeldFile): boolean {
  return /^(audio|video)\//.test(fileType(extensionOf(path.at(-1) ?? '')).type);
}

function stateOf(torrent: SavedTorrent, description: Description, { playName }: FileRecord): FileState {
  const { progress, paused, trouble, peers, rates } = torrent.status();
  const index = playing(description, playName);
  const file = description.files[index];
  const path = torrent.path(index) ?? null;
  return {
    path,
    fileName: basename(path ?? file?.path.at(-1) ?? ''),
    name: file?.path.at(-1) ?? description.name,
    size: file?.length ?? 0,
    total: { least: description.length, most: description.length },
    written: Math.floor(progress * description.length),
    isWhole: progress === 1,
    isStopped: paused,
    trouble: trouble?.message ?? null,
    files: description.files.map(({ path, length }) => ({ name: path.join('/'), size: length })),
    peers,
    rates,
    uploaded: torrent.moved().up,
    stream: null,
  };
}
