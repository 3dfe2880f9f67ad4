/** One stream of this home: fetched while something of it is wanted, then a file that is given to others. */

import { mkdir, rm, stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import type { Content } from '../../core/content.ts';
import type { LbryStream, StreamState, StreamStatus } from '../../core/lbry.ts';
import type { LbryStore, StoredStream, StreamChange } from '../../core/lbry-store.ts';
import { unchanged } from '../../core/ports.ts';
import { faultOf } from '../../platform/faults.ts';
import { openForReading, stampOf, syncDirectory } from '../../platform/files.ts';
import type { Timers } from '../../platform/timers.ts';
import type { BlobHash } from '../blob.ts';
import type { Supply } from '../exchange/exchange.ts';
import { createMeter } from '../exchange/meter.ts';
import { safeNameOf } from '../stream/file-name.ts';
import { type Arrival, openArrival } from './arrival.ts';
import { contentOf } from './content.ts';
import { describe, type Layout } from './layout.ts';
import { copyInto, isCode, nameFile } from './place-file.ts';

/** Ms after the last reader in which what is not wanted whole is still fetched. */
const LINGER_MS = 10_000;

/** Ms after which bytes that were given are written down. */
const COUNT_MS = 30_000;

export interface HeldStreamDeps {
  store: LbryStore;
  layout(): Layout;
  /** Begins to look for peers of this stream. */
  supply(layout: Layout): Supply;
  timers: Timers;
  now(): number;
  isPaused(): boolean;
  /** It is whole, or is given again: it is to be announced. */
  onGiven(): void;
  /** The disk has room for so many bytes more. Throws `no-space`. */
  assertRoom(folder: string, bytes: number): Promise<void>;
}

export interface HeldStream extends LbryStream, AsyncDisposable {
  readonly sdHash: BlobHash;
  /** What is asked for is begun, what is not any more is ended. */
  review(): void;
  /** Bytes of it were given. */
  gave(bytes: number): void;
  row(): StoredStream;
  /** Where its bytes are now; undefined: nowhere yet. */
  filePath(): string;
  peers(): number;
  removeFiles(options: { deleteFile: boolean }): Promise<void>;
}

export function createHeldStream(stored: StoredStream, deps: HeldStreamDeps): HeldStream {
  const { store, timers, now } = deps;
  const sdHash = stored.sdHash as BlobHash;
  let row = stored;
  let trouble: StreamStatus['trouble'] = null;
  let supply: Supply | undefined;
  let arrival: Promise<Arrival> | undefined;
  let opened: Arrival | undefined;
  let readers = 0;
  let lingerUntil = 0;
  let bytesHere: number | undefined;
  /** what runs one after the other: the beginning and end of fetching, what moves files */
  let turn: Promise<unknown> = Promise.resolve();
  const meters = { down: createMeter(now), up: createMeter(now) };
  const whole = new Set<() => void>();
  let isRemoved = false;
  let cancelCount: (() => void) | undefined;

  function change(to: StreamChange): void {
    row = { ...row, ...to };
    store.change(sdHash, to);
  }
  const finalPath = () => join(row.folder, row.fileName);
  const partialPath = () => join(row.folder, `.${sdHash.slice(0, 32)}.part`);
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = turn.then(work);
    turn = mine.catch(() => {});
    return mine;
  };

  function fail(thrown: unknown): void {
    if (isRemoved || row.complete) return;
    const fault = faultOf(thrown);
    const reason = fault?.code === 'no-space' ? 'no-space' : fault?.code === 'invalid' ? 'invalid' : 'unwritable';
    const message = fault?.message ?? (thrown instanceof Error ? thrown.message : String(thrown));
    trouble = { reason, message };
    void endArrival();
  }

  function isWanted(): boolean {
    if (row.complete || row.stopped || trouble || isRemoved || deps.isPaused()) return false;
    return row.eager || readers > 0 || now() < lingerUntil;
  }
  function review(): void {
    if (isWanted())
      begin().then(
        each => row.eager && each.fetchAll(),
        () => {}, // `trouble` says it
      );
    else if (arrival) void endArrival();
  }

  function begin(): Promise<Arrival> {
    arrival ??= inTurn(openIt).then(
      each => {
        opened = each;
        return each;
      },
      thrown => {
        arrival = undefined;
        fail(thrown);
        throw thrown;
      },
    );
    return arrival;
  }
  async function openIt(): Promise<Arrival> {
    const layout = deps.layout();
    if (await wasNamed(layout)) {
      await settle({ isBelieved: false });
      throw new LsdError('aborted', 'This stream is whole already.');
    }
    await mkdir(row.folder, { recursive: true });
    await deps.assertRoom(row.folder, layout.start(layout.last) - here());
    supply = deps.supply(layout);
    const { fetcher } = supply;
    const each = await openArrival({
      layout,
      path: partialPath(),
      store,
      fetcher,
      timers,
      onSize: size => size !== row.size && change({ size }),
      onBlob(number) {
        const { length } = layout.descriptor.blobs[number]!;
        meters.down.add(length);
        bytesHere = (bytesHere ?? 0) + length - 1;
      },
      onWhole: () => void inTurn(finish).catch(fail),
      onFailure: fail,
    });
    bytesHere = sumOf(layout, each);
    if (each.count === layout.descriptor.blobs.length) setImmediate(() => each.fetchAll());
    return each;
  }
  /** The process ended after the whole file had its name, and before that was written down. */
  async function wasNamed({ last }: Layout): Promise<boolean> {
    if (row.size === null || store.kept(sdHash).length <= last) return false;
    const [partial, named] = await Promise.all([partialPath(), finalPath()].map(sizeOf));
    return partial === undefined && named === row.size;
  }
  function endArrival(): Promise<void> {
    const ended = arrival;
    const gone = supply;
    arrival = undefined;
    opened = undefined;
    supply = undefined;
    return inTurn(async () => {
      const each = await ended?.catch(() => undefined);
      await gone?.[Symbol.asyncDispose]();
      await each?.[Symbol.asyncDispose]();
    });
  }

  /** The file gets its name first, that is written down, then its first name goes: a crash between leaves both, or what is known. */
  async function finish(): Promise<void> {
    if (row.complete || isRemoved) return;
    const fileName = await nameFile(partialPath(), row.folder, row.fileName);
    change({ fileName });
    await rm(partialPath(), { force: true });
    await syncDirectory(row.folder);
    await settle({ isBelieved: true });
    void endArrival();
  }
  async function settle({ isBelieved }: { isBelieved: boolean }): Promise<void> {
    const stamp = stampOf(await stat(finalPath(), { bigint: true }));
    change({ complete: true, stamp: isBelieved ? stamp : null, size: stamp.size });
    for (const tell of whole) tell();
    deps.onGiven();
  }
  function here(): number {
    if (row.complete) return row.size ?? 0;
    bytesHere ??= keptBytes();
    return bytesHere;
  }
  function keptBytes(): number {
    const kept = store.kept(sdHash);
    if (kept.length === 0) return 0;
    const layout = deps.layout();
    return kept.reduce((sum, number) => sum + layout.fullLength(number), 0);
  }

  function stateOf(): StreamState {
    if (trouble) return 'failed';
    if (row.stopped) return 'stopped';
    if (deps.isPaused()) return 'waiting';
    return row.complete ? 'seeding' : 'downloading';
  }
  function status(): StreamStatus {
    const { complete, origin, folder, fileName, size } = row;
    const { descriptor } = deps.layout();
    const blobsHere = complete ? descriptor.blobs.length : (opened?.count ?? store.kept(sdHash).length);
    return {
      state: stateOf(),
      trouble,
      complete,
      origin,
      folder,
      fileName,
      path: complete ? finalPath() : null,
      blobsHere,
      bytesHere: size === null ? here() : Math.min(size, here()),
      peers: supply?.fetcher.connected ?? 0,
      rates: { down: meters.down.rate(), up: meters.up.rate() },
      uploaded: row.uploaded,
      addedAt: row.addedAt,
    };
  }

  async function open(signal: AbortSignal): Promise<Content> {
    const layout = deps.layout();
    const extension = extname(row.fileName).slice(1).toLowerCase();
    if (row.complete) {
      const file = await openForReading(finalPath()).catch(thrown => {
        if (isCode(thrown, 'ENOENT', 'ENOTDIR', 'ELOOP')) throw goneError();
        throw thrown;
      });
      const stamp = stampOf(await file.stat({ bigint: true }));
      const isBelieved = row.stamp !== null && unchanged(stamp, row.stamp);
      const size = row.size ?? stamp.size;
      return contentOf({ layout, file, size, extension, isBelieved, need: async () => {}, onClose() {} });
    }
    readers++;
    try {
      if (row.stopped) throw new LsdError('denied', 'This stream is stopped. Start it to read what is not here yet.');
      if (row.size === null) await need(layout.last, 'now', signal);
      if (row.complete) return await open(signal).finally(leave);
      const file = await openForReading(partialPath());
      return contentOf({ layout, file, size: row.size ?? 0, extension, isBelieved: true, need, onClose: leave });
    } catch (thrown) {
      leave();
      throw thrown;
    }
  }
  async function need(number: number, urgency: 'now' | 'soon', signal: AbortSignal): Promise<void> {
    if (row.complete || opened?.has(number)) return;
    const each = await begin();
    try {
      await each.need(number, urgency, signal);
    } catch (thrown) {
      // It became whole in between: then what was asked for is here.
      if (!row.complete) throw thrown;
    }
  }
  function leave(): void {
    readers--;
    lingerUntil = now() + LINGER_MS;
    timers.after(LINGER_MS + 1, review);
  }

  return {
    sdHash,
    get description() {
      return describe(deps.layout(), row.size);
    },
    status,
    row: () => row,
    filePath: () => (row.complete ? finalPath() : partialPath()),
    peers: () => supply?.fetcher.connected ?? 0,
    review,
    open,
    gave(bytes) {
      meters.up.add(bytes);
      row = { ...row, uploaded: row.uploaded + bytes };
      cancelCount ??= timers.after(COUNT_MS, writeCount);
    },
    start() {
      trouble = null;
      change({ stopped: false, eager: true });
      if (row.complete) deps.onGiven();
      review();
    },
    stop() {
      change({ stopped: true });
      review();
    },
    async save({ folder, fileName }, signal) {
      await untilWhole(signal);
      return inTurn(async () => {
        await mkdir(folder, { recursive: true });
        const name = safeNameOf(fileName ?? row.fileName);
        if (row.origin === 'offered') return join(folder, await copyInto(finalPath(), folder, name));
        if (folder === row.folder && name === row.fileName) return finalPath();
        const from = finalPath();
        const given = await nameFile(from, folder, name).catch(thrown => {
          if (isCode(thrown, 'EXDEV')) return copyInto(from, folder, name);
          throw thrown;
        });
        change({ folder, fileName: given });
        await rm(from, { force: true });
        await settle({ isBelieved: row.stamp !== null });
        return finalPath();
      });
    },
    async removeFiles({ deleteFile }) {
      isRemoved = true;
      await endArrival();
      if (row.origin === 'offered') return;
      await rm(partialPath(), { force: true });
      if (deleteFile && row.complete) await rm(finalPath(), { force: true });
    },
    async [Symbol.asyncDispose]() {
      isRemoved = true;
      writeCount();
      await endArrival();
    },
  };

  function writeCount(): void {
    cancelCount?.();
    if (cancelCount) change({ uploaded: row.uploaded });
    cancelCount = undefined;
  }

  async function untilWhole(signal: AbortSignal): Promise<void> {
    if (row.complete) return;
    await new Promise<void>((resolve, reject) => {
      const abort = () => reject(signal.reason);
      const tell = () => {
        whole.delete(tell);
        signal.removeEventListener('abort', abort);
        resolve();
      };
      whole.add(tell);
      signal.addEventListener('abort', abort, { once: true });
      if (signal.aborted) abort();
    });
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** bytes, each blob counted as full as it can be */
function sumOf(layout: Layout, arrival: Arrival): number {
  let sum = 0;
  for (let number = 0; number <= layout.last; number++) if (arrival.has(number)) sum += layout.fullLength(number);
  return sum;
}

function goneError(): LsdError {
  return new LsdError('not-found', 'The file of this stream is no longer where it was.');
}
