/** A stream's way to a whole file under its name: begun, ended, begun again where it was. */

import { mkdir, rm, stat } from 'node:fs/promises';
import { LsdError } from '../../../shared/errors.ts';
import type { LbryStore, StreamChange } from '../../core/lbry-store.ts';
import type { DiskRoom } from '../../platform/disk-room.ts';
import { stampOf, syncDirectory } from '../../platform/files.ts';
import type { Timers } from '../../platform/timers.ts';
import type { Supply } from '../exchange/exchange.ts';
import { createMeter } from '../exchange/meter.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { type Arrival, openArrival } from './arrival.ts';
import type { Layout } from './layout.ts';
import { nameFile } from './place-file.ts';
import type { StreamRecord } from './record.ts';

export interface ComingDeps {
  record: StreamRecord;
  store: Pick<LbryStore, 'kept' | 'keep' | 'lose' | 'change'>;
  layout(): Layout;
  /** Begins to look for peers of this stream. */
  supply(layout: Layout): Supply;
  room: DiskRoom;
  workers: BlobWorkers;
  timers: Timers;
  /** Unix ms */
  now(): number;
  /** What is to be written down with its being whole. */
  whenWhole(): StreamChange;
  onWhole(): void;
  /** Nothing more comes of it, until it is begun again. `no-space`: the disk has no room for the rest of it. */
  onFailure(thrown: unknown): void;
}

export interface Coming {
  begin(): Promise<Arrival>;
  end(): Promise<void>;
  readonly isUnderWay: boolean;
  /** The blob is in the file. */
  has(number: number): boolean;
  /** What is here: blobs, and bytes, each blob counted as full as it can be. */
  blobs(): number;
  bytes(): number;
  peers(): number;
  /** bytes a second */
  rate(): number;
  /** One after the other: the beginning and end of it, and what moves its files. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

interface Attempt {
  ended: AbortController;
  arrival: Promise<Arrival>;
  opened?: Arrival;
  supply?: Supply;
}

export function createComing(deps: ComingDeps): Coming {
  const { record, store, room, timers } = deps;
  const { sdHash } = record.row;
  const meter = createMeter(deps.now);
  let attempt: Attempt | undefined;
  let bytesHere: number | undefined;
  let turn: Promise<unknown> = Promise.resolve();

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  }

  function start(): Attempt {
    const ended = new AbortController();
    const mine: Attempt = { ended, arrival: inTurn(() => open()) };
    async function open(): Promise<Arrival> {
      ended.signal.throwIfAborted();
      return openIt(mine);
    }
    mine.arrival.catch(thrown => {
      if (attempt !== mine) return;
      attempt = undefined;
      room.leave(sdHash);
      deps.onFailure(thrown);
    });
    return mine;
  }

  async function openIt(mine: Attempt): Promise<Arrival> {
    const layout = deps.layout();
    if (await wasNamed(layout)) {
      await settle({ isBelieved: false });
      throw new LsdError('aborted', 'This stream is whole already.');
    }
    const { folder } = record.row;
    await mkdir(folder, { recursive: true });
    const missing = () => layout.start(layout.last) + layout.fullLength(layout.last) - bytes();
    if (!(await room.take(sdHash, folder, missing))) throw noRoom(folder, missing());
    mine.ended.signal.throwIfAborted();
    const supply = deps.supply(layout);
    mine.supply = supply;
    const opened = await openArrival({
      layout,
      path: record.partialPath(),
      store,
      fetcher: supply.fetcher,
      workers: deps.workers,
      timers,
      onSize: size => size !== record.row.size && record.change({ size }),
      onBlob(number) {
        meter.add(layout.descriptor.blobs[number]!.length);
        bytesHere = bytes() + layout.fullLength(number);
      },
      onWhole: () => void inTurn(finish).catch(fail),
      onFailure: fail,
    }).catch(async thrown => {
      await supply[Symbol.asyncDispose]();
      throw thrown;
    });
    mine.opened = opened;
    bytesHere = sumOf(layout, number => opened.has(number));
    if (opened.count === layout.descriptor.blobs.length) setImmediate(() => opened.fetchAll());
    return opened;
  }

  /** The process ended after the whole file had its name, and before that was written down. */
  async function wasNamed({ last }: Layout): Promise<boolean> {
    const { size } = record.row;
    if (size === null || store.kept(sdHash).length <= last) return false;
    const [partial, named] = await Promise.all([record.partialPath(), record.finalPath()].map(sizeOf));
    return partial === undefined && named === size;
  }

  function fail(thrown: unknown): void {
    if (record.row.complete) return;
    void end();
    deps.onFailure(thrown);
  }

  function end(): Promise<void> {
    const mine = attempt;
    attempt = undefined;
    mine?.ended.abort(new LsdError('aborted', 'This stream is not fetched any more.'));
    room.leave(sdHash);
    return inTurn(async () => {
      await mine?.supply?.[Symbol.asyncDispose]();
      await mine?.opened?.[Symbol.asyncDispose]();
    });
  }

  /** The file gets its name first, that is written down, then its first name goes: a crash between leaves both, or what is known. */
  async function finish(): Promise<void> {
    if (record.row.complete || !attempt) return;
    const partial = record.partialPath();
    const fileName = await nameFile(partial, record.row.folder, record.row.fileName);
    record.change({ fileName });
    await rm(partial, { force: true });
    await syncDirectory(record.row.folder);
    await settle({ isBelieved: true });
    void end();
  }

  async function settle({ isBelieved }: { isBelieved: boolean }): Promise<void> {
    const stamp = stampOf(await stat(record.finalPath(), { bigint: true }));
    record.change({ complete: true, stamp: isBelieved ? stamp : null, size: stamp.size, ...deps.whenWhole() });
    deps.onWhole();
  }

  function bytes(): number {
    if (record.row.complete) return record.row.size ?? 0;
    bytesHere ??= keptBytes();
    return bytesHere;
  }
  function keptBytes(): number {
    const kept = store.kept(sdHash);
    if (kept.length === 0) return 0;
    const has = new Set(kept);
    return sumOf(deps.layout(), number => has.has(number));
  }

  return {
    begin() {
      attempt ??= start();
      return attempt.arrival;
    },
    end,
    get isUnderWay() {
      return attempt !== undefined;
    },
    has: number => attempt?.opened?.has(number) ?? false,
    blobs: () => attempt?.opened?.count ?? store.kept(sdHash).length,
    bytes,
    peers: () => attempt?.supply?.fetcher.connected ?? 0,
    rate: meter.rate,
    inTurn,
  };
}

function noRoom(folder: string, bytes: number): LsdError {
  return new LsdError(
    'no-space',
    `The disk of ${folder} has no room for the ${bytes} bytes that are missing. Make room on it, or name another folder.`,
    { userAction: 'free-space' },
  );
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

function sumOf(layout: Layout, has: (number: number) => boolean): number {
  let sum = 0;
  for (let number = 0; number <= layout.last; number++) if (has(number)) sum += layout.fullLength(number);
  return sum;
}
