/** Two houses, each behind a router that shares one address and lets nobody in: their daemons meet over WebRTC. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type SpeakingProcess, startScript } from '../../support/net/process.ts';
import { hasNamespaces, type Internet, masquerade, type Namespace, openInternet } from '../../support/netns.ts';
import { someBytes } from '../../support/swarm.ts';
import { type HomeProcess, startHome } from '../../world/home.ts';
import { arrived, join, request, share } from '../../world/site.ts';
import { until } from '../../world/until.ts';

/** Public addresses, in namespaces that know of no other internet. */
const SITE = '45.33.1.1';

const film = someBytes(2_000_000);

describe.skipIf(!hasNamespaces)('two houses behind routers', () => {
  let internet: Internet;
  let world: Namespace;
  let site: SpeakingProcess;
  let [ann, bob]: HomeProcess[] = [];
  let folder: string;

  /** A house behind a router of its own, at `45.33.NUMBER.2`. */
  async function houseOf(number: number): Promise<HomeProcess> {
    const [house, gateway] = [internet.namespace(`house${number}`), internet.namespace(`gateway${number}`)];
    internet.cable([house, 'eth', `192.168.${number}.2/24`], [gateway, 'lan', `192.168.${number}.1/24`]);
    internet.cable([gateway, 'wan', `45.33.${number}.2/24`], [world, `to${number}`, `45.33.${number}.1/24`]);
    house.run('ip', 'route', 'add', 'default', 'via', `192.168.${number}.1`);
    gateway.run('ip', 'route', 'add', 'default', 'via', `45.33.${number}.1`);
    gateway.run('sysctl', '-q', 'net.ipv4.ip_forward=1');
    gateway.rules(masquerade('wan'));
    return startHome([], undefined, { peerAddress: undefined }, house.prefix);
  }

  beforeEach(async () => {
    internet = openInternet();
    world = internet.namespace('world');
    world.run('sysctl', '-q', 'net.ipv4.ip_forward=1');
    [ann, bob] = await Promise.all([houseOf(1), houseOf(2)]);
    site = await startScript('archive.ts', [SITE, 'ann', 'bob'], world.prefix);
    folder = await mkdtemp(joinPath(tmpdir(), 'lsd-house-'));
    await writeFile(joinPath(folder, 'film.mp4'), film.bytes);
  });
  afterEach(async () => {
    await Promise.all([ann, bob].map(home => home?.[Symbol.asyncDispose]()));
    await site[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    internet[Symbol.dispose]();
  });

  it("meet with the site's STUN server where both people allow it, and know that they are reached so only", async () => {
    const origin = String(site.ready.origin);
    await join(ann!, origin, 'ann');
    await share(ann!, folder, origin);
    await join(bob!, origin, 'bob');
    await request(bob!, film.id);
    await until('nobody to be found', async () => {
      const item = await bob!.call('item.status', { id: film.id });
      return 'reason' in item && item.reason === 'no-peers';
    });
    expect(site.said).toEqual([]);

    for (const home of [ann!, bob!]) {
      expect((await home.call('daemon.status', {})).reachable).toEqual({ state: 'unknown', mapping: 'off' });
      expect(await home.cli(['site', 'add', origin, '--stun'])).toMatchObject({ code: 0 });
    }
    expect((await arrived(bob!, film.id)).equals(film.bytes)).toBe(true);
    for (const [home, number] of [
      [ann!, 1],
      [bob!, 2],
    ] as const) {
      expect(site.said).toContainEqual({ service: 'stun', from: `45.33.${number}.2` });
      expect((await home.call('daemon.status', {})).reachable).toEqual({ state: 'webrtc' });
      expect((await home.cli(['status'])).stdout).toContain('others can reach you: only over WebRTC');
    }
  });
});
