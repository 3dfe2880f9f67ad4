/** Two peers that dial each other at once, in each order in which their connections can come and go. */

import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { dropDuplicate } from '../../../../host/bittorrent/peers/duplicates.ts';
import { spareNeedlessDials } from '../../../../host/bittorrent/peers/needless-dials.ts';

const [SMALL, LARGE] = ['2d4c53303130302d01', '2d4c53303130302d02'];
const HOST = '192.0.2.7';
const ADDRESS = `${HOST}:6881`;

/** What of a connection concerns dialling. */
class FakeWire extends EventEmitter {
  peerExtendedHandshake: Record<string, unknown> = {};
  readonly torrent: FakeTorrent;
  readonly type: 'tcpIncoming' | 'tcpOutgoing';
  readonly peerId: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  constructor(torrent: FakeTorrent, type: FakeWire['type'], peerId: string, host = HOST) {
    super();
    this.torrent = torrent;
    this.type = type;
    this.peerId = peerId;
    this.remoteAddress = host;
    this.remotePort = type === 'tcpOutgoing' ? 6881 : 50_000;
  }
  says(p: number) {
    this.peerExtendedHandshake = { p };
    this.emit('extended', 'handshake');
  }
  /** As the library does: it leaves the list at once, and says so later. */
  destroy() {
    this.torrent.wires = this.torrent.wires.filter(each => each !== this);
    queueMicrotask(() => this.emit('close'));
  }
}

class FakeTorrent {
  wires: FakeWire[] = [];
  destroyed = false;
  dialled: string[] = [];
  client = { peerId: SMALL };
  _addPeer(address: string) {
    this.dialled.push(address);
    return {};
  }
}

type Torrent = Parameters<typeof spareNeedlessDials>[0];
type Wire = Parameters<ReturnType<typeof spareNeedlessDials>>[0];

function stand(ownId = SMALL) {
  const torrent = new FakeTorrent();
  torrent.client.peerId = ownId;
  const real = torrent as unknown as Torrent;
  const follow = spareNeedlessDials(real);
  const meet = (type: FakeWire['type'], peerId: string, host?: string) => {
    const wire = new FakeWire(torrent, type, peerId, host);
    torrent.wires.push(wire);
    dropDuplicate(real, wire as unknown as Wire);
    follow(wire as unknown as Wire);
    return wire;
  };
  const dial = (address = ADDRESS) => void real._addPeer(address, 'tcp', 'ut_pex');
  return { torrent, meet, dial };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('of two connections to one peer', () => {
  it.each([
    ['we dialled, when our id is the larger one', LARGE, SMALL, 'tcpOutgoing'],
    ['it dialled, when its id is the larger one', SMALL, LARGE, 'tcpIncoming'],
  ] as const)('the one stays that %s, whichever came first', async (_, ours, theirs, kept) => {
    for (const order of [['tcpIncoming', 'tcpOutgoing'] as const, ['tcpOutgoing', 'tcpIncoming'] as const]) {
      const { torrent, meet } = stand(ours);
      for (const type of order) meet(type, theirs);
      await vi.advanceTimersByTimeAsync(2_900);
      expect(torrent.wires).toHaveLength(2);
      await vi.advanceTimersByTimeAsync(200);
      expect(torrent.wires.map(({ type }) => type)).toEqual([kept]);
    }
  });

  it.each(['tcpIncoming', 'tcpOutgoing'] as const)('both stay never away: %s had died just before', async dead => {
    for (const ours of [SMALL, LARGE]) {
      const { torrent, meet } = stand(ours);
      const both = [
        meet('tcpIncoming', ours === SMALL ? LARGE : SMALL),
        meet('tcpOutgoing', ours === SMALL ? LARGE : SMALL),
      ];
      await vi.advanceTimersByTimeAsync(2_999);
      // Its end is told only after the choice.
      torrent.wires = both.filter(({ type }) => type !== dead);
      await vi.advanceTimersByTimeAsync(1);
      expect(torrent.wires).toHaveLength(1);
    }
  });

  it('both stay where they come from two hosts: anyone may say that it is a peer that is connected', async () => {
    const { torrent, meet } = stand();
    meet('tcpOutgoing', LARGE);
    meet('tcpIncoming', LARGE, '192.0.2.8');
    await vi.advanceTimersByTimeAsync(5_000);
    expect(torrent.wires).toHaveLength(2);
  });

  it('the one that went is not dialled again, whoever ended it, until the other is gone too', async () => {
    const { torrent, meet, dial } = stand(LARGE);
    const outgoing = meet('tcpOutgoing', SMALL);
    const incoming = meet('tcpIncoming', SMALL);
    outgoing.destroy();
    // The library tries again after a second, and whoever tells of the peer tells of it again.
    await vi.advanceTimersByTimeAsync(1_000);
    dial();
    dial();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(torrent.dialled).toEqual([]);
    incoming.destroy();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(torrent.dialled).toEqual([ADDRESS]);
  });
});

describe('a peer that dialled us', () => {
  it('is not dialled where it says that it listens, while it is connected', async () => {
    const { torrent, meet, dial } = stand();
    const wire = meet('tcpIncoming', LARGE);
    dial();
    expect(torrent.dialled).toEqual([ADDRESS]);
    wire.says(6881);
    dial();
    expect(torrent.dialled).toEqual([ADDRESS]);
    wire.destroy();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(torrent.dialled).toEqual([ADDRESS, ADDRESS]);
  });

  it('is not dialled when it leaves, where nobody told us to', async () => {
    const { torrent, meet } = stand();
    const wire = meet('tcpIncoming', LARGE);
    wire.says(6881);
    wire.destroy();
    await vi.advanceTimersByTimeAsync(60_000);
    expect(torrent.dialled).toEqual([]);
  });

  it('keeps nobody from being dialled at another host or port', () => {
    const { torrent, meet, dial } = stand();
    meet('tcpIncoming', LARGE).says(6881);
    dial(`${HOST}:6882`);
    dial('192.0.2.8:6881');
    expect(torrent.dialled).toEqual([`${HOST}:6882`, '192.0.2.8:6881']);
  });

  it('keeps nobody from being dialled by his peer id', () => {
    const { torrent, meet, dial } = stand();
    meet('tcpOutgoing', LARGE).destroy();
    meet('tcpIncoming', LARGE, '192.0.2.66').says(6881);
    dial();
    expect(torrent.dialled).toEqual([ADDRESS]);
  });
});
