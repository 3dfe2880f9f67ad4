/** One torrent of a session: what is known of it, what is wanted, and the way from there to files that are whole. */

import { LsdError } from '../../../shared/errors.ts';
import { mergeMetainfo } from '../../core/metainfo-file.ts';
import type { SavedAt, SavedChange, SavedState, SavedStatus, Trouble } from '../../core/torrent-sessions.ts';
import type { Failure, Places, Traffic } from '../engine/link.ts';
import { askedSources, readSource } from '../meeting/exact-source.ts';
import { mergeMeetings } from '../meeting/meeting.ts';
import { pathOf } from '../pieces/files-folder.ts';
import { type PlacedFile, savedLayout } from '../pieces/files-layout.ts';
import { stampsOf } from './saved-check.ts';
import { createSavedBytes, type SavedBytes } from './saved-content.ts';
import { linkAll, removeSaved, reserve } from './saved-disk.ts';
import type { Kept, SavedDeps, SavedOne } from './saved-one.ts';
import { createSavedPieces, type SavedPieces } from './saved-pieces.ts';
import { reasonOf, TROUBLES, unready } from './saved-trouble.ts';
import { peersOf, trackersOf } from './saved-view.ts';

/** ms until a torrent that the engine could not go on with is tried again */
const RETRY_MS = 3_000;

export function createSavedOne(deps: SavedDeps, given: Kept): SavedOne {
  const { client, infoHash, send } = deps;
  const name = { client, infoHash };
  const order = { ...given.order };
  let { file, resume, place } = given;
  let known: SavedPieces | undefined;
  let bytes: SavedBytes | undefined;
  /** how the engine has it; null: it does not */
  let inside: { info: boolean; met: boolean } | null = null;
  /** what is on the disk is known */
  let isChecked = false;
  let isClaimed = false;
  let reserving: AbortController | undefined;
  const reserved = new Set<PlacedFile>();
  let trouble: Trouble | null = null;
  let gone: LsdError | undefined;
  let traffic: Traffic | undefined;
  let settling: Promise<void> | undefined;
  let isUnsettled = false;
  /** Its files are about to be deleted: where it stopped is of no use. */
  let isForgotten = false;
  /** to another place; nothing of it is open meanwhile */
  let moving: Promise<void> | undefined;

  // ------------------------------------------------------------------ what is known

  function learn(info: Uint8Array): SavedPieces {
    const focus = (windows: { first: number; last: number }[]) => {
      if (inside) send({ type: 'focus', name, windows });
    };
    known = createSavedPieces(info, order.saveName, focus);
    known.want(order);
    bytes = createSavedBytes({ place, layout: known.layout }, known, { assertThere, onLost });
    return known;
  }

  function assertThere(): void {
    if (gone) throw gone;
  }

  /** A piece that was believed is not what its hash says: it is fetched again. */
  function onLost(piece: number): void {
    known?.lose(piece);
    if (inside?.info) send({ type: 'lost', name, pieces: [piece] });
    deps.onChanged();
  }

  function state(): SavedState {
    if (!known) return 'downloading_metadata';
    if (reserving) return 'allocating';
    if (!isChecked && !inside) return 'queued_for_checking';
    if (!isChecked) return resume ? 'checking_resume_data' : 'checking_files';
    if (known.isWhole) return 'seeding';
    return known.progress === 1 ? 'finished' : 'downloading';
  }

  function status(): SavedStatus {
    return {
      session: deps.session,
      infoHash,
      state: state(),
      paused: order.paused,
      trouble,
      progress: (isChecked && known?.progress) || 0,
      rates: { down: traffic?.down ?? 0, up: traffic?.up ?? 0 },
      peers: traffic?.peers ?? 0,
    };
  }

  // ------------------------------------------------------------------ the way

  /** One step after the other, from how it is to how it should be; what changes meanwhile is taken up at the end. */
  function settle(): void {
    isUnsettled = true;
    settling ??= go().finally(() => {
      settling = undefined;
      // Asked for since the last look at it.
      if (isUnsettled) settle();
    });
    deps.onChanged();
  }

  async function go(): Promise<void> {
    while (isUnsettled) {
      isUnsettled = false;
      try {
        await step();
      } catch (thrown) {
        fail(thrown);
        await leave();
      }
      deps.onChanged();
    }
  }

  async function step(): Promise<void> {
    if (gone || trouble || moving) return leave();
    const isStill = order.paused || deps.isPaused();
    if (!known) return isStill ? leave() : enter({ info: false, met: true });
    if (!isClaimed) deps.claim(one);
    isClaimed = true;
    if (order.allocate && missingRoom(known).length > 0) {
      await leave();
      return reserveRoom(known);
    }
    if (!isChecked) return enter({ info: true, met: !isStill });
    return isStill ? leave() : enter({ info: true, met: true });
  }

  async function enter(wish: { info: boolean; met: boolean }): Promise<void> {
    if (inside?.info === wish.info && inside.met === wish.met) return;
    await leave();
    if (known) isChecked = false;
    inside = wish;
    const content = {
      kind: 'save',
      info: wish.info ? (known?.metainfo.info ?? null) : null,
      place,
      saveName: order.saveName,
      wants: wants(),
      resume,
    } as const;
    send({ type: 'add', order: { ...name, places: wish.met ? places() : NOWHERE, content } });
    if (wish.info) return;
    for (const at of askedSources(given.sources)) send({ type: 'source', name, place: { at, lan: deps.lan } });
  }

  /** It is in the engine no longer, and its files are closed. */
  async function leave(): Promise<void> {
    if (!inside) return;
    inside = null;
    traffic = undefined;
    const wasChecked = isChecked;
    await deps.remove(name);
    if (!known || !wasChecked || isForgotten) return;
    resume = { have: known.have(), stamps: await stampsOf(place, known.layout) };
    deps.onKept('resume');
  }

  function missingRoom({ shown, wants: { files } }: SavedPieces): PlacedFile[] {
    const wanted = files ? files.flatMap(index => shown[index] ?? []) : shown;
    return wanted.filter(each => !reserved.has(each));
  }

  async function reserveRoom(all: SavedPieces): Promise<void> {
    const files = missingRoom(all);
    reserving = new AbortController();
    deps.onChanged();
    try {
      await reserve(place, files, reserving.signal);
      for (const each of files) reserved.add(each);
    } finally {
      reserving = undefined;
    }
    isUnsettled = true;
  }

  function fail(thrown: unknown): void {
    if (gone) return;
    trouble = { reason: reasonOf(thrown), message: thrown instanceof Error ? thrown.message : String(thrown) };
    deps.log.warn('torrent-stopped', { infoHash, error: thrown });
  }

  const wants = () => ({
    ...(known?.wants ?? { pieces: [], high: [], files: order.files }),
    sequential: order.sequential,
  });

  const places = (): Places =>
    mergeMeetings(
      [
        {
          by: client,
          trackers: file.trackers.flat(),
          webseeds: file.webseeds,
          peers: given.peers,
          stun: [],
          lan: deps.lan,
          reach: 'public',
        },
      ],
      deps.userTrackers,
    );

  // ------------------------------------------------------------------ from the engine

  function onDescribed(info: Uint8Array): void {
    if (known || gone) {
      known?.arrival.tellAgain();
      return;
    }
    file = mergeMetainfo(file, { ...file, info });
    const all = learn(info);
    const count = all.shown.length;
    // Those that were kept before the files were known may name none.
    const isThere = (index: number) => index < count;
    order.files = order.files?.filter(isThere) ?? null;
    order.priorities = order.priorities.filter(([index]) => isThere(index));
    all.want(order);
    deps.onKept('order');
    deps.onKept('file');
    settle();
  }

  /** From a place that its magnet link names. */
  function onSourced(torrent: Uint8Array): void {
    if (known || gone) return;
    try {
      const found = readSource(torrent, infoHash);
      file = mergeMetainfo(file, found);
      onDescribed(found.info);
    } catch (error) {
      deps.log.debug('source-refused', { error });
    }
  }

  function onFound(pieces: readonly number[]): void {
    if (!known || !inside?.info) return;
    known.forget();
    bytes?.doubt();
    known.mark(pieces);
    isChecked = true;
    // What was wanted meanwhile.
    send({ type: 'want', name, wants: wants() });
    known.arrival.tellAgain();
    settle();
  }

  function onFailed(failure: Failure, message: string): void {
    inside = null;
    traffic = undefined;
    isChecked = false;
    if (failure === 'engine') setTimeout(settle, RETRY_MS).unref();
    else trouble = { reason: TROUBLES[failure], message };
    deps.onChanged();
  }

  // ------------------------------------------------------------------ from outside

  function assertIndexes(files: readonly number[]): void {
    const count = known?.shown.length;
    const wrong = files.find(
      index => !Number.isSafeInteger(index) || index < 0 || (count !== undefined && index >= count),
    );
    if (wrong === undefined) return;
    throw new LsdError(
      'invalid',
      `There is no file ${wrong} in this torrent${count === undefined ? '' : `: it has ${count}`}.`,
    );
  }

  function change({ paused, files, priorities, sequential }: SavedChange): void {
    assertIndexes([...(files ?? []), ...(priorities?.keys() ?? [])]);
    if (paused !== undefined) order.paused = paused;
    if (paused === false) trouble = null;
    if (files !== undefined) {
      order.files = files && [...files];
      order.priorities = [];
    }
    if (priorities) order.priorities = [...new Map([...order.priorities, ...priorities])];
    if (sequential !== undefined) order.sequential = sequential;
    if (files !== undefined || priorities) known?.want(order);
    if (inside?.info && isChecked) send({ type: 'want', name, wants: wants() });
    deps.onKept('order');
    settle();
  }

  /** A crash on the way leaves it where it was, or where it is to be, and a second name of its files at most. */
  async function move(all: SavedPieces, { savePath, saveName }: SavedAt, signal: AbortSignal): Promise<void> {
    const from = { place, layout: all.layout };
    const to = { place: await deps.place(savePath), layout: savedLayout(all.metainfo, saveName) };
    deps.claim(one, to);
    settle();
    while (settling) await settling;
    await linkAll(from, to, signal);
    Object.assign(order, { savePath, saveName });
    place = to.place;
    all.rename(saveName);
    bytes?.moved(to);
    deps.onKept('order');
    await deps.flush();
    await removeSaved(from.place, from.layout);
  }

  const indexes = [...(order.files ?? []), ...order.priorities.map(([index]) => index)];
  assertIndexes(indexes);
  if (file.info) learn(file.info);
  assertIndexes(indexes);

  const one: SavedOne = {
    infoHash,
    order,
    get place() {
      return place;
    },
    get savePath() {
      return order.savePath;
    },
    get saveName() {
      return order.saveName;
    },
    peerAddresses: given.peers,
    sources: given.sources,
    get file() {
      return file;
    },
    get layout() {
      return known?.layout;
    },
    get isClaimed() {
      return isClaimed;
    },
    get resume() {
      return resume;
    },
    get isOpen() {
      return !order.paused && !deps.isPaused() && inside?.met === true;
    },
    path(index) {
      const file = known?.shown[index];
      return file && pathOf(place.folder, file);
    },
    status,
    moved: () => ({ down: traffic?.downloaded ?? 0, up: traffic?.uploaded ?? 0 }),
    description: () => known?.description ?? null,
    files: () => known?.files() ?? [],
    peers: async () => peersOf(inside ? await deps.inspect(name) : null),
    trackers: async () => trackersOf(inside ? await deps.inspect(name) : null, file.trackers.flat()),
    change,
    open(index) {
      const part = known?.shown[index];
      return part && bytes?.open(part);
    },
    async move(to, signal) {
      while (moving) await moving.catch(() => {}); // who asked for that is told
      if (!known) throw unready();
      moving = move(known, to, signal).finally(() => {
        moving = undefined;
        settle();
      });
      return moving;
    },
    begin: settle,
    receive(message) {
      if (message.type === 'described') onDescribed(message.info);
      else if (message.type === 'sourced') onSourced(message.torrent);
      else if (message.type === 'found') onFound(message.pieces);
      else if (message.type === 'wrong') for (const piece of message.pieces) void bytes?.verify(piece);
      else if (message.type === 'failed') onFailed(message.failure, message.message);
      else if (message.type === 'verified' && known && isChecked) {
        known.mark(message.pieces);
        for (const piece of message.pieces) bytes?.wrote(piece);
        deps.onChanged();
      }
    },
    onTraffic(next) {
      traffic = inside ? next : undefined;
    },
    restart() {
      inside = null;
      isChecked = false;
      settle();
    },
    async end({ data, why }) {
      gone = why;
      isForgotten = data;
      reserving?.abort(why);
      await moving?.catch(() => {});
      settle();
      while (settling) await settling;
      known?.arrival.end();
      await bytes?.close();
      if (data && known) await removeSaved(place, known.layout);
    },
  };
  return one;
}

const NOWHERE: Places = { trackers: [], webseeds: [], peers: [], stun: [], reach: 'site', by: [], lan: false };
