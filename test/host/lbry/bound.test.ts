/** With an address chosen for peers, nothing of LBRY leaves by another: counted in a network namespace with two ways out. */

import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, type TestContext } from 'vitest';
import { LBRY_PORTS } from '../../support/net/listeners.ts';
import { startScript } from '../../support/net/process.ts';
import { hasNamespaces, openInternet } from '../../support/netns.ts';
import { type HomeProcess, LBRY_WITHIN, startHome } from '../../world/home.ts';
import { until } from '../../world/until.ts';

const CHOSEN = '10.1.0.2';
/** the way to everything that is called */
const OTHER = '10.2.0.2';
const WORLD = '10.2.0.1';
const ALL = ['lbry dht', 'lbry hub', 'lbry peer', 'lbry reflector', 'lbry tracker'];
/** Fetches in the name of whoever runs it, and says what it was answered. */
const POST =
  'fetch(process.argv[1], { method: "POST", body: process.argv[2] }).then(async a => console.log(await a.text()))';

const run = promisify(execFile);
const at = (service: keyof typeof LBRY_PORTS) => [`${WORLD}:${LBRY_PORTS[service]}`];

/** A home in a namespace with two ways out, and all that LBRY may call at the other end of them. */
async function openStage({ onTestFinished }: TestContext) {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  const internet = stack.use(openInternet());
  const us = internet.namespace('us');
  const there = internet.namespace('world');
  internet.cable([us, 'chosen', `${CHOSEN}/24`], [there, 'a', '10.1.0.1/24']);
  internet.cable([us, 'other', `${OTHER}/24`], [there, 'b', `${WORLD}/24`]);
  for (const { run: runIn } of [us, there]) runIn('sysctl', '-q', 'net.ipv4.conf.all.rp_filter=0');
  us.rules(`table ip lsd {
    counter by_other {}
    chain out { type filter hook output priority 0; oifname "other" ip saddr != ${CHOSEN} counter name by_other; }
  }`);
  const world = stack.use(await startScript('listeners.ts', [WORLD, '10.1.0.1'], there.prefix));
  const ended = new AbortController();

  async function start(settings: object): Promise<HomeProcess> {
    const named = {
      ...{ lbryBootstrap: at('dht'), lbryFixedPeer: at('peer'), lbryHub: at('hub') },
      ...{ lbryReflector: at('reflector'), lbryTracker: at('tracker') },
    };
    const home = stack.use(
      await startHome(
        [],
        undefined,
        { ...LBRY_WITHIN, lbry: true, lbryAddress: '0.0.0.0', ...named, ...settings },
        us.prefix,
      ),
    );
    stack.defer(() => ended.abort());
    return home;
  }

  /** The answer of the JSON-RPC, which listens on loopback, in there. */
  async function rpc(home: HomeProcess, method: string, params: object) {
    const [command = '', ...before] = us.prefix;
    const call = [`http://127.0.0.1:${home.ready.lbry!.rpc}/`, JSON.stringify({ method, params })];
    const { stdout } = await run(command, [...before, process.execPath, '-e', POST, ...call], { signal: ended.signal });
    return JSON.parse(stdout);
  }

  /** Asks for what makes it call each of them; what they are asked they never answer. */
  async function callAll(home: HomeProcess): Promise<void> {
    const path = join(home.dir, 'lbry', 'files', `${randomBytes(4).toString('hex')}.mp4`);
    await mkdir(join(home.dir, 'lbry', 'files'), { recursive: true });
    await writeFile(path, randomBytes(1000));
    const reflect = async () => {
      const { result } = await rpc(home, 'publish', { name: 'film', file_path: path, bid: '0.01' });
      return await rpc(home, 'file_reflect', { sd_hash: result.sd_hash });
    };
    const asked = [
      rpc(home, 'get', { sd_hash: randomBytes(48).toString('hex'), timeout: 60 }),
      // What was published here is found without a hub.
      rpc(home, 'resolve', { urls: [`lbry://not-here-${randomBytes(4).toString('hex')}`] }),
      reflect(),
    ];
    for (const each of asked) each.catch(() => {});
  }

  /** the services that were called, and from where */
  const calls = () => [...new Set(world.said.map(({ service, from }) => `${service} from ${from}`))].sort();
  const allFrom = (address: string) => ALL.map(service => `${service} from ${address}`);
  async function expectAllFrom(home: HomeProcess, address: string): Promise<void> {
    await callAll(home);
    await until(`calls from ${address}`, () => allFrom(address).every(each => calls().includes(each))).catch(() => {});
    expect(calls()).toEqual(allFrom(address));
  }
  const offline = async (home: HomeProcess) => (await rpc(home, 'status', {})).result.offline;
  return { us, world, start, rpc, callAll, calls, expectAllFrom, offline };
}

describe.skipIf(!hasNamespaces)('all that LBRY calls', { concurrent: true }, () => {
  it('goes by the chosen address and by no other; while that is gone nothing is called, and all is again when it is back', async context => {
    const { us, world, start, rpc, callAll, calls, expectAllFrom, offline } = await openStage(context);
    const home = await start({ peerAddress: CHOSEN });
    await expectAllFrom(home, CHOSEN);
    const { peer, dht } = home.ready.lbry!;
    expect(us.run('ss', '-Hltn', `sport = :${peer}`)).toContain(`${CHOSEN}:${peer}`);

    us.run('ip', 'link', 'set', 'chosen', 'down');
    await until('LBRY to know', async () => (await offline(home)) !== null);
    expect(await offline(home)).toContain('The address for peers is not there');
    expect(home.log.some(line => line.includes('lbry-offline'))).toBe(true);
    await until('its ports to be closed', () => us.run('ss', '-Hltun', `sport = :${peer} or sport = :${dht}`) === '');
    world.said.length = 0;
    await callAll(home);
    const { error } = await rpc(home, 'get', { sd_hash: randomBytes(48).toString('hex'), timeout: 3 });
    expect(error).toBeDefined();
    expect(calls()).toEqual([]);

    us.run('ip', 'link', 'set', 'chosen', 'up');
    await until('LBRY to be on', async () => (await offline(home)) === null);
    await expectAllFrom(home, CHOSEN);
    await until('its port', () => us.run('ss', '-Hltn', `sport = :${peer}`).includes(`${CHOSEN}:${peer}`));
    expect(us.packets('by_other')).toBe(0);
  });

  it('waits for an interface that has no address at the start', async context => {
    const { us, start, expectAllFrom, offline } = await openStage(context);
    us.run('ip', 'address', 'del', `${CHOSEN}/24`, 'dev', 'chosen');
    const home = await start({ peerAddress: undefined, peerInterface: 'chosen' });
    const { peer, dht } = home.ready.lbry!;
    expect(peer).toBeGreaterThan(0);
    expect(await offline(home)).toContain('The address for peers is not there');
    expect(us.run('ss', '-Hltun', `sport = :${peer} or sport = :${dht}`)).toBe('');

    us.run('ip', 'address', 'add', `${CHOSEN}/24`, 'dev', 'chosen');
    await until('LBRY to be on', async () => (await offline(home)) === null);
    await expectAllFrom(home, CHOSEN);
    expect(us.run('ss', '-Hltn', `sport = :${peer}`)).toContain(`${CHOSEN}:${peer}`);
    expect(us.packets('by_other')).toBe(0);
  });

  it('goes as the system has it where nothing was chosen', async context => {
    const { us, start, expectAllFrom } = await openStage(context);
    const home = await start({ peerAddress: undefined });
    await expectAllFrom(home, OTHER);
    expect(us.packets('by_other')).toBeGreaterThan(0);
  });
});
