/** Trackers: who has a stream is asked of each of them, and what this home gives is said to each, again when it wants to hear it. */

import { lookup } from 'node:dns/promises';
import { LsdError } from '../../../shared/errors.ts';
import { pause, type Timers } from '../../platform/timers.ts';
import type { BlobHash } from '../blob.ts';
import type { PeerAddress } from '../exchange/client.ts';
import type { WayOut } from '../own-address.ts';
import { announceTo, type TrackerAnnounce } from './udp-tracker.ts';

/** Ms between two announces of streams that are given: a home of many must not be a flood. */
const PACE_MS = 500;
/** Ms between rounds through all of them, at least. */
const ROUND_MS = 1_800_000;
const INFO_HASH_DIGITS = 40;

export interface TrackersOptions {
  /** host and port; of `udp://` URLs */
  trackers: readonly { host: string; port: number }[];
  peerId: Uint8Array;
  /** TCP, of the blob server */
  port(): number;
  mayContact(address: string): boolean;
  /** Throws LsdError where there is none. */
  wayOut(): WayOut;
  /** A tracker names everybody, this home too. */
  isSelf(peer: PeerAddress): boolean;
  mayAnnounce(): boolean;
  /** sd hashes of what is given */
  given(): readonly BlobHash[];
  timers: Timers;
}

export interface Trackers {
  /** Who has the stream, as each tracker answers. */
  ask(sdHash: BlobHash, signal: AbortSignal): AsyncGenerator<PeerAddress>;
  /** It is given now. */
  tell(sdHash: BlobHash): void;
  close(): void;
}

export function createTrackers(options: TrackersOptions): Trackers {
  const { trackers, peerId, timers, mayContact, isSelf } = options;
  const closing = new AbortController();

  async function announce(
    { host, port }: { host: string; port: number },
    sdHash: BlobHash,
    event: TrackerAnnounce['event'],
    signal: AbortSignal,
  ): Promise<PeerAddress[]> {
    const { address } = await lookup(host, { family: 4 }).catch(cause => {
      throw new LsdError('site-unreachable', `The name of the tracker ${host} is not known.`, { cause });
    });
    if (!mayContact(address)) throw new LsdError('denied', `The tracker at ${address} may not be contacted.`);
    const left = event === 'completed' ? 0 : 1;
    const infoHash = sdHash.slice(0, INFO_HASH_DIGITS);
    const said = { infoHash, peerId, port: options.port(), event, left };
    const { localAddress, signal: here } = options.wayOut();
    const until = AbortSignal.any([signal, here]);
    return (await announceTo({ address, port, localAddress }, said, timers, until)).peers;
  }

  async function* ask(sdHash: BlobHash, signal: AbortSignal): AsyncGenerator<PeerAddress> {
    const asked = trackers.map(each => announce(each, sdHash, 'started', signal).catch(noneOnLsdError));
    for (const answer of asked) yield* (await answer).filter(peer => mayContact(peer.address) && !isSelf(peer));
  }
  async function tell(sdHash: BlobHash): Promise<void> {
    const told = trackers.map(each => announce(each, sdHash, 'completed', closing.signal).catch(noneOnLsdError));
    await Promise.all(told);
  }
  async function rounds(): Promise<void> {
    while (!closing.signal.aborted) {
      await pause(timers, ROUND_MS, closing.signal);
      for (const sdHash of options.mayAnnounce() ? options.given() : []) {
        if (closing.signal.aborted) return;
        void tell(sdHash).catch(() => {}); // closed
        await pause(timers, PACE_MS, closing.signal);
      }
    }
  }
  if (trackers.length > 0) void rounds();

  return {
    ask,
    tell: sdHash => void tell(sdHash).catch(() => {}), // closed
    close: () => closing.abort(new LsdError('aborted', 'LBRY is switched off.')),
  };
}

function noneOnLsdError(thrown: unknown): PeerAddress[] {
  if (thrown instanceof LsdError) return [];
  throw thrown;
}
