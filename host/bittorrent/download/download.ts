/** The life of one download, from the wish to the verified file: what follows each attempt. Its states: download-state.ts. */

import type { Id } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { Content } from '../../core/content.ts';
import type { Events } from '../../core/events.ts';
import type { Difference, DownloadWish, Transfer } from '../../core/ports.ts';
import type { Blocklist } from '../../core/preferences.ts';
import type { Failure, Places, TorrentName, Traffic } from '../engine/link.ts';
import { mergeMeetings } from '../meeting/meeting.ts';
import { type Aim, type Attempt, type AttemptDeps, createAttempt, type Outcome, troubleOf } from './attempt.ts';
import { createReaders } from './download-readers.ts';
import { amountsOf, arrivingOf, isLast, isPause, phaseOf, type State, transferOf } from './download-state.ts';

/** how often it is tried again while the disk is full or cannot be written */
const RETRY_MS = 3_000;

export interface DownloadDeps extends AttemptDeps {
  blocklist: Blocklist;
  events: Events;
  userTrackers: string[];
  remove(name: TorrentName): Promise<void>;
  /** It is in the catalogue, and its torrent still awake. */
  onVerified(id: Id, name: TorrentName, uploaded: number): void;
}

export interface Download {
  readonly id: Id;
  readonly wish: DownloadWish;
  /** what the engine fetches for it now */
  readonly ordered: TorrentName | undefined;
  transfer(): Transfer;
  /** `onGone` is called when who opened it has closed it, or was given nothing. */
  open(onGone: () => void, signal?: AbortSignal): Promise<Content | undefined>;
  /** Takes over meetings, or another info hash. */
  update(wish: DownloadWish): void;
  /** The engine is a new one. */
  restart(): void;
  /** The queue lets it. */
  readonly isRunning: boolean;
  /** Why it may not run; null: it may. It begins with the first word. */
  setHeld(reason: Reason | null): Promise<void>;
  cancel(): Promise<void>;
  /** Stops and leaves the partial file. */
  setAside(): Promise<void>;
  /** Stops and leaves the partial file for the next run. */
  close(): Promise<void>;
  onMetadata(info: Uint8Array, fileIndex: number): void;
  onPieces(pieces: number[]): void;
  onComplete(): void;
  onFailed(failure: Failure, message: string): void;
  onTraffic(traffic: Traffic | undefined): void;
}

export function createDownload(deps: DownloadDeps, first: DownloadWish): Download {
  const { id } = first;
  let wish = first;
  let state: State = { kind: 'clearing' };
  let candidate = 0;
  /** what the engine was given to fetch */
  let ordered: TorrentName | undefined;
  let traffic: Traffic | undefined;
  /** undefined: the queue has not said yet whether it may begin */
  let held: Reason | null | undefined;
  const { catalogue, folder } = deps;
  const readers = createReaders({ id, folder, catalogue, state: () => state, extension: () => wish.extension });

  const places = (): Places => mergeMeetings(wish.meetings, deps.userTrackers);
  const tell = () => deps.events.emit('transfer.progress', { id });

  /** The only way from one state to another: what the last one had under way ends with it. */
  function enter(next: State): void {
    if (isLast(state)) return;
    if (state.kind === 'waiting' && state.retry) clearTimeout(state.retry);
    if (state.kind === 'going') state.attempt.abort();
    state = next;
    if (next.kind === 'held' || next.kind === 'failed' || next.kind === 'ended') giveWay();
    // Of a verified one is told when all of it is done.
    if (next.kind !== 'verified') tell();
  }

  /** Others may have the torrent, and the room on the disk. */
  function giveWay(): void {
    deps.turns.release(id);
    deps.room.leave(id);
  }

  function start(): void {
    if (isLast(state)) return;
    const isBlocked = deps.blocklist.has(id) || deps.blocklist.has(wish.infoHash);
    if (held) hold(held);
    else if (isBlocked) enter({ kind: 'waiting', reason: 'blocked', retry: null });
    else go(createAttempt(deps, aim())).catch(error => deps.log.warn('download-left', { id, error }));
  }

  const aim = (): Aim => ({
    id,
    infoHash: wish.infoHash,
    candidate,
    wish: () => wish,
    order(torrent, content) {
      ordered = torrent;
      deps.send({ type: 'add', order: { ...torrent, places: places(), content } });
    },
    onPhase: tell,
    onArriving(size) {
      readers.settle();
      deps.events.emit('download.sized', { id, infoHash: wish.infoHash, size });
    },
  });

  async function go(attempt: Attempt): Promise<void> {
    const going: State = { kind: 'going', attempt };
    enter(going);
    const outcome = await attempt.run();
    // What is in the catalogue is there, whatever was begun meanwhile.
    if (outcome?.kind === 'verified') return succeed(outcome);
    if (outcome && state === going) return follow(outcome);
  }

  async function follow(outcome: Exclude<Outcome, { kind: 'verified' }>): Promise<void> {
    switch (outcome.kind) {
      case 'waits':
        return wait(outcome.reason);
      case 'no-room':
        return clear(withdraw, () => wait('no-space'));
      case 'other':
        return anotherFile();
      case 'mismatch':
        return mismatch(outcome.difference);
    }
  }

  /** Takes away what the last attempt left; then comes what is next, unless something else came first. */
  async function clear(takeAway: () => Promise<void>, next: () => void): Promise<void> {
    const clearing: State = { kind: 'clearing' };
    enter(clearing);
    try {
      await takeAway();
      if (state === clearing) next();
    } catch (thrown) {
      if (state === clearing) wait(troubleOf(thrown, id, deps.log).reason);
    }
  }

  /** Takes the torrent out of the engine, where it is in there by our order. */
  async function withdraw(): Promise<void> {
    const given = ordered;
    ordered = undefined;
    if (given) await deps.remove(given);
  }

  /** What was written stays; the next attempt hashes it. */
  function hold(reason: Reason): void {
    const known = amountsOf(state);
    enter({ kind: 'held', reason, size: known?.size ?? 0, here: known?.here ?? 0 });
    if (!known && wish.size !== null) void recall(wish.size);
  }

  /** After a start it is not known which pieces are there, but how much was written is. */
  async function recall(size: number, holding = state): Promise<void> {
    const here = Math.min(size, await deps.room.written(id));
    if (state === holding && state.kind === 'held') enter({ ...state, size, here });
  }

  function wait(reason: Reason): void {
    const retry = setTimeout(start, RETRY_MS);
    retry.unref();
    enter({ kind: 'waiting', reason, retry });
  }

  async function succeed({ torrent, path, stamp }: Extract<Outcome, { kind: 'verified' }>): Promise<void> {
    deps.send({ type: 'seal', name: torrent, path, stamp });
    const uploaded = traffic?.uploaded ?? 0;
    enter({ kind: 'verified' });
    if (torrent.client === 'own') await withdraw();
    deps.onVerified(id, torrent, uploaded);
    giveWay();
    readers.finish();
    await deps.partials.drop(id);
    deps.events.emit('download.verified', { id });
  }

  /** Several files of the torrent may have the size: one after the other, the SHA-1 decides. */
  function anotherFile(): Promise<void> {
    const { infoHash } = wish;
    readers.drop();
    const takeAway = async () => {
      await withdraw();
      await deps.partials.drop(id);
      if (wish.infoHash === infoHash) candidate++;
    };
    return clear(takeAway, start);
  }

  async function mismatch(difference: Difference): Promise<void> {
    const { infoHash } = wish;
    readers.drop();
    const failed: State = { kind: 'failed' };
    enter(failed);
    await withdraw();
    if (state !== failed) return;
    await deps.partials.drop(id);
    deps.events.emit('download.mismatch', { id, infoHash, difference });
  }

  /** The info hash of what is being verified stays: it brought the bytes, and their SHA-1 decides. */
  function update(next: DownloadWish): void {
    const before = wish;
    if (phaseOf(state) === 'verifying') {
      wish = { ...next, infoHash: before.infoHash };
      return;
    }
    wish = next;
    if (before.infoHash === next.infoHash && reachOf(before) === reachOf(next)) {
      if (state.kind === 'waiting') start();
      else if (ordered) deps.send({ type: 'meet', name: ordered, places: places() });
      return;
    }
    if (before.infoHash !== next.infoHash) candidate = 0;
    if (state.kind === 'held') return;
    readers.drop();
    void clear(withdraw, start);
  }

  async function setHeld(reason: Reason | null): Promise<void> {
    if (reason === held) return;
    const isFirst = held === undefined;
    held = reason;
    if (reason === null && (isFirst || state.kind === 'held')) start();
    if (reason === null || state.kind === 'failed') return;
    const isVerifying = phaseOf(state) === 'verifying';
    if (!isVerifying) hold(reason);
    // What is here already is verified all the same; but peers are given nothing of it.
    if (!isVerifying || isPause(reason)) await withdraw();
  }

  async function stop(): Promise<void> {
    readers.drop();
    enter({ kind: 'ended' });
    readers.settle();
    await withdraw();
  }

  const attempt = () => (state.kind === 'going' ? state.attempt : undefined);

  return {
    id,
    get wish() {
      return wish;
    },
    get ordered() {
      return ordered;
    },
    transfer: () => transferOf(id, wish, state, traffic),
    open: readers.open,
    update,
    restart() {
      const phase = phaseOf(state);
      if (state.kind === 'waiting' || phase === 'metadata' || phase === 'downloading') start();
    },
    get isRunning() {
      return held === null;
    },
    setHeld,
    async cancel() {
      await stop();
      await deps.partials.drop(id);
    },
    setAside: stop,
    async close() {
      enter({ kind: 'ended' });
      readers.drop();
      readers.settle();
    },
    onMetadata: (info, fileIndex) => attempt()?.onMetadata(info, fileIndex),
    onPieces: pieces => arrivingOf(state)?.arrival.mark(pieces),
    onComplete: () => attempt()?.onComplete(),
    onFailed: (failure, message) => attempt()?.onFailed(failure, message),
    onTraffic(next) {
      const changed = JSON.stringify(next) !== JSON.stringify(traffic);
      traffic = next;
      if (changed) tell();
    },
  };
}

function reachOf(wish: DownloadWish): Places['reach'] {
  return mergeMeetings(wish.meetings, []).reach;
}
