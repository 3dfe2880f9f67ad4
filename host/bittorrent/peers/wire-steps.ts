/** What each new connection of a torrent goes through before its first message after the handshake: steps, in an order that counts. */

import type { Torrent, Wire } from 'webtorrent';
import type { Net } from '../../platform/net.ts';
import type { FromEngine, Places } from '../engine/link.ts';
import type { Fetching } from '../fetching/fetching.ts';
import type { MetadataBlocks } from '../fetching/metadata-blocks.ts';
import type { PoisonWatch } from '../fetching/poison.ts';
import type { Dial } from '../meeting/dial.ts';
import { gatherWrites } from './batching.ts';
import { refuseBlocked } from './blocked.ts';
import { ignoreOnceGone } from './departed.ts';
import { dropDuplicate } from './duplicates.ts';
import { capUploads, unchokeAtOnce } from './limits.ts';
import type { Meter } from './meter.ts';
import { peerOf } from './peer-of.ts';
import type { Pex } from './pex.ts';
import { parseInPlace } from './reading.ts';
import type { Silence } from './silence.ts';
import type { Share, Slots } from './slots.ts';
import { beStrict } from './strict-wire.ts';
import { limitUntaken } from './untaken.ts';

export interface WireDeps {
  torrent: Torrent;
  net: Net;
  poison: PoisonWatch;
  dial: Dial;
  pex: Pex;
  meter: Pick<Meter, 'follow'>;
  slots: Pick<Slots, 'follow'>;
  silence: Pick<Silence, 'follow'>;
  share: Share;
  places(): Places;
  /** none where it is known from the start */
  metadata: MetadataBlocks | undefined;
  /** none while the metadata is not known, and of a seed */
  fetching(): Fetching | undefined;
  send(message: FromEngine): void;
  onClosed(): void;
}

type Step = (deps: WireDeps, wire: Wire) => void;

/** Many put a function of their own in the place of one of the library's: the later step's is then called before the earlier one's. */
const STEPS: readonly Step[] = [
  // First: most of the others listen for its end.
  allowListeners,
  // Before any may hang up: also one that is refused has shown that peers get here.
  tellReached,
  // Before what acts on messages, so that it has the last word of whether the library sees one.
  ({ torrent }, wire) => ignoreOnceGone(torrent, wire),
  // Those that may hang up come before the costly ones; strictness before all that answers, since it may ban.
  ({ poison }, wire) => poison.follow(wire),
  banForBreach,
  ({ torrent }, wire) => dropDuplicate(torrent, wire),
  // Both before the extended handshakes: what it says of its port is heard here, and ours is said in it.
  ({ dial }, wire) => dial.follow(wire),
  ({ pex }, wire) => pex.follow(wire),
  ({ torrent, net }, wire) => refuseBlocked(torrent, wire, net),
  // Before the first byte that counts.
  ({ torrent, meter, places }, wire) => meter.follow(torrent, wire, () => places().by),
  ({ torrent, silence }, wire) => silence.follow(torrent, wire),
  ({ torrent }, wire) => gatherWrites(peerOf(torrent, wire)),
  (_, wire) => parseInPlace(wire),
  ({ torrent }, wire) => limitUntaken(torrent, wire),
  ({ torrent }, wire) => capUploads(torrent, wire, () => performance.now()),
  // Slots before the one that unchokes: it is to ask for one.
  ({ slots, share }, wire) => slots.follow(wire, share),
  ({ torrent }, wire) => unchokeAtOnce(torrent, wire),
  // After strictness, so that it hears of a block first: one that was taken back is no answer to a later request.
  ({ fetching }, wire) => fetching()?.follow(wire),
  // Before the peer says whether it has the metadata.
  ({ metadata }, wire) => metadata?.follow(wire),
  // After the library's own listener, which it takes away.
  keepFromDht,
  ({ onClosed }, wire) => wire.on('close', () => setImmediate(onClosed)),
];

/** Called once for each, while the library tells of it: in `torrent.wires` it is by then, and nothing was sent but the handshake. */
export function followWire(deps: WireDeps, wire: Wire): void {
  for (const step of STEPS) step(deps, wire);
}

function allowListeners(_: WireDeps, wire: Wire): void {
  wire.setMaxListeners(0);
}

function banForBreach({ torrent, poison, send }: WireDeps, wire: Wire): void {
  beStrict(wire, torrent.pieceLength, (what, cause) => {
    const message = cause instanceof Error ? cause.message : what;
    send({ type: 'log', level: 'warn', event: 'peer-breach', detail: { what, message } });
    poison.ban(wire);
  });
}

function tellReached({ send }: WireDeps, wire: Wire): void {
  if (wire.type === 'webrtc') send({ type: 'reached', over: 'webrtc' });
  if (wire.type === 'tcpIncoming') send({ type: 'reached', over: 'tcp', address: wire.remoteAddress ?? '' });
}

/** A peer's DHT port is another address than the peer's: of a torrent of reach `site` nothing is sent there. */
function keepFromDht({ places }: WireDeps, wire: Wire): void {
  if (places().reach !== 'site') return;
  wire.removeAllListeners('port');
  wire.peerExtensions.dht = false;
}
