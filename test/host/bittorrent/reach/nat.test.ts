/** A house behind a router that shares one address: the router is asked to open the peer port, with consent only. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startScript } from '../../../support/net/process.ts';
import { hasMiniupnpd, startRouter } from '../../../support/net/router.ts';
import { hasNamespaces, type Internet, masquerade, type Namespace, openInternet } from '../../../support/netns.ts';
import { someBytes } from '../../../support/swarm.ts';
import { type HomeProcess, startHome } from '../../../world/home.ts';
import { until } from '../../../world/until.ts';

/** Public addresses, in namespaces that know of no other internet. */
const ROUTER = '45.33.0.1';
const STRANGER = '45.33.0.2';

const file = someBytes(300_000);

describe.skipIf(!hasNamespaces || !hasMiniupnpd)('a house behind a router', () => {
  let internet: Internet;
  let house: Namespace;
  let gateway: Namespace;
  let outside: Namespace;
  let home: HomeProcess;
  let folder: string;

  beforeEach(async () => {
    internet = openInternet();
    house = internet.namespace('house');
    gateway = internet.namespace('gateway');
    outside = internet.namespace('outside');
    internet.cable([house, 'eth', '192.168.1.2/24'], [gateway, 'lan', '192.168.1.1/24']);
    internet.cable([gateway, 'wan', `${ROUTER}/24`], [outside, 'eth', `${STRANGER}/24`]);
    house.run('ip', 'route', 'add', 'default', 'via', '192.168.1.1');
    gateway.run('sysctl', '-q', 'net.ipv4.ip_forward=1');
    gateway.rules(masquerade('wan'));
    folder = await mkdtemp(join(tmpdir(), 'lsd-house-'));
    await writeFile(join(folder, 'film.mp4'), file.bytes);
    home = await startHome([], undefined, { peerAddress: undefined }, house.prefix);
    await home.call('folder.add', { path: folder, everyone: true });
    await home.call('folder.wait', { path: folder });
  });
  afterEach(async () => {
    await home[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
    internet[Symbol.dispose]();
  });

  const reachable = async () => (await home.call('daemon.status', {})).reachable;
  /** A stranger's handshake is answered. */
  async function letsIn(): Promise<boolean> {
    const peer = await startScript('handshake.ts', [ROUTER, String(home.ready.peer), file.infoHash], outside.prefix);
    await peer[Symbol.asyncDispose]();
    return peer.ready.answered === true;
  }

  it.each(['NAT-PMP', 'UPnP'] as const)(
    'is open where it speaks %s and the person agrees, and closed again after',
    async speaks => {
      await using _ = await startRouter(gateway, { speaks, wan: 'wan', lan: 'lan' });
      expect(await reachable()).toEqual({ state: 'unknown', mapping: 'off' });
      expect(await letsIn()).toBe(false);

      expect(await home.cli(['nat', 'on'])).toMatchObject({ code: 0 });
      await until('the router to open the port', async () => (await reachable()).state === 'yes');
      expect(await reachable()).toEqual({ state: 'yes', by: 'mapping' });
      await until('a stranger to be answered', letsIn);
      expect(await reachable()).toEqual({ state: 'yes', by: 'incoming' });

      await home.cli(['nat', 'off']);
      await until('the router to close the port', async () => !(await letsIn()));
    },
  );

  it('is told so where no router answers', async () => {
    await home.cli(['nat', 'on']);
    await until('an answer', async () => (await reachable()).state === 'no');
    expect(await reachable()).toEqual({ state: 'no', because: 'no-router' });
    const { stdout } = await home.cli(['status']);
    expect(stdout).toContain('others can reach you: no: no router answered');
  });
});
