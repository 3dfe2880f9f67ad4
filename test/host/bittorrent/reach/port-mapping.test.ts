/** What the router is asked, and when: routers and clocks are the test's own. (A real router: nat.test.ts.) */

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  createPortMapping,
  type MapPort,
  MappingError,
  type PortMapping,
} from '../../../../host/bittorrent/reach/nat.ts';
import { createNatConsent } from '../../../../host/daemon/nat-consent.ts';
import { movableAddress } from '../../../support/movable-address.ts';
import { faultLog } from '../../http/client.ts';

const PORT = 6881;
const PUBLIC = '203.0.114.7';
const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

/** A router: what it was asked, as `+10.0.0.2` or `-10.0.0.2`, and what it answers. */
function router(answer: () => ReturnType<MapPort> = grant()) {
  const asked: string[] = [];
  const map: MapPort = async ({ port, lifetime, via }) => {
    expect(port).toBe(PORT);
    asked.push(`${lifetime === 0 ? '-' : '+'}${via}`);
    return lifetime === 0 ? { address: '', lifetime: 0 } : answer();
  };
  return { asked, map };
}
const grant =
  (lifetime = 7200, address = PUBLIC) =>
  async () => ({ address, lifetime });
const fail = (why: 'no-router' | 'router-refused') => async () => {
  throw new MappingError(why, why);
};
const open: PortMapping[] = [];
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(async () => {
  for (const mapping of open.splice(0)) await mapping.close();
  vi.useRealTimers();
});
function mappingBy(ways: MapPort[], local = movableAddress('10.0.0.2')): PortMapping {
  const mapping = createPortMapping({ port: PORT, local, ways, log: faultLog() });
  open.push(mapping);
  return mapping;
}
/** Time passes, and what waited is done. */
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

it('asks nothing before the person agrees', async () => {
  const { asked, map } = router();
  const mapping = mappingBy([map]);
  await pass(HOUR);
  expect([mapping.state(), asked]).toEqual(['off', []]);
  mapping.set(true);
  await pass(0);
  expect([mapping.state(), asked]).toEqual(['open', ['+10.0.0.2']]);
});

it.each([
  ['as long as it was asked for', 7200, HOUR],
  ['less', 600, 5 * MINUTE],
  ['hardly any time', 10, MINUTE],
])('a router that grants %s is asked again at half of it, and each time after', async (_, lifetime, again) => {
  const { asked, map } = router(grant(lifetime));
  mappingBy([map]).set(true);
  await pass(again - SECOND);
  expect(asked).toHaveLength(1);
  await pass(SECOND);
  expect(asked).toHaveLength(2);
  await pass(3 * again);
  expect(asked).toHaveLength(5);
});

describe('a router', () => {
  it.each([
    ['that shows a public address', grant(), 'open'],
    ['with a private address', grant(7200, '192.168.178.2'), 'behind-second-nat'],
    ["with an address of a provider's own network", grant(7200, '100.64.3.4'), 'behind-second-nat'],
    ['with no address', grant(7200, '0.0.0.0'), 'behind-second-nat'],
    ['that refuses', fail('router-refused'), 'router-refused'],
    ['that is silent', fail('no-router'), 'no-router'],
    ['whose answer makes no sense', () => Promise.reject(new RangeError('out of range')), 'no-router'],
  ])('%s', async (_, answer, state) => {
    const mapping = mappingBy([router(answer).map]);
    mapping.set(true);
    await pass(0);
    expect(mapping.state()).toBe(state);
  });

  it.each([
    ['the first way is silent', 'no-router', 'router-refused'],
    ['the second way is silent', 'router-refused', 'no-router'],
  ] as const)('that refuses is told so where %s, and asked again after a quarter of an hour', async (_, one, two) => {
    let answers: (() => ReturnType<MapPort>)[] = [fail(one), fail(two)];
    const first = router(() => answers[0]!());
    const second = router(() => answers[1]!());
    const mapping = mappingBy([first.map, second.map]);
    mapping.set(true);
    await pass(15 * MINUTE - SECOND);
    expect([mapping.state(), first.asked.length, second.asked.length]).toEqual(['router-refused', 1, 1]);
    answers = [fail('no-router'), grant()];
    await pass(SECOND);
    expect([mapping.state(), first.asked.length, second.asked.length]).toEqual(['open', 2, 2]);
    // The way that did it takes it back.
    mapping.set(false);
    await pass(0);
    expect([first.asked.length, second.asked.slice(2)]).toEqual([2, ['-10.0.0.2']]);
  });

  it('is not asked in the second way where the first one did it', async () => {
    const [first, second] = [router(), router()];
    mappingBy([first.map, second.map]).set(true);
    await pass(0);
    expect([first.asked.length, second.asked]).toEqual([1, []]);
  });
});

describe('the address for peers', () => {
  it('that becomes another is told to the router at once, which forgets the one before', async () => {
    const { asked, map } = router();
    const local = movableAddress('10.0.0.2');
    const mapping = mappingBy([map], local);
    mapping.set(true);
    await pass(40 * MINUTE);
    local.become('10.0.0.3');
    await pass(0);
    expect(asked).toEqual(['+10.0.0.2', '-10.0.0.2', '+10.0.0.3']);
    // One clock, which begins anew.
    await pass(HOUR - SECOND);
    expect(asked).toHaveLength(3);
    await pass(SECOND);
    expect(asked.slice(3)).toEqual(['+10.0.0.3']);
    mapping.set(false);
    await pass(0);
    expect(asked.slice(4)).toEqual(['-10.0.0.3']);
  });

  it('that is gone asks nobody, until it is back', async () => {
    const { asked, map } = router();
    const local = movableAddress('10.0.0.2');
    const mapping = mappingBy([map], local);
    mapping.set(true);
    await pass(0);
    local.become(undefined);
    await pass(24 * HOUR);
    expect([mapping.state(), asked]).toEqual(['no-router', ['+10.0.0.2']]);
    local.become('10.0.0.2');
    await pass(0);
    expect([mapping.state(), asked]).toEqual(['open', ['+10.0.0.2', '+10.0.0.2']]);
  });

  it.each(['127.0.0.1', 'fd00::2'])('%s has no router', async address => {
    const { asked, map } = router();
    const mapping = mappingBy([map], movableAddress(address));
    mapping.set(true);
    await pass(24 * HOUR);
    expect([mapping.state(), asked]).toEqual(['no-router', []]);
  });
});

describe('when consent ends', () => {
  it('the mapping is taken back, and never renewed', async () => {
    const { asked, map } = router();
    const mapping = mappingBy([map]);
    mapping.set(true);
    await pass(0);
    mapping.set(false);
    await pass(24 * HOUR);
    expect([mapping.state(), asked]).toEqual(['off', ['+10.0.0.2', '-10.0.0.2']]);
  });

  it('while the router thinks, what it grants then is taken back', async () => {
    const thinking = Promise.withResolvers<void>();
    const { asked, map } = router(() => thinking.promise.then(grant()));
    const mapping = mappingBy([map]);
    mapping.set(true);
    await pass(0);
    expect(mapping.state()).toBe('asking');
    mapping.set(false);
    thinking.resolve();
    await pass(24 * HOUR);
    expect([mapping.state(), asked]).toEqual(['off', ['+10.0.0.2', '-10.0.0.2']]);
  });

  it('and comes again while the router thinks, it is open in the end, and renewed once an hour', async () => {
    const thinking = Promise.withResolvers<void>();
    const { asked, map } = router(() => thinking.promise.then(grant()));
    const mapping = mappingBy([map]);
    mapping.set(true);
    await pass(0);
    mapping.set(false);
    mapping.set(true);
    thinking.resolve();
    await pass(0);
    expect([mapping.state(), asked]).toEqual(['open', ['+10.0.0.2', '-10.0.0.2', '+10.0.0.2']]);
    await pass(3 * HOUR);
    expect(asked).toHaveLength(6);
  });

  it('a router that is gone is no fault', async () => {
    let isGone = false;
    const { map } = router();
    const mapping = mappingBy([order => (isGone ? fail('no-router')() : map(order))]);
    mapping.set(true);
    await pass(0);
    isGone = true;
    mapping.set(false);
    await pass(0);
    expect(mapping.state()).toBe('off');
  });
});

it('at the end the mapping is taken back, and what the address does then is nothing to it', async () => {
  const { asked, map } = router();
  const local = movableAddress('10.0.0.2');
  const mapping = mappingBy([map], local);
  mapping.set(true);
  await pass(0);
  await mapping.close();
  local.become('10.0.0.3');
  await pass(24 * HOUR);
  expect(asked).toEqual(['+10.0.0.2', '-10.0.0.2']);
});

describe('consent', () => {
  /** A start of the daemon, over what is kept. */
  function start(kept: Map<string, string>, configured: boolean) {
    const said: boolean[] = [];
    const settings = {
      get: (key: string) => kept.get(key),
      set: (key: string, value: string) => void kept.set(key, value),
      remove: (key: string) => void kept.delete(key),
    };
    const consent = createNatConsent(settings, configured, { setNat: on => said.push(on) });
    return { consent, said };
  }

  it.each([
    ['config.json alone: no', undefined, false, false],
    ['config.json alone: yes', undefined, true, true],
    ['yes by call, over a no', 'on', false, true],
    ['no by call, over a yes', 'off', true, false],
  ] as const)('after a restart: %s', (_, word, configured, holds) => {
    const kept = new Map<string, string>();
    if (word !== undefined) start(kept, configured).consent.set(word === 'on');
    const { consent, said } = start(kept, configured);
    expect([consent.isOn(), said]).toEqual([holds, [holds]]);
  });
});
