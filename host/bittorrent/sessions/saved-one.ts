/** A saved torrent as its session drives it, and what is kept of it. */

import type { LsdError } from '../../../shared/errors.ts';
import type { InfoHash } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { QueueSeat } from '../../core/download-queue.ts';
import type { MetainfoFile } from '../../core/metainfo-file.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { SeedLimits } from '../../core/seeding-end.ts';
import type { FilePriority, SavedAt, SavedTorrent } from '../../core/torrent-sessions.ts';
import type { DiskRoom } from '../../platform/disk-room.ts';
import type { FromEngine, Resume, SessionClient, ToEngine, Traffic } from '../engine/link.ts';
import type { EngineView } from '../engine/torrent-view.ts';
import type { FilesPlace } from '../pieces/files-folder.ts';
import type { PlacedFile } from '../pieces/files-layout.ts';
import type { Giving } from './saved-giving.ts';
import type { SavedTurn } from './saved-turn.ts';

export interface SavedDeps {
  client: SessionClient;
  infoHash: InfoHash;
  session: string;
  userTrackers: string[];
  lan: boolean;
  log: Log;
  send(message: ToEngine): void;
  remove(name: { client: SessionClient; infoHash: InfoHash }): Promise<void>;
  inspect(name: { client: SessionClient; infoHash: InfoHash }): Promise<EngineView | null>;
  place(savePath: string): Promise<FilesPlace>;
  /** Throws where another torrent writes one of its files, or would there. */
  claim(one: SavedOne, there?: Lying): void;
  /** why everything stands still; null: it does not */
  paused(): Reason | null;
  /** when the person wants the giving of a download to end */
  limits(): SeedLimits;
  /** its place among all downloads, and the room that they have */
  seat: Pick<QueueSeat, 'review' | 'read' | 'left'>;
  room: DiskRoom;
  clock: Clock;
  /** Something that is told of it may be another. */
  onChanged(): void;
  /** What is kept of it for the next start is another: all of it, or where it stopped. */
  onKept(what: 'order' | 'file' | 'resume'): void;
  /** Resolves when what was to be kept is on the disk. */
  flush(): Promise<void>;
}

/** Where the files of a torrent are. */
export interface Lying {
  place: FilesPlace;
  layout: readonly PlacedFile[];
}

/** What its person asked for, as it is kept. */
export interface SaveOrder {
  savePath: string;
  /** instead of the torrent's own; null: that */
  saveName: string | null;
  /** on the way from or to there: second names of its files may lie there, whoever cut that off */
  alsoAt: SavedAt | null;
  paused: boolean;
  allocate: boolean;
  sequential: boolean;
  /** indexes of the wanted files; null: all */
  files: number[] | null;
  /** of single files, over that */
  priorities: [index: number, priority: FilePriority][];
  memoryOnly: boolean;
  /** Unix ms */
  addedAt: number;
}

export interface SavedOne extends SavedTorrent {
  readonly order: Readonly<SaveOrder>;
  readonly file: MetainfoFile;
  readonly peerAddresses: string[];
  /** URLs of its `.torrent` file */
  readonly sources: string[];
  readonly place: FilesPlace;
  /** undefined before its info is known */
  readonly layout: readonly PlacedFile[] | undefined;
  /** Its paths are its own. */
  readonly isClaimed: boolean;
  readonly resume: Resume | null;
  /** Peers may have it. */
  readonly isOpen: boolean;
  /** null: it is no download */
  readonly giving: Giving | null;
  queued: SavedTurn['queued'];
  tryRoom: SavedTurn['tryRoom'];
  begin(): void;
  receive(message: FromEngine): void;
  onTraffic(traffic: Traffic | undefined): void;
  /** The engine is a new one. */
  restart(): void;
  /** It leaves the engine. With `data` its files go. */
  end(options: { data: boolean; why: LsdError }): Promise<void>;
}

/** What it begins with. */
export interface Kept {
  order: SaveOrder;
  place: FilesPlace;
  file: MetainfoFile;
  /** host:port */
  peers: string[];
  /** URLs of its `.torrent` file */
  sources: string[];
  resume: Resume | null;
  giving: Giving | null;
}
