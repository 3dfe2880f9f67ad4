/** Houses each behind a router that shares one address and lets nobody in: they meet over WebRTC. */

import { chmod, copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import puppeteer, { type Page } from 'puppeteer-core';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { CHROMIUM_FLAGS, EXECUTABLES, LEFT_TO_US } from '../../support/browsers.ts';
import { type SpeakingProcess, startScript } from '../../support/net/process.ts';
import { hasNamespaces, type Internet, masquerade, type Namespace, openInternet } from '../../support/netns.ts';
import { type Film, makeFilm } from '../../world/film.ts';
import { type HomeProcess, startHome } from '../../world/home.ts';
import { arrived, join, PASSWORD, request, share } from '../../world/site.ts';
import { until } from '../../world/until.ts';
import { untilPlaying } from '../../world/visitor.ts';

/** Public addresses, in namespaces that know of no other internet. */
const SITE = '45.33.1.1';
const STUN = `stun:${SITE}:3478`;
const PAGE_PORT = 8001;

describe.skipIf(!hasNamespaces)('behind routers', () => {
  let film: Film;
  let internet: Internet;
  let world: Namespace;
  let site: SpeakingProcess;
  let origin: string;
  let ann: HomeProcess;
  let folder: string;
  let stack: AsyncDisposableStack;

  /** What listens on loopback there, at the same port of its public address. */
  function reachOwnServices({ run, rules }: Namespace): void {
    run('sysctl', '-q', 'net.ipv4.conf.all.route_localnet=1');
    rules(`table ip services {
      chain in { type nat hook prerouting priority dstnat; ip daddr ${SITE} tcp dport 8000 dnat to 127.0.0.1; }
    }`);
  }

  /** A house behind a router of its own, at `45.33.NUMBER.2`. */
  function houseOf(number: number): Namespace {
    const [house, gateway] = [internet.namespace(`house${number}`), internet.namespace(`gateway${number}`)];
    internet.cable([house, 'eth', `192.168.${number}.2/24`], [gateway, 'lan', `192.168.${number}.1/24`]);
    internet.cable([gateway, 'wan', `45.33.${number}.2/24`], [world, `to${number}`, `45.33.${number}.1/24`]);
    house.run('ip', 'route', 'add', 'default', 'via', `192.168.${number}.1`);
    gateway.run('ip', 'route', 'add', 'default', 'via', `45.33.${number}.1`);
    gateway.run('sysctl', '-q', 'net.ipv4.ip_forward=1');
    gateway.rules(masquerade('wan'));
    return house;
  }

  async function homeIn(house: Namespace): Promise<HomeProcess> {
    return stack.use(await startHome([], undefined, { peerAddress: undefined }, house.prefix));
  }

  beforeAll(async () => {
    film = await makeFilm(10, 400);
  });
  beforeEach(async () => {
    stack = new AsyncDisposableStack();
    internet = stack.use(openInternet());
    world = internet.namespace('world');
    world.run('sysctl', '-q', 'net.ipv4.ip_forward=1');
    const house = houseOf(1);
    reachOwnServices(world);
    site = stack.use(await startScript('archive.ts', [SITE, 'ann', 'bob'], world.prefix));
    origin = String(site.ready.origin);
    ann = await homeIn(house);
    folder = await mkdtemp(joinPath(tmpdir(), 'lsd-house-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await copyFile(film.path, joinPath(folder, 'film.mp4'));
    await join(ann, origin, 'ann');
    await share(ann, folder, origin);
  });
  afterEach(() => stack.disposeAsync());

  const allow = (home: HomeProcess) => home.cli(['site', 'add', origin, '--stun']);
  const reachable = async (home: HomeProcess) => (await home.call('daemon.status', {})).reachable;

  it("two people meet with the site's STUN server where both allow it, and know that they are reached so only", async () => {
    const bob = await homeIn(houseOf(2));
    await join(bob, origin, 'bob');
    await request(bob, film.id);
    await until('nobody to be found', async () => {
      const item = await bob.call('item.status', { id: film.id });
      return 'reason' in item && item.reason === 'no-peers';
    });
    expect(site.said).toEqual([]);

    for (const home of [ann, bob]) {
      expect(await reachable(home)).toEqual({ state: 'unknown', mapping: 'off' });
      expect(await allow(home)).toMatchObject({ code: 0 });
    }
    expect((await arrived(bob, film.id)).equals(await readFile(film.path))).toBe(true);
    for (const [number, home] of [ann, bob].entries()) {
      expect(site.said).toContainEqual({ service: 'stun', from: `45.33.${number + 1}.2` });
      expect(await reachable(home)).toEqual({ state: 'webrtc' });
      expect((await home.cli(['status'])).stdout).toContain('others can reach you: only over WebRTC');
    }
  });

  it('a page plays without LSD what the site asked for', async () => {
    await allow(ann);
    stack.use(await startScript('page.ts', [SITE, String(PAGE_PORT)], world.prefix));
    const page = await pageIn(houseOf(2));
    await page.goto(origin);
    const { info_hash, trackers } = await askAs(page, 'bob');
    const meeting = trackers.filter(each => each.startsWith('ws:')).map(each => `&tr=${encodeURIComponent(each)}`);
    const magnet = `magnet:?xt=urn:btih:${info_hash}${meeting.join('')}`;
    await page.goto(`http://${SITE}:${PAGE_PORT}/?film=${encodeURIComponent(magnet)}&stun=${STUN}`);
    await page.waitForFunction(() => document.querySelector('video')?.src);
    await untilPlaying(page);
    await page.waitForFunction(() => document.title === 'all of the film');
    expect(await reachable(ann)).toEqual({ state: 'webrtc' });
  });

  /** As a site does for a visitor who has no LSD: asks for the film in an account's name. */
  function askAs(page: Page, username: string): Promise<{ info_hash: string; trackers: string[] }> {
    return page.evaluate(
      async (credentials, id) => {
        const call = async (action: string, data: object) => {
          const headers = { 'Content-Type': 'application/json' };
          const reply = await fetch('/api/', { method: 'POST', headers, body: JSON.stringify({ action, data }) });
          return (await reply.json()).data;
        };
        await call('signin', credentials);
        return (await call('addRequests', { ids: [id] }))[0];
      },
      { username, password: PASSWORD },
      film.id,
    );
  }

  /** Chromium without the extension, in a namespace. */
  async function pageIn(house: Namespace): Promise<Page> {
    const program = joinPath(folder, 'chromium.sh');
    await writeFile(program, `#!/bin/sh\nexec ${house.prefix.join(' ')} ${EXECUTABLES.chromium} "$@"\n`);
    await chmod(program, 0o755);
    const browser = await puppeteer.launch({
      executablePath: program,
      headless: true,
      pipe: true,
      ...LEFT_TO_US,
      args: [
        ...CHROMIUM_FLAGS,
        // A service worker wants a secure page.
        `--unsafely-treat-insecure-origin-as-secure=http://${SITE}:${PAGE_PORT}`,
      ],
    });
    stack.defer(() => browser.close());
    return browser.newPage();
  }
});
