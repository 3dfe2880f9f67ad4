/** Who is hung up on because it says nothing, and when. */

import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { createSilence, type Silence } from '../../../../host/bittorrent/peers/silence.ts';

type Torrent = Parameters<Silence['follow']>[0];
type Wire = Parameters<Silence['follow']>[1];

class FakeWire extends EventEmitter {
  destroyed = false;
  readonly type: string;
  constructor(type: string) {
    super();
    this.type = type;
  }
  destroy() {
    this.destroyed = true;
    this.emit('close');
  }
}

interface Heard {
  bytesRead: number;
  /** bytes that were read, and not given to the wire yet */
  readableLength: number;
}

/** Looks are the test's to make; so many of them are three minutes. */
const LOOKS = 6;

function stand() {
  let look = () => {};
  let everyMs = 0;
  const silence = createSilence((ms, work) => {
    [look, everyMs] = [work, ms];
    return () => {};
  });
  const peers = new Map<string, { wire: FakeWire; conn: Heard }>();
  const follow = (conn: Heard, type = 'tcpIncoming') => {
    const wire = new FakeWire(type);
    peers.set(String(peers.size), { wire, conn });
    silence.follow({ _peers: peers } as unknown as Torrent, wire as unknown as Wire);
    return wire;
  };
  const lookOn = (times: number) => {
    for (let n = 0; n < times; n++) look();
  };
  return { follow, lookOn, everyMs };
}

const heard = (bytesRead = 68): Heard => ({ bytesRead, readableLength: 0 });

describe('a connection', () => {
  it.each(['tcpIncoming', 'tcpOutgoing'])('on which nothing comes for three minutes ends: %s', type => {
    const { follow, lookOn, everyMs } = stand();
    expect(LOOKS * everyMs).toBe(180_000);
    const wire = follow(heard(), type);
    lookOn(LOOKS);
    expect(wire.destroyed).toBe(false);
    lookOn(1);
    expect(wire.destroyed).toBe(true);
  });

  it('on which a keep-alive comes every two minutes stays', () => {
    const { follow, lookOn } = stand();
    const said = heard();
    const wire = follow(said);
    for (let n = 0; n < 10; n++) {
      lookOn(4);
      said.bytesRead += 4;
    }
    expect(wire.destroyed).toBe(false);
    lookOn(1 + LOOKS);
    expect(wire.destroyed).toBe(true);
  });

  it('of which something waits to be taken, held to a rate, stays', () => {
    const { follow, lookOn } = stand();
    const wire = follow({ bytesRead: 100_000, readableLength: 65_536 });
    lookOn(3 * LOOKS);
    expect(wire.destroyed).toBe(false);
  });

  it.each(['webrtc', 'webSeed'])('that is no TCP connection to a peer is left alone: %s', type => {
    const { follow, lookOn } = stand();
    const wire = follow(heard(), type);
    lookOn(3 * LOOKS);
    expect(wire.destroyed).toBe(false);
  });
});
