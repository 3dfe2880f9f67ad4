/** Rates on real connections: what each site's torrents moved is never more than its account let pass. */

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openSwarmClient, type SwarmClient } from '../../../host/bittorrent/engine/swarm-client.ts';
import { createMeter, type Meter } from '../../../host/bittorrent/peers/meter.ts';
import { isLocal } from '../../../host/platform/addresses.ts';
import { MOMENT_MS } from '../../../host/platform/pace.ts';
import {
  CHOKE,
  INTERESTED,
  message,
  PIECE,
  type RawMessage,
  REJECT,
  REQUEST,
  rawPeer,
  UNCHOKE,
} from '../../support/raw-peer.ts';
import { createHands } from '../../support/sites-room.ts';
import { event, type Home, hold, meeting, openHome, request, someBytes, until, wish } from '../../support/swarm.ts';

const RATE = 200_000;
const SLICE = 16 * 1024;

describe('two homes', () => {
  let holder: Home;
  let requester: Home;
  beforeAll(async () => {
    [holder, requester] = await Promise.all([openHome(), openHome()]);
  });
  afterAll(async () => {
    await Promise.all([holder.close(), requester.close()]);
  });

  it('keep each to its rates: of what one site asked for, of what another requested, and nothing else', async () => {
    const at = (by: string) => meeting(null, { by, peers: [`127.0.0.1:${holder.torrents.peerPort}`] });
    const files = { slowUp: someBytes(700_000), slowDown: someBytes(700_000), free: someBytes(8_000_000) };
    const names = ['slowUp', 'slowDown', 'free'] as const;
    const site = (name: string) => `https://${name.toLowerCase()}.example`;
    for (const name of names) await hold(holder, files[name]);
    holder.torrents.setLimits({ down: null, up: null, sites: new Map([[site('slowUp'), { down: null, up: RATE }]]) });
    requester.torrents.setLimits({
      down: null,
      up: null,
      sites: new Map([[site('slowDown'), { down: RATE, up: null }]]),
    });
    for (const name of names) request(holder, meeting(null, { by: site(name) }), [files[name].id]);
    const begin = performance.now();
    const done = new Map<string, number>();
    const verified = names.map(async name => {
      await event(requester.events, 'download.verified', ({ id }) => id === files[name].id);
      done.set(name, performance.now() - begin);
    });
    for (const name of names) requester.torrents.download(wish(files[name], [at(site(name))]));
    await Promise.all(verified);
    for (const name of ['slowUp', 'slowDown'] as const) {
      const permitted = (RATE * (done.get(name)! + MOMENT_MS)) / 1000 + SLICE;
      expect(files[name].bytes.length).toBeLessThanOrEqual(permitted);
    }
  });

  it('serve as many peers at once as there are slots, also when their number changes', async () => {
    const file = someBytes(300_000);
    await hold(holder, file);
    request(holder, meeting(null), [file.id]);
    const port = holder.torrents.peerPort;
    // One that has it all keeps no slot.
    const verified = event(requester.events, 'download.verified', ({ id }) => id === file.id);
    requester.torrents.download(wish(file, [meeting(null, { peers: [`127.0.0.1:${port}`] })]));
    await verified;
    const set = (uploadSlots: number | null) => holder.torrents.setLimits({ down: null, up: null, uploadSlots });
    set(2);
    const peers = await Promise.all(Array.from({ length: 4 }, () => rawPeer(port, file.infoHash)));
    const count = (state: number) =>
      peers.filter(({ heard }) => heard.findLast(({ type }) => type === CHOKE || type === UNCHOKE)?.type === state)
        .length;
    const answer = ({ type }: RawMessage) => type === PIECE || type === REJECT;
    for (const peer of peers) peer.send(message(INTERESTED), message(REQUEST, [0, 0, 16_384]));
    await until('each to be answered', () => peers.every(({ heard }) => heard.some(answer)));
    expect(peers.filter(({ heard }) => heard.find(answer)?.type === PIECE)).toHaveLength(2);
    set(null);
    await until('all to be served', () => count(UNCHOKE) === 4);
    set(1);
    await until('one to be served', () => count(CHOKE) === 3 && count(UNCHOKE) === 1);
    set(null);
    await until('all to be served again', () => count(UNCHOKE) === 4);
    for (const { socket } of peers) socket.destroy();
  });

  it('tell what moved on whose account', async () => {
    const file = someBytes(300_000);
    await hold(holder, file);
    const moved = { down: 0, up: 0 };
    const stops = [
      requester.events.on('bytes.moved', ({ by, id, down }) => {
        if (id === file.id && by.includes('https://site.example')) moved.down += down;
      }),
      holder.events.on('bytes.moved', ({ by, id, up, held }) => {
        if (id === file.id && held && by.includes('https://site.example')) moved.up += up;
      }),
    ];
    request(holder, meeting(null), [file.id]);
    const peers = [`127.0.0.1:${holder.torrents.peerPort}`];
    requester.torrents.download(wish(file, [meeting(null, { peers })]));
    await until('all bytes on the account of the site', () => moved.down >= 300_000 && moved.up >= 300_000);
    // The protocol's own messages count.
    expect(Math.max(moved.down, moved.up)).toBeLessThan(310_000);
    for (const stop of stops) stop();
  });
});

describe('the meter', () => {
  let swarm: SwarmClient;
  beforeAll(async () => {
    swarm = await openSwarmClient({ port: 0, version: '0.1.0', onTrouble() {} });
  });
  afterAll(() => swarm.close());

  /** A connection of the library's, from the point of view of its throttles. */
  function connection(address: string, sites: string[], meter: Meter) {
    type Follow = Parameters<Meter['follow']>;
    const pair = swarm.client.throttleGroups;
    const wire = {} as Follow[1];
    const peer = { wire, throttleGroups: pair, conn: { remoteAddress: address } };
    const torrent = { _peers: new Map([['peer', peer]]) } as unknown as Follow[0];
    const up = pair.up.throttle() as ReturnType<typeof pair.up.throttle> & { write(bytes: Uint8Array): void };
    let passed = 0;
    up.on('data', (bytes: Uint8Array) => {
      passed += bytes.length;
    });
    meter.follow(torrent, wire, () => sites);
    return { send: (bytes: number) => up.write(randomBytes(bytes)), passed: () => passed };
  }

  it('leaves the local network alone, unless it is to be limited too; loopback is no local network', async () => {
    const hands = createHands(0);
    const meter = createMeter(hands);
    meter.attach(swarm.client);
    const limits = { down: null, up: 1000, sites: new Map(), limitLan: false, uploadSlots: null };
    meter.set(limits);
    const lan = connection('192.168.1.7', [], meter);
    const far = connection('203.0.113.7', [], meter);
    lan.send(1_000_000);
    far.send(1_000_000);
    await until('all of it', () => lan.passed() === 1_000_000);
    expect(far.passed()).toBeLessThan(2_000);
    meter.set({ ...limits, limitLan: true });
    lan.send(1_000_000);
    await until('a turn of the loop', () => new Promise<true>(resolve => setImmediate(() => resolve(true))));
    expect(lan.passed()).toBeLessThan(1_002_000);
    meter.set({ ...limits, up: null });
    await until('all of both', () => lan.passed() === 2_000_000 && far.passed() === 1_000_000);
    expect(['10.0.0.1', '169.254.1.1', 'fe80::1', 'fd00::1', '::ffff:172.16.0.1'].every(isLocal)).toBe(true);
    expect(['127.0.0.1', '::1', '100.64.0.1', '203.0.113.7', '2001:db8::1', ''].some(isLocal)).toBe(false);
  });
});
