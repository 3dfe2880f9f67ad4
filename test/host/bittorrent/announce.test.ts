import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { type AnnounceState, announceAfter } from '../../../host/bittorrent/announce.ts';
import { hold, meeting, openHome, request, someBytes } from '../../support/swarm.ts';

const calm: AnnounceState = { urgent: false, round: 0, interval: 0, minInterval: 0 };

describe('the next announce', () => {
  it('comes after 5, 10, 20 and 40 s, and then each minute, while there is no peer', () => {
    const times = [0, 1, 2, 3, 4, 5, 100].map(round => announceAfter({ ...calm, urgent: true, round }, 1));
    expect(times).toEqual([5, 10, 20, 40, 60, 60, 60]);
  });

  it.each<[string, Partial<AnnounceState>, number]>([
    ['never under the least interval of the tracker', { urgent: true, minInterval: 30 }, 30],
    ['at the interval of the tracker where there are peers', { interval: 900, round: 3 }, 900],
    ['after half an hour where the tracker has none', {}, 1800],
    ['at the least interval where the other is shorter', { interval: 60, minInterval: 120 }, 120],
  ])('comes %s', (_, state, seconds) => {
    expect(announceAfter({ ...calm, ...state }, 0)).toBe(seconds);
  });

  it('is up to a tenth later where there is no hurry, and never earlier', () => {
    const times = [0, 0.5, 1].map(random => announceAfter({ ...calm, interval: 1000, minInterval: 1000 }, random));
    expect(times).toEqual([1000, 1050, 1100]);
  });
});

describe('a WebSocket tracker', () => {
  it('that ends the connection hears of us again within seconds', async () => {
    await using stack = new AsyncDisposableStack();
    const tracker = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(tracker, 'listening');
    stack.defer(() => tracker.close());
    const home = await openHome();
    stack.defer(() => home.close());
    const file = someBytes(300_000);
    await hold(home, file);

    /** a connection, and what was said first on it */
    const heard = async () => {
      const [connection] = await once(tracker, 'connection');
      const [message] = await once(connection, 'message');
      return { connection, said: JSON.parse(String(message)) };
    };
    const first = heard();
    request(home, meeting(`ws://127.0.0.1:${(tracker.address() as AddressInfo).port}`), [file.id]);
    const { connection, said } = await first;
    expect(said).toMatchObject({ action: 'announce', event: 'started', left: 0 });
    const second = heard();
    connection.terminate();
    expect((await second).said).toMatchObject({ action: 'announce', event: 'started', left: 0 });
  });
});
