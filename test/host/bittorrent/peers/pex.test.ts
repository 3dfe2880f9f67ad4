/** What a peer is told of the others, and when. */

import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPex, type Pex } from '../../../../host/bittorrent/peers/pex.ts';

/** What of a connection concerns peer exchange. */
class FakeWire extends EventEmitter {
  destroyed = false;
  extendedHandshake = {};
  peerExtendedHandshake: Record<string, unknown> = {};
  peerExtendedMapping: Record<string, number> = {};
  /** the messages that it was sent */
  told: string[] = [];
  private fresh: string[] = [];
  ut_pex = {
    addPeer: (address: string) => void this.fresh.push(`+${address}`),
    dropPeer: (address: string) => void this.fresh.push(`-${address}`),
    _sendMessage: () => void this.told.push(this.fresh.splice(0).join(' ')),
    onMessage: () => {},
  };
  readonly type: 'tcpIncoming' | 'tcpOutgoing';
  readonly remoteAddress: string;
  readonly remotePort: number;
  constructor(type: FakeWire['type'], host: string, port: number) {
    super();
    this.type = type;
    this.remoteAddress = host;
    this.remotePort = port;
  }
  shakesHands(p?: number) {
    this.peerExtendedHandshake = p === undefined ? {} : { p };
    this.peerExtendedMapping = { ut_pex: 1 };
    this.emit('extended', 'handshake');
  }
}

const follow = (pex: Pex, wire: FakeWire) => pex.follow(wire as unknown as Parameters<Pex['follow']>[0]);
const open = () => createPex({ torrent: { private: false } as Parameters<typeof createPex>[0]['torrent'], port: 1 });
const [HOLDER, LAST] = ['192.0.2.1', '192.0.2.3'];

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('peer exchange', () => {
  it.each([
    ['the one that is told', 0],
    ['the one that is told of', 1],
  ])('tells at once, also where the handshake of %s comes late', async (_, late) => {
    const pex = open();
    const [last, holder] = [new FakeWire('tcpIncoming', LAST, 50_000), new FakeWire('tcpOutgoing', HOLDER, 6881)];
    for (const wire of [last, holder]) follow(pex, wire);
    const shake = [() => last.shakesHands(6883), () => holder.shakesHands()];
    shake[1 - late]?.();
    await vi.advanceTimersByTimeAsync(30_000);
    expect([...last.told, ...holder.told]).toEqual([]);
    shake[late]?.();
    await vi.advanceTimersByTimeAsync(0);
    expect([last.told, holder.told]).toEqual([[`+${HOLDER}:6881`], [`+${LAST}:6883`]]);
  });

  it('does not tell that a peer left while another connection to it stands', async () => {
    const pex = open();
    const last = new FakeWire('tcpIncoming', LAST, 50_000);
    const both = [new FakeWire('tcpOutgoing', HOLDER, 6881), new FakeWire('tcpIncoming', HOLDER, 50_001)];
    for (const wire of [last, ...both]) follow(pex, wire);
    last.shakesHands(6883);
    for (const wire of both) wire.shakesHands(6881);
    await vi.advanceTimersByTimeAsync(0);
    both[0]?.emit('close');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(last.told.join(' ')).not.toContain('-');
    both[1]?.emit('close');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(last.told.at(-1)).toBe(`-${HOLDER}:6881`);
  });
});
