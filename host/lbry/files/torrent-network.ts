/** Files of LBRY's callers that are torrents: one session of its own, which saves them and gives them to others. */

import { lstat } from 'node:fs/promises';
import { basename, dirname, join, relative, sep } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { extensionOf, fileType } from '../../../shared/file-types.ts';
import { parseInfoHash } from '../../../shared/id.ts';
import type { Description, HeldFile } from '../../core/held-torrents.ts';
import type { FileNetwork, FilePlace, FileRecord, FileSource, FileState } from '../../core/lbry-files.ts';
import { fileOfSource, NO_METAINFO } from '../../core/metainfo-file.ts';
import type {
  SavedState,
  SavedStatus,
  SavedTorrent,
  SaveRequest,
  TorrentSession,
  TorrentSessions,
} from '../../core/torrent-sessions.ts';
import { safeNameOf } from '../stream/file-name.ts';
import { numbered } from '../streams/place-file.ts';
import { everywhere } from './twins.ts';

export interface TorrentNetwork extends FileNetwork {
  /** Lets go of what no record names: its caller did not wait for it, or the daemon ended before it was listed. */
  tidy(records: readonly FileRecord[]): Promise<void>;
}

/** `describeFile`: the info dictionary of a file. */
export function createTorrentNetwork(
  sessions: TorrentSessions,
  session: TorrentSession,
  describeFile: (path: string, signal: AbortSignal) => Promise<Uint8Array>,
): TorrentNetwork {
  function saved({ hash }: { hash: string }): SavedTorrent | undefined {
    const infoHash = parseInfoHash(hash);
    return infoHash && session.torrent(infoHash);
  }

  async function add(
    torrent: SaveRequest['torrent'],
    at: FilePlace,
    files: number[] | null,
    rest: Pick<SaveRequest, 'isDownload'> = {},
  ): Promise<SavedTorrent> {
    return session.add({
      ...rest,
      torrent,
      savePath: at.folder,
      saveName: at.fileName,
      paused: false,
      allocate: false,
      memoryOnly: false,
      files,
      sequential: true,
    });
  }

  /** Nothing of it is written before it is known that no other file would be written over. */
  async function bring(source: TorrentSourceOf, at: FilePlace, signal: AbortSignal): Promise<SavedTorrent> {
    const torrent = await add(source.torrent, at, []);
    try {
      const { info } = await described(sessions, torrent, signal);
      if (await isFree(torrent, signal)) return torrent;
      await session.remove(source.hash, { data: false });
      const known = 'file' in source.torrent ? source.torrent.file : fileOfSource(source.torrent.source);
      return await add({ file: { ...known, info } }, await nextPlace(at, source.hash), []);
    } catch (thrown) {
      await session.remove(source.hash, { data: false });
      throw thrown;
    }
  }

  /** What lies where its files go is its own, or nothing does; and no other torrent is to lie there. */
  async function isFree(torrent: SavedTorrent, signal: AbortSignal): Promise<boolean> {
    const isKnown = ({ state, trouble }: SavedStatus) => !UNCHECKED.has(state) || trouble?.reason === 'invalid';
    await until(sessions, torrent, isKnown, signal);
    if (torrent.status().trouble) return false;
    const taken: number[] = [];
    for (const index of torrent.files().keys()) {
      const stats = await lstat(torrent.path(index) ?? '').catch(() => undefined);
      if (stats && !(stats.isFile() && stats.size === 0)) taken.push(index);
    }
    const files = torrent.files();
    return taken.every(index => (files[index]?.progress ?? 0) > 0);
  }

  /** Of a torrent that only its hash is known of here, if the session does not have it. */
  async function restored(record: FileRecord): Promise<SavedTorrent> {
    const infoHash = parseInfoHash(record.hash);
    if (!infoHash) throw new Error('a record of a torrent names no info hash');
    return add({ source: { infoHash, trackers: [], webseeds: [], peers: [] } }, record, null);
  }

  return {
    async fetch({ source, folder, fileName }, signal) {
      if (source.kind !== 'btih') throw new Error('this is no torrent');
      const before = session.torrent(source.hash);
      if (before) await described(sessions, before, signal);
      const wanted = { folder, fileName: fileName === null ? null : safeNameOf(fileName) };
      const torrent = before ?? (await bring(source, wanted, signal));
      // To ask for it once more is no wish to give it once more.
      const isSeeded = torrent.status().rests === 'seeded';
      torrent.change({ ...(!isSeeded && { paused: false }), files: null });
      return placeOf(torrent);
    },
    async give(path, signal) {
      const info = await describeFile(path, signal);
      const at = { folder: dirname(path), fileName: null };
      const torrent = await add({ file: { ...NO_METAINFO, info } }, at, [], { isDownload: true });
      await until(sessions, torrent, ({ state }) => !UNCHECKED.has(state), signal);
      const isIt = torrent.path(0) === path && torrent.files()[0]?.progress === 1;
      if (isIt) torrent.change({ paused: false, files: null });
      else await session.remove(torrent.infoHash, { data: false });
      if (isIt) return torrent.infoHash;
      throw new LsdError('invalid', 'This file cannot be given as a torrent: its name is none that a torrent keeps.');
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
      (await restored(record)).change({ paused: false });
    },
    async stop(record) {
      saved(record)?.change({ paused: true });
    },
    async save(record, { folder, fileName }, signal) {
      const torrent = saved(record);
      if (!torrent) throw new LsdError('not-found', 'There is no such torrent here.');
      await untilWhole(sessions, torrent, signal);
      const name = fileName === null ? nameOf(torrent) : safeNameOf(fileName);
      if (folder !== torrent.savePath || name !== nameOf(torrent)) await moveTo(torrent, folder, name, signal);
      return placeOf(torrent);
    },
    async remove(record, options) {
      const infoHash = parseInfoHash(record.hash);
      if (infoHash) await session.remove(infoHash, options);
    },
    async tidy(records) {
      const named = new Set(records.flatMap(({ hash, twin }) => [hash, twin]));
      const lost = session.torrents().filter(({ infoHash }) => !named.has(infoHash));
      await Promise.all(lost.map(({ infoHash }) => session.remove(infoHash, { data: false })));
      const own = records.flatMap(everywhere).filter(({ kind }) => kind === 'btih');
      // One that had its place, and was cut off before all of it was asked for, is asked for now.
      await Promise.all(own.map(async record => (await restored(record)).change({ files: null })));
    },
  };
}

type TorrentSourceOf = FileSource & { kind: 'btih' };

const UNCHECKED: ReadonlySet<SavedState> = new Set([
  'queued_for_checking',
  'checking_files',
  'checking_resume_data',
  'downloading_metadata',
  'allocating',
]);

/** Resolves when all of it is here. */
async function untilWhole(sessions: TorrentSessions, torrent: SavedTorrent, signal: AbortSignal): Promise<void> {
  await until(sessions, torrent, ({ state }) => !UNCHECKED.has(state), signal);
  await until(sessions, torrent, ({ state, paused }) => state === 'seeding' || paused, signal);
  if (torrent.status().state === 'seeding') return;
  throw new LsdError('invalid', 'This file is stopped, and not all of it is here. Start it first.');
}

/** Of its only file, or the folder of all, as it lies on the disk. */
function nameOf(torrent: SavedTorrent): string {
  const [top] = relative(torrent.savePath, torrent.path(0) ?? '').split(sep);
  return torrent.saveName ?? top ?? '';
}

function placeOf({ savePath, saveName }: SavedTorrent): FilePlace {
  return { folder: savePath, fileName: saveName };
}

async function moveTo(torrent: SavedTorrent, savePath: string, name: string, signal: AbortSignal): Promise<void> {
  for (const saveName of numbered(name)) {
    try {
      return await torrent.move({ savePath, saveName }, signal);
    } catch (thrown) {
      if (!(thrown instanceof LsdError) || thrown.params?.reason !== 'name-taken') throw thrown;
    }
  }
}

/** Where nothing is yet: by the next name that was asked for, else in a folder of its own. */
async function nextPlace({ folder, fileName }: FilePlace, infoHash: string): Promise<FilePlace> {
  if (fileName === null) return { folder: join(folder, infoHash), fileName };
  for (const name of numbered(fileName)) {
    if (!(await lstat(join(folder, name)).catch(() => undefined))) return { folder, fileName: name };
  }
  throw new Error('names do not end');
}

/** Resolves when its info dictionary is here. */
async function described(sessions: TorrentSessions, torrent: SavedTorrent, signal: AbortSignal): Promise<Description> {
  await until(sessions, torrent, () => torrent.description() !== null, signal);
  const description = torrent.description();
  if (description) return description;
  throw new Error('a description does not go');
}

/** Throws what stops it, and the signal's reason. */
async function until(
  sessions: TorrentSessions,
  torrent: SavedTorrent,
  isSo: (status: SavedStatus) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const look = () => {
    const status = torrent.status();
    if (isSo(status)) resolve();
    else if (status.trouble) reject(new LsdError('invalid', status.trouble.message));
  };
  const giveUp = () => reject(signal.reason);
  const stop = sessions.on(({ event, status }) => {
    if (status.infoHash !== torrent.infoHash || status.session !== torrent.status().session) return;
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
  const { state, progress, paused, trouble, peers, rates, rests } = torrent.status();
  const index = playing(description, playName);
  const file = description.files[index];
  const path = torrent.path(index) ?? null;
  return {
    folder: torrent.savePath,
    path,
    destination: path ?? torrent.savePath,
    fileName: basename(path ?? file?.path.at(-1) ?? ''),
    name: file?.path.at(-1) ?? description.name,
    size: file?.length ?? 0,
    total: { least: description.length, most: description.length },
    written: Math.floor(progress * description.length),
    isWhole: state === 'seeding',
    isStopped: paused,
    rests,
    trouble: trouble?.message ?? null,
    files: () => description.files.map(({ path, length }) => ({ name: path.join('/'), size: length })),
    peers,
    rates,
    uploaded: torrent.moved().up,
    stream: null,
  };
}
