/**
 * Announces one torrent at its trackers, by the rules of lsd.md, "Meeting": at once; again after 5, 10, 20 and 40 s, then
 * each minute, while a peer is wanted and there is none; never under the tracker's `min interval`; else at its interval.
 * A held file that is alone at a WebSocket tracker where others are is announced again after 5, 10, 20 and 40 s, too: an
 * offer of WebRTC is good for one try, and nobody can dial after it.
 * All torrents share one schedule (announce-schedule.ts).
 */

import { Client as TrackerClient, type TrackerUpdate } from 'bittorrent-tracker';
import type { TrackerView } from '../../../shared/browse.ts';
import type { Net } from '../../platform/net.ts';
import type { Place } from '../engine/link.ts';
import { createIce, type Ice } from '../peers/ice.ts';
import type { AnnounceSchedule } from './announce-schedule.ts';
import { checkWords } from './websocket-words.ts';

/** s; while there is no peer, or the tracker does not answer */
const RETRY_SECONDS = [5, 10, 20, 40];
const RETRY_THEN_SECONDS = 60;
const DEFAULT_INTERVAL_SECONDS = 30 * 60;
/** how long a tracker may take to hear that we leave */
const GOODBYE_MS = 1_000;
const CLOSED = 'the connection was closed';

/** A calm announce comes up to this much later, so that torrents that woke together part. */
const SPREAD = 0.1;

export interface AnnounceDeps {
  net: Net;
  schedule: AnnounceSchedule;
  infoHash: string;
  peerId: string;
  port: number;
  userAgent: string;
  /** the local address of WebRTC connections; null = any */
  bindAddress: string | null;
  /** bytes */
  amounts(): { uploaded: number; downloaded: number; left?: number };
  /** it has no peer */
  alone(): boolean;
  /** it is not complete */
  fetching(): boolean;
  /** an address, or a WebRTC connection */
  onPeer(peer: string | { destroy(): void }, lan: boolean): void;
  onTrouble(tracker: string, message: string): void;
}

export interface Announcer {
  /** `stun`: servers for WebRTC connections from now on */
  meet(places: { trackers: Place[]; stun: Place[] }): void;
  /** `alone` may answer something else now. */
  reconsider(): void;
  /** the download is complete */
  completed(): void;
  /** each tracker, and what it last said */
  view(): TrackerView[];
  /** Says goodbye to the trackers; resolves when that is sent, or took too long. */
  close(): Promise<void>;
}

export function createAnnouncer(deps: AnnounceDeps): Announcer {
  const loops = new Map<string, TrackerLoop>();
  const ice = createIce(deps);
  return {
    meet({ trackers, stun }) {
      if (ice.set(stun)) for (const loop of loops.values()) loop.afresh();
      for (const [url, loop] of loops) {
        if (trackers.some(place => place.at === url)) continue;
        void loop.close();
        loops.delete(url);
      }
      for (const place of trackers) {
        if (!loops.has(place.at)) loops.set(place.at, createTrackerLoop(deps, ice, place));
      }
    },
    reconsider() {
      for (const loop of loops.values()) loop.reconsider();
    },
    completed() {
      for (const loop of loops.values()) loop.completed();
    },
    view: () => [...loops.values()].map(loop => loop.view()),
    async close() {
      const closing = [...loops.values()].map(loop => loop.close());
      loops.clear();
      await Promise.all(closing);
    },
  };
}

export interface AnnounceState {
  /** a peer is wanted and there is none, or is there and was not met, or the tracker did not answer */
  urgent: boolean;
  /** urgent announces before this one, without a break */
  round: number;
  /** s, by the tracker's word; 0 = it has none */
  interval: number;
  minInterval: number;
}

/** s from one announce to the next; `random` from 0 to 1 spreads those of one interval. */
export function announceAfter({ urgent, round, interval, minInterval }: AnnounceState, random: number): number {
  if (urgent) return Math.max(RETRY_SECONDS[round] ?? RETRY_THEN_SECONDS, minInterval);
  return Math.max(interval || DEFAULT_INTERVAL_SECONDS, minInterval) * (1 + SPREAD * random);
}

interface TrackerLoop {
  reconsider(): void;
  /** There may be peers now that could not be reached before. */
  afresh(): void;
  completed(): void;
  view(): TrackerView;
  close(): Promise<void>;
}

function createTrackerLoop(deps: AnnounceDeps, ice: Ice, place: Place): TrackerLoop {
  let client: TrackerClient | undefined;
  const { schedule } = deps;
  let closed = false;
  let takeBack = () => {};
  let round = 0;
  /** of the clock that is never set */
  let announcedAt: number | undefined;
  /** it takes seconds where a name has to be looked up, and is not begun twice */
  let connecting: Promise<TrackerClient> | undefined;
  /** of a UDP tracker: its client goes on with what the name meant at first */
  let udpAddress = '';
  let isStarted = false;
  let hasAnswered = false;
  let isSilent = false;
  /** others are there who can be met by an offer alone */
  let awaitsOffers = false;
  let trouble: string | undefined;
  let due = 0;
  let said: Pick<TrackerView, 'seeders' | 'leechers'> = { seeders: null, leechers: null };
  let interval = 0;
  let minInterval = 0;
  let random = 0;

  const offersAnew = () => awaitsOffers && round < RETRY_SECONDS.length;
  const urgent = () => isSilent || (deps.alone() && (deps.fetching() || offersAnew()));

  function plan(): void {
    takeBack();
    if (closed) return;
    const after = announceAfter({ urgent: urgent(), round, interval, minInterval }, random);
    due = announcedAt === undefined ? schedule.now() : announcedAt + after * 1000;
    takeBack = schedule.enter(due, {
      urgency: () => (deps.fetching() ? 'fetching' : 'seeding'),
      cost: 1,
      run: () => void announce(),
    });
  }

  async function announce(): Promise<void> {
    round = announcedAt === undefined || !urgent() ? 0 : round + 1;
    announcedAt = schedule.now();
    random = Math.random();
    try {
      if (deps.net.isBlocked(udpAddress)) part();
      client ??= await connectOnce();
      if (closed) return;
      if (isStarted) client.update();
      else client.start();
      isStarted = true;
      // It says nothing of one that it did not get: the library sends none until all offers to go with it are made.
      isSilent ||= isWebSocket(place);
      plan();
    } catch (thrown) {
      failed(thrown instanceof Error ? thrown.message : String(thrown));
    }
  }

  /** A tracker that is down for a moment must not cost the half hour until its next turn. */
  function failed(message: string): void {
    deps.onTrouble(place.at, message);
    isSilent = true;
    trouble = message;
    plan();
  }

  /** The next announce makes a new client. */
  function cut(from: TrackerClient, why: string): void {
    if (closed || client !== from) return;
    part();
    failed(why);
  }

  function part(): void {
    const gone = client;
    client = undefined;
    isStarted = false;
    gone?.destroy();
  }

  function connectOnce(): Promise<TrackerClient> {
    connecting ??= connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  }

  async function connect(): Promise<TrackerClient> {
    if (isWebSocket(place)) await ice.ready();
    const { url, address } = await checked(deps.net, place);
    if (isUdp(url)) udpAddress = address;
    const made = new TrackerClient({
      infoHash: deps.infoHash,
      peerId: deps.peerId,
      announce: [isUdp(url) ? overUdp(url, address) : place.at],
      port: deps.port,
      userAgent: deps.userAgent,
      ...(isWebSocket(place) && { proxyOpts: agentsOf(deps.net, place.lan) }),
      getAnnounceOpts: deps.amounts,
    });
    ice.use(made);
    // The library would connect again by itself, after up to five minutes.
    for (const tracker of made._trackers) {
      tracker._startReconnectTimer &&= () => cut(made, CLOSED);
      // The library's own clock would announce besides ours, each millisecond where a tracker says so.
      tracker.setInterval = () => {};
    }
    checkWords(made, deps.infoHash, () => cut(made, 'the tracker said what is no answer'));
    made.on('update', onUpdate);
    made.on('peer', (peer: string | { destroy(): void }) => {
      if (!closed) deps.onPeer(peer, place.lan);
      else if (typeof peer !== 'string') peer.destroy();
    });
    made.on('warning', ({ message }: Error) => {
      // What became of a WebRTC connection says nothing of the tracker.
      if (message.startsWith('Connection error:')) deps.onTrouble(place.at, message);
      else failed(message);
    });
    made.on('error', (error: Error) => failed(error.message));
    if (closed) made.destroy();
    return made;
  }

  function onUpdate(update: TrackerUpdate): void {
    if (closed) return;
    isSilent = false;
    awaitsOffers = isWebSocket(place) && (update.incomplete ?? 0) > 0;
    trouble = undefined;
    hasAnswered = true;
    said = { seeders: amount(update.complete), leechers: amount(update.incomplete) };
    interval = seconds(update.interval);
    minInterval = seconds(update['min interval']);
    plan();
  }

  function stateOf(): TrackerView['state'] {
    if (trouble !== undefined) return 'failed';
    if (hasAnswered) return 'answered';
    return announcedAt === undefined ? 'waiting' : 'asked';
  }

  plan();
  return {
    reconsider: plan,
    afresh() {
      round = 0;
      plan();
    },
    completed() {
      if (client) schedule.spend(1);
      client?.complete();
    },
    view: () => ({
      url: place.at,
      state: stateOf(),
      ...(trouble !== undefined && { message: trouble }),
      nextIn: Math.max(0, Math.round((due - schedule.now()) / 1000)),
      ...said,
    }),
    async close() {
      closed = true;
      takeBack();
      const leaving = client;
      if (!leaving) return;
      schedule.spend(1);
      leaving.stop();
      await new Promise<void>(resolve => {
        setTimeout(resolve, GOODBYE_MS);
        leaving.destroy(resolve);
      });
    },
  };
}

function isWebSocket({ at }: Place): boolean {
  return /^wss?:/i.test(at);
}

/** A tracker's word, as far as it is a number of peers. */
function amount(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}

/** A tracker's word, kept within a day. */
function seconds(value: unknown): number {
  return typeof value === 'number' && value > 0 ? Math.min(value, 86_400) : 0;
}

/**
 * The name must resolve to an address that may be contacted. UDP trackers are given that very address; the others are
 * fetched through checked connections.
 */
async function checked(net: Net, place: Place): Promise<{ url: URL; address: string }> {
  const url = new URL(place.at);
  const { address } = await net.lookupChecked(url.hostname, { lan: place.lan });
  return { url, address };
}

function isUdp({ protocol }: URL): boolean {
  return protocol === 'udp:';
}

function overUdp({ port, pathname }: URL, address: string): string {
  return `udp://${address.includes(':') ? `[${address}]` : address}:${port || 80}${pathname}`;
}

function agentsOf(net: Net, lan: boolean) {
  const { http, https } = net.agents(lan);
  return { httpAgent: http, httpsAgent: https };
}
