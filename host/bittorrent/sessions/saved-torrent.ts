/** One torrent of a session: what is known of it, what is wanted, and the way from there to files that are whole. */

import type { LsdError } from '../../../shared/errors.ts';
import { mergeMetainfo } from '../../core/metainfo-file.ts';
import type { SavedAt, SavedChange, SavedState, SavedStatus, Trouble } from '../../core/torrent-sessions.ts';
import type { Failure, Traffic } from '../engine/link.ts';
import { askedSources, readSource } from '../meeting/exact-source.ts';
import { pathOf } from '../pieces/files-folder.ts';
import { createSavedAllocation } from './saved-allocation.ts';
import { stampsOf } from './saved-check.ts';
import { createSavedBytes, type SavedBytes, whileOpen } from './saved-content.ts';
import { removeSaved } from './saved-disk.ts';
import { NOWHERE, placesOf } from './saved-meeting.ts';
import { createSavedMoves } from './saved-moves.ts';
import type { Kept, SavedDeps, SavedOne } from './saved-one.ts';
import { assertIndexes, change as changeOrder, dropBeyond, filesNamed } from './saved-order.ts';
import { createSavedPieces, type SavedPieces } from './saved-pieces.ts';
import { createSavedRest } from './saved-rest.ts';
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
  const allocation = createSavedAllocation(deps.onChanged);
  let trouble: Trouble | null = null;
  let gone: LsdError | undefined;
  let traffic: Traffic | undefined;
  let settling: Promise<void> | undefined;
  let isUnsettled = false;
  /** Its files are about to be deleted: where it stopped is of no use. */
  let isForgotten = false;
  /** to another place; nothing of it is open meanwhile */
  let moving: Promise<void> | undefined;
  const moves = createSavedMoves(deps, order);
  const id = `${client} ${infoHash}`;
  const rest = createSavedRest(deps, given, {
    ...{ id, order, onChanged: settle },
    folder: () => place.root,
    pieces: () => known,
    isStopped: () => order.paused || Boolean(gone ?? trouble ?? moving),
    peers: () => traffic?.peers ?? 0,
  });

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
    rest.look(known);
    if (inside?.info) send({ type: 'lost', name, pieces: [piece] });
    settle();
  }

  function state(): SavedState {
    if (!known) return 'downloading_metadata';
    if (allocation.isUnderWay) return 'allocating';
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
      rests: rest.reason,
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
    deps.seat.review();
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
    if (known && order.alsoAt) await moves.tidy(one, place, known);
    const isResting = await rest.decide();
    // The queue is about to say: so long it stays as it is.
    if (isResting === undefined) return;
    const isStill = order.paused || isResting;
    if (!known) return isStill ? leave() : enter({ info: false, met: true });
    if (!isClaimed) deps.claim(one);
    isClaimed = true;
    if (order.allocate && !isResting && !allocation.isDone(known)) {
      await leave();
      await allocation.reserve(place, known);
      isUnsettled = true;
      return;
    }
    // What is being looked at without peers is not looked at anew for their sake.
    if (!isChecked) return enter({ info: true, met: !isStill && !(inside?.info && !inside.met) });
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
    rest.onTraffic(undefined);
    rest.leave();
    const wasChecked = isChecked;
    await deps.remove(name);
    if (!known || !wasChecked || isForgotten) return;
    resume = { have: known.have(), stamps: await stampsOf(place, known.layout) };
    deps.onKept('resume');
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

  const places = () => {
    const { lan, userTrackers } = deps;
    return placesOf({ by: client, file, peers: given.peers, lan, userTrackers });
  };

  // ------------------------------------------------------------------ from the engine

  function onDescribed(info: Uint8Array): void {
    if (known || gone) {
      known?.arrival.tellAgain();
      return;
    }
    file = mergeMetainfo(file, { ...file, info });
    const all = learn(info);
    dropBeyond(order, all.shown.length);
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
    rest.look(known);
    // What was wanted meanwhile.
    send({ type: 'want', name, wants: wants() });
    known.arrival.tellAgain();
    settle();
  }

  /** From peers. */
  function onVerified(all: SavedPieces, pieces: readonly number[]): void {
    all.mark(pieces);
    for (const piece of pieces) bytes?.wrote(piece);
    rest.came(all);
    if (all.progress === 1) {
      deps.seat.left(infoHash);
      settle();
    }
    deps.onChanged();
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

  function change(to: SavedChange): void {
    assertIndexes([...(to.files ?? []), ...(to.priorities?.keys() ?? [])], known?.shown.length);
    if (to.paused === false) {
      trouble = null;
      rest.startAgain();
    }
    changeOrder(order, to);
    if (to.files !== undefined || to.priorities) {
      known?.want(order);
      rest.look(isChecked ? known : undefined);
    }
    if (inside?.info && isChecked) send({ type: 'want', name, wants: wants() });
    deps.onKept('order');
    settle();
  }

  async function move(all: SavedPieces, where: SavedAt, signal: AbortSignal): Promise<void> {
    const to = await moves.at(all.metainfo, where);
    deps.claim(one, to);
    settle();
    while (settling) await settling;
    await moves.move({ place, layout: all.layout }, to, where, signal, () => {
      place = to.place;
      all.rename(where.saveName);
      bytes?.moved(to);
    });
  }

  assertIndexes(filesNamed(order), undefined);
  if (file.info) learn(file.info);
  assertIndexes(filesNamed(order), known?.shown.length);

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
      return !order.paused && deps.paused() === null && !rest.isOver && inside?.met === true;
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
      const content = part && bytes?.open(part);
      return content && whileOpen(content, deps.seat.read(infoHash));
    },
    queued: rest.queued,
    tryRoom: rest.tryRoom,
    get giving() {
      return rest.giving;
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
      else if (message.type === 'verified' && known && isChecked) onVerified(known, message.pieces);
    },
    onTraffic(next) {
      traffic = inside ? next : undefined;
      rest.onTraffic(traffic?.uploaded);
      if (inside?.met && rest.isOver) settle();
    },
    restart() {
      inside = null;
      isChecked = false;
      settle();
    },
    async end({ data, why }) {
      gone = why;
      isForgotten = data;
      allocation.abort(why);
      await moving?.catch(() => {});
      settle();
      while (settling) await settling;
      known?.arrival.end();
      await bytes?.close();
      if (!data || !known) return;
      await moves.tidy(one, place, known);
      await removeSaved(place, known.layout, infoHash);
    },
  };
  return one;
}
