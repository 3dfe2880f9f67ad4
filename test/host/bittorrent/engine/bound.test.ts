/** With an address chosen for peers, nothing of a torrent leaves by another: counted in a network namespace with two ways out. */

import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareTorrent } from '../../../../host/bittorrent/metainfo.ts';
import { PORTS } from '../../../support/net/listeners.ts';
import { type SpeakingProcess, startScript } from '../../../support/net/process.ts';
import { hasNamespaces, type Internet, type Namespace, openInternet } from '../../../support/netns.ts';
import { type Described, someBytes, until } from '../../../support/swarm.ts';
import { type HomeProcess, startHome } from '../../../world/home.ts';

const CHOSEN = '10.1.0.2';
/** the way to everything that is called */
const OTHER = '10.2.0.2';
const WORLD = '10.2.0.1';
const ALL = ['dht', 'http tracker', 'lan discovery', 'peer', 'udp tracker', 'web seed', 'webrtc', 'ws tracker'];

const file = someBytes(300_000);
const later = someBytes(300_000);

describe.skipIf(!hasNamespaces)('all that a public download calls', () => {
  let internet: Internet;
  let us: Namespace;
  let world: SpeakingProcess;
  let site: SpeakingProcess;
  let home: HomeProcess;

  beforeEach(async () => {
    internet = openInternet();
    us = internet.namespace('us');
    const there = internet.namespace('world');
    internet.cable([us, 'chosen', `${CHOSEN}/24`], [there, 'a', '10.1.0.1/24']);
    internet.cable([us, 'other', `${OTHER}/24`], [there, 'b', `${WORLD}/24`]);
    for (const { run } of [us, there]) run('sysctl', '-q', 'net.ipv4.conf.all.rp_filter=0');
    us.rules(`table ip lsd {
      counter by_other {}
      chain out { type filter hook output priority 0; ip saddr ${OTHER} counter name by_other; }
    }`);
    world = await startScript('listeners.ts', [WORLD, '10.1.0.1'], there.prefix);
    site = await startScript('double.ts', [JSON.stringify([file, later].map(metadata))], us.prefix);
  });
  afterEach(async () => {
    await home?.[Symbol.asyncDispose]();
    await site[Symbol.asyncDispose]();
    await world[Symbol.asyncDispose]();
    internet[Symbol.dispose]();
  });

  async function start(settings: object): Promise<void> {
    const open = {
      dht: true,
      lan: true,
      dhtBootstrap: [`${WORLD}:${PORTS.dht}`],
      stun: [`stun:${WORLD}:${PORTS.stun}`],
    };
    home = await startHome([], undefined, { ...open, ...settings }, us.prefix);
    await home.call('site.grant', { origin: String(site.ready.origin), lan: true, reach: 'public' });
  }

  /** the services that were called, and from where */
  const calls = () => world.said.map(({ service, from }) => `${service} from ${from}`);
  const allFrom = (address: string) => ALL.map(service => `${service} from ${address}`);
  const heardAll = (address: string) =>
    until(`calls from ${address}`, () => allFrom(address).every(each => calls().includes(each))).catch(() => {});

  it('goes by the chosen address and by no other; when that is gone nothing is called, and again when it is back', async () => {
    await start({ peerAddress: CHOSEN });
    await home.call('request.add', { ids: [file.id] });
    await heardAll(CHOSEN);
    expect([...new Set(calls())].sort()).toEqual(allFrom(CHOSEN));

    us.run('ip', 'address', 'del', `${CHOSEN}/24`, 'dev', 'chosen');
    await until('the daemon to know', async () => (await home.call('daemon.status', {})).state === 'offline');
    world.said.length = 0;
    await home.call('request.add', { ids: [later.id] });
    await until('the engine to be waited for', async () => {
      const item = await home.call('item.status', { id: later.id });
      return 'reason' in item && item.reason === 'offline';
    });
    expect(calls()).toEqual([]);

    us.run('ip', 'address', 'add', `${CHOSEN}/24`, 'dev', 'chosen');
    await heardAll(CHOSEN);
    expect([...new Set(calls())].sort()).toEqual(allFrom(CHOSEN));
    expect(us.packets('by_other')).toBe(0);
  });

  it('waits for an address that is not there at the start, and lets peers in when it comes', async () => {
    us.run('ip', 'address', 'del', `${CHOSEN}/24`, 'dev', 'chosen');
    await start({ peerAddress: CHOSEN });
    expect(await home.call('daemon.status', {})).toMatchObject({
      state: 'offline',
      reachable: { state: 'no', because: 'address-gone' },
    });
    await home.call('request.add', { ids: [file.id] });
    expect(await home.call('item.status', { id: file.id })).toMatchObject({ state: 'waiting', reason: 'offline' });
    expect(us.run('ss', '-Hltn', `sport = :${home.ready.peer}`)).toBe('');

    us.run('ip', 'address', 'add', `${CHOSEN}/24`, 'dev', 'chosen');
    await heardAll(CHOSEN);
    expect([...new Set(calls())].sort()).toEqual(allFrom(CHOSEN));
    expect(us.run('ss', '-Hltn', `sport = :${home.ready.peer}`)).toContain(`${CHOSEN}:${home.ready.peer}`);
    expect(us.packets('by_other')).toBe(0);
  });

  it('follows an interface by its name', async () => {
    await start({ peerAddress: undefined, peerInterface: 'chosen' });
    await home.call('request.add', { ids: [file.id] });
    await heardAll(CHOSEN);
    expect([...new Set(calls())].sort()).toEqual(allFrom(CHOSEN));
    expect(us.packets('by_other')).toBe(0);
  });

  it('goes as the system has it where nothing was chosen', async () => {
    await start({ peerAddress: undefined });
    await home.call('request.add', { ids: [file.id] });
    await until('calls', () => ['peer', 'dht', 'webrtc'].every(each => calls().includes(`${each} from ${OTHER}`)));
    expect(us.packets('by_other')).toBeGreaterThan(0);
  });
});

function metadata({ id, infoHash, info, bytes }: Described) {
  const at = `${WORLD}:${PORTS.http}`;
  return {
    sha1: id,
    info_hash: infoHash,
    extension: 'mp4',
    size: bytes.length,
    torrent: Buffer.from(bareTorrent(info)).toString('base64'),
    trackers: [`http://${at}/announce`, `ws://${at}/announce`, `udp://${WORLD}:${PORTS.udp}`],
    webseeds: [`http://${at}/film.mp4`],
    peers: [`${WORLD}:${PORTS.peer}`],
  };
}
