/** Who a torrent is exchanged with, and where it is announced. */

import type { PeerView, TrackerView } from '../../shared/browse.ts';
import { Facts } from '../ui/facts.tsx';
import { duration, percent, rate } from '../ui/format.ts';
import { say } from '../ui/say.ts';

export function Peers({ peers }: { peers: readonly PeerView[] }) {
  return (
    <section aria-labelledby="peers">
      <h3 id="peers">{say('peers.title')}</h3>
      {peers.length === 0 && <p class="quiet">{say('peers.none')}</p>}
      <ul class="list">
        {peers.map((peer, at) => (
          <li key={`${peer.address} ${at}`}>
            <div class="row">
              <bdi class="peer-address" dir="ltr">
                {peer.address ?? say('peers.webrtc')}
              </bdi>
              <span class="peer-rates">{ratesOf(peer)}</span>
            </div>
            <Facts facts={peerFacts(peer)} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function ratesOf({ rates }: PeerView): string {
  const parts = [rates.down > 0 && `↓ ${rate(rates.down)}`, rates.up > 0 && `↑ ${rate(rates.up)}`];
  return parts.filter(Boolean).join('  ');
}

function peerFacts({ client, progress, over, incoming, encrypted, address }: PeerView): string[] {
  return [
    ...(client ? [client] : []),
    `${say('peers.progress')} ${percent(progress)}`,
    ...(over === 'webrtc' && address !== null ? [say('peers.webrtc')] : []),
    ...(over === 'webseed' ? [say('peers.webseed')] : []),
    ...(over === 'tcp' ? [say(incoming ? 'peers.incoming' : 'peers.outgoing')] : []),
    ...(encrypted ? [say('peers.encrypted')] : []),
  ];
}

export function Trackers({ trackers }: { trackers: readonly TrackerView[] }) {
  return (
    <section aria-labelledby="trackers">
      <h3 id="trackers">{say('trackers.title')}</h3>
      {trackers.length === 0 && <p class="quiet">{say('trackers.none')}</p>}
      <ul class="list">
        {trackers.map(tracker => (
          <li key={tracker.url}>
            <bdi class="peer-address" dir="ltr">
              {tracker.url}
            </bdi>
            <Facts facts={trackerFacts(tracker)} />
            {tracker.message !== undefined && (
              <p class="bad">
                <bdi>{tracker.message}</bdi>
              </p>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function trackerFacts({ state, seeders, leechers, nextIn }: TrackerView): string[] {
  return [
    say(`trackers.${state}`),
    ...(seeders === null ? [] : [say('trackers.seeders', { n: seeders })]),
    ...(leechers === null ? [] : [say('trackers.leechers', { n: leechers })]),
    ...(nextIn === null || nextIn === 0 ? [] : [say('trackers.next', { time: duration(nextIn) })]),
  ];
}
