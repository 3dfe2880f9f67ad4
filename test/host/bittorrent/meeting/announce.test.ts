import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, type TestContext } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { type AnnounceState, announceAfter } from '../../../../host/bittorrent/meeting/announce.ts';
import type { TorrentsDeps } from '../../../../host/bittorrent/torrents.ts';
import type { AddressRanges } from '../../../../host/core/preferences.ts';
import { parseRanges } from '../../../../host/platform/address-ranges.ts';
import { hold, meeting, openHome, openTracker, request, someBytes, until, wish } from '../../../support/swarm.ts';

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

/** All wait out the first 5 s. */
describe('a WebSocket tracker', { concurrent: true }, () => {
  it('that ends the connection hears of us again within seconds', async context => {
    const { tracker, file } = await openMeeting(context);
    const first = await tracker.heard();
    expect(first.said).toMatchObject({ action: 'announce', event: 'started', left: 0 });
    first.connection.terminate();
    expect(file.infoHash).toBe(infoHashOf((await tracker.heard()).said));
  });

  it('where somebody wants the file gets other offers for him, when those of the first announce led to nothing', async context => {
    const { tracker } = await openMeeting(context);
    const offers = async () => {
      const { connection, said } = await tracker.heard();
      const counts = { interval: 600, complete: 1, incomplete: 1 };
      connection.send(JSON.stringify({ action: 'announce', info_hash: said.info_hash, ...counts }));
      return said.offers.map(each => each.offer_id);
    };
    const [first, second] = [await offers(), await offers()];
    expect(first).not.toHaveLength(0);
    expect(second).toHaveLength(first.length);
    expect(first.filter(each => second.includes(each))).toEqual([]);
  });
});

describe('a tracker whose address is blocked', { concurrent: true }, () => {
  const LOOPBACK = [parseRanges('loopback:127.0.0.0-127.255.255.255').ranges];

  it('over WebSocket is let go at once, and hears of us again when it is not blocked any more', async context => {
    const blocked: AddressRanges[] = [];
    const { tracker, home } = await openMeeting(context, { addresses: { all: () => blocked } });
    const { connection } = await tracker.heard();
    const gone = once(connection, 'close');
    blocked.push(...LOOPBACK);
    home.events.emit('addresses.changed', {});
    await gone;
    blocked.splice(0);
    home.events.emit('addresses.changed', {});
    expect((await tracker.heard()).connection).not.toBe(connection);
  });

  it('over UDP is asked no more', async ({ onTestFinished }) => {
    const tracker = await openTracker();
    onTestFinished(tracker.close);
    let announces = 0;
    for (const kind of ['start', 'update']) tracker.server.on(kind, () => announces++);
    const blocked: AddressRanges[] = [];
    const home = await openHome({}, { addresses: { all: () => blocked } });
    onTestFinished(() => home.close());
    const file = someBytes(300_000);
    home.torrents.download(wish(file, [meeting(tracker.udp)]));
    const said = async () => (await home.torrents.inspect(file.id))[0]?.trackers[0];
    await until('an answer', async () => (await said())?.state === 'answered');
    blocked.push(...LOOPBACK);
    home.events.emit('addresses.changed', {});
    const before = announces;
    await until('the next announce', async () => /list of blocked addresses/.test((await said())?.message ?? ''));
    expect(announces).toBe(before);
  });
});

/** A home that is asked for a file, and announces it at this tracker. */
async function openMeeting({ onTestFinished }: TestContext, deps: Partial<TorrentsDeps> = {}) {
  const tracker = await openSilentTracker();
  onTestFinished(tracker.close);
  const home = await openHome({}, deps);
  onTestFinished(() => home.close());
  const file = someBytes(300_000);
  await hold(home, file);
  request(home, meeting(tracker.url), [file.id]);
  return { tracker, home, file };
}

interface Said {
  info_hash: string;
  offers: { offer_id: string }[];
}

/** It answers what the test answers. */
async function openSilentTracker() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(server, 'listening');
  const messages: { connection: WebSocket; said: Said }[] = [];
  server.on('connection', connection =>
    connection.on('message', message => messages.push({ connection, said: JSON.parse(String(message)) })),
  );
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    /** what was said next, and on which connection */
    heard: () => until('an announce', () => messages.shift()),
    close() {
      for (const connection of server.clients) connection.terminate();
      server.close();
    },
  };
}

function infoHashOf({ info_hash }: Said): string {
  return Buffer.from(info_hash, 'latin1').toString('hex');
}
