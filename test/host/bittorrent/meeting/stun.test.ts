import { describe, expect, it } from 'vitest';
import { checkedStun, isStunServer } from '../../../../host/bittorrent/meeting/stun.ts';
import { createNet } from '../../../../host/platform/net.ts';

describe('a STUN server', () => {
  it.each([
    ['stun:stun.example', true],
    ['stun:stun.example:19302', true],
    ['STUN:45.33.0.1', true],
    ['stun:[2600:3c00::1]:3478', true],
    ['stuns:stun.example', false],
    ['turn:stun.example', false],
    ['stun:stun.example:port', false],
    ['stun:', false],
  ])('is named by %s: %s', (url, expected) => expect(isStunServer(url)).toBe(expected));

  it('is asked by the address that was checked', async () => {
    const net = createNet({
      resolve: new Map([
        ['stun.example', '45.33.0.1'],
        ['home.example', '192.168.1.1'],
      ]),
    });
    const ask = (at: string, lan = false) => checkedStun(net, { at, lan });
    expect(await ask('stun:stun.example:19302')).toBe('stun:45.33.0.1:19302');
    expect(await ask('stun:[2600:3c00::1]')).toBe('stun:[2600:3c00::1]:3478');
    expect(await ask('stun:home.example')).toBeNull();
    expect(await ask('stun:home.example', true)).toBe('stun:192.168.1.1:3478');
    await net.close();
  });
});
