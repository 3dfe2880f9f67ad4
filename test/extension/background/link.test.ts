/** The native port's life: greeting, loss, back-off. The browser's side is played by the test, as a port. */

import { describe, expect, it } from 'vitest';
import { createLink } from '../../../extension/background/link.ts';
import type { Runtime } from '../../../extension/web-extension.ts';
import { until } from '../../world/until.ts';

type Message = { id?: number; method?: string };

/** What `answer` says to each message of the extension; undefined: nothing. */
async function world(answer: (message: Message) => unknown, stopped = false) {
  const ports: { say: (message: unknown) => void; fail: (text: string | undefined) => void; cut: number }[] = [];
  const told: string[] = [];
  const timers: { run: () => void; ms: number }[] = [];
  const clock = { ms: 0 };
  let reason: string | undefined;
  const kept: boolean[] = [];
  const link = createLink({
    stopped: { read: async () => stopped, write: value => kept.push(value) },
    connectNative() {
      const onMessage: ((message: unknown) => void)[] = [];
      const onDisconnect: (() => void)[] = [];
      const entry = {
        cut: 0,
        say(message: unknown) {
          for (const listener of onMessage) listener(message);
        },
        fail(text: string | undefined) {
          reason = text;
          for (const listener of onDisconnect) listener();
        },
      };
      ports.push(entry);
      return {
        postMessage(message: Message) {
          const reply = answer(message);
          const full = { jsonrpc: '2.0', id: message.id, ...(typeof reply === 'object' ? reply : {}) };
          if (reply !== undefined) for (const listener of onMessage) listener(full);
        },
        disconnect: () => {
          entry.cut += 1;
        },
        onMessage: { addListener: (listener: (message: unknown) => void) => onMessage.push(listener) },
        onDisconnect: { addListener: (listener: () => void) => onDisconnect.push(listener) },
      } as unknown as Runtime.Port;
    },
    reason: () => reason,
    now: () => clock.ms,
    later: (run, ms) => timers.push({ run, ms }),
    listener: {
      connected: () => told.push('connected'),
      dropped: fault => told.push(`dropped ${fault}`),
      changed: () => {},
      event: () => {},
    },
  });
  // What was kept is read.
  await Promise.resolve();
  await Promise.resolve();
  await Promise.resolve();
  return { link, kept, ports, told, timers, clock };
}

const welcome = (message: Message) =>
  message.method === 'hello' ? { result: { version: '1.0.0', protocol: 1, http: 15550 } } : undefined;

const LIST = { sort: 'name', descending: false, offset: 0, limit: 1 } as const;

describe('the link', () => {
  it('greets once, however many ask', async () => {
    const { link, ports, told } = await world(welcome);
    const views = await Promise.all([link.view(), link.view()]);
    expect(views).toEqual([expect.objectContaining({ state: 'connected' }), views[0]]);
    expect(ports).toHaveLength(1);
    expect(told).toEqual(['connected']);
  });

  it('does not work with a daemon that chose a protocol it can not speak', async () => {
    const { link, ports } = await world(() => ({ result: { version: '9.0.0', protocol: 9, http: 1 } }));
    expect(await link.view()).toMatchObject({ state: 'extension-too-old' });
    expect(ports[0]?.cut).toBe(1);
  });

  it.each([
    [{ older: 'extension' }, 'extension-too-old'],
    [{ older: 'daemon' }, 'program-too-old'],
    [undefined, 'protocol-mismatch'],
  ])('says who is too old where the daemon says %j', async (params, state) => {
    const data = { code: 'protocol-mismatch', message: 'No common version.', retryable: false, params };
    const { link, timers } = await world(() => ({ error: { code: -32000, message: data.message, data } }));
    const view = await link.view();
    expect(view).toMatchObject({ state });
    await expect(link.call('daemon.status', {})).rejects.toMatchObject({ code: 'protocol-mismatch' });
    // Only the person can mend it: nothing is tried again by itself.
    expect(timers.map(({ ms }) => ms)).toEqual([30_000]);
  });

  it.each([
    ['not-started', 'daemon-down'],
    ['sandboxed', 'browser-sandboxed'],
  ])('takes the last word of the connector: %s', async (reason, state) => {
    const { link, ports, timers } = await world(() => undefined);
    const view = link.view();
    ports[0]?.say({ jsonrpc: '2.0', method: 'ending', params: { reason } });
    ports[0]?.fail('Native host has exited.');
    expect(await view).toMatchObject({ state });
    const tried = timers.slice(1).map(({ ms }) => ms);
    expect(tried).toEqual(state === 'daemon-down' ? [60_000] : []);
  });

  it('starts no program more often than its back-off, however often pages call and whatever the host does', async () => {
    const { link, ports, timers, clock } = await world(welcome);
    const starts: number[] = [];
    for (let round = 0; round < 600; round++) {
      const before = ports.length;
      const call = link.call('daemon.status', {}).catch(() => {});
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      if (ports.length > before) {
        starts.push(clock.ms);
        // It greets, and dies at once.
        ports.at(-1)?.fail('Native host has exited.');
      }
      await call;
      clock.ms += 1_000;
    }
    const gaps = starts.slice(1).map((at, index) => at - starts[index]!);
    expect(gaps.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000]);
    expect(gaps.slice(6).every(gap => gap >= 60_000)).toBe(true);
    // The person tries at once, and the back-off begins anew.
    void link.reconnect();
    const count = ports.length;
    ports.at(-1)?.fail('Native host has exited.');
    expect(ports).toHaveLength(count);
    expect(timers.at(-1)?.ms).toBe(1_000);
  });

  it('begins its back-off anew after a connection that held', async () => {
    const { link, ports, timers, clock } = await world(welcome);
    await link.view();
    ports[0]?.fail(undefined);
    clock.ms = 1_000;
    await link.view();
    clock.ms += 60_000;
    ports[1]?.fail(undefined);
    expect(timers.filter(({ ms }) => ms !== 30_000).map(({ ms }) => ms)).toEqual([1_000, 1_000]);
  });

  it('fails open calls when the host ends, and connects again by itself, later each time', async () => {
    const { link, ports, told, timers, clock } = await world(welcome);
    await link.view();
    const call = link.call('daemon.status', {});
    await Promise.resolve();
    ports[0]?.fail('An unexpected error occurred');
    await expect(call).rejects.toMatchObject({ code: 'host-exited', retryable: true });
    expect(told).toEqual(['connected', 'dropped host-exited']);
    expect(timers.at(-1)?.ms).toBe(1000);
    clock.ms = 1000;
    timers.at(-1)?.run();
    expect(ports).toHaveLength(2);
  });

  it('answers at once while it backs off, and lets the person try at once', async () => {
    const { link, ports, clock } = await world(() => undefined);
    const first = link.view();
    ports[0]?.fail('Specified native messaging host not found.');
    expect(await first).toMatchObject({ state: 'host-missing' });
    expect(await link.view()).toMatchObject({ state: 'host-missing' });
    expect(ports).toHaveLength(1);
    clock.ms = 1000;
    const later = link.view();
    expect(ports).toHaveLength(2);
    ports[1]?.fail('Access to the specified native messaging host is forbidden.');
    expect(await later).toMatchObject({ state: 'host-forbidden' });
    void link.reconnect();
    expect(ports).toHaveLength(3);
  });

  it('tries once more for the person, where what was begun before fails', async () => {
    const { link, ports } = await world(() => undefined);
    void link.view();
    const asked = link.reconnect();
    ports[0]?.fail('Native host has exited.');
    await until('another attempt', () => ports.length === 2);
    ports[1]?.say({ jsonrpc: '2.0', method: 'ending', params: { reason: 'not-started' } });
    ports[1]?.fail('Native host has exited.');
    expect(await asked).toMatchObject({ state: 'daemon-down' });
  });

  it('gives up on a host that never answers', async () => {
    const { link, timers } = await world(() => undefined);
    const view = link.view();
    timers[0]?.run();
    expect(await view).toMatchObject({ state: 'host-exited' });
  });

  it('stays away from a daemon that the person stopped, until a call needs one', async () => {
    const { link, ports, kept, timers } = await world(welcome);
    await link.view();
    ports[0]?.say({ jsonrpc: '2.0', method: 'ending', params: { reason: 'stopped' } });
    const before = timers.length;
    ports[0]?.fail(undefined);
    expect(timers).toHaveLength(before);
    expect(kept).toEqual([false, true]);
    expect(await link.view()).toMatchObject({ state: 'host-stopped' });
    const status = { origin: 'https://site.example', method: 'status', params: {} } as const;
    await expect(link.call('page', status)).rejects.toMatchObject({ code: 'host-exited' });
    // What the mark on the button and open pages look at by themselves.
    await expect(link.call('daemon.status', {})).rejects.toMatchObject({ code: 'host-exited' });
    await expect(link.call('file.list', LIST)).rejects.toMatchObject({ code: 'host-exited' });
    expect(ports).toHaveLength(1);
    void link.call('page', { ...status, method: 'sync' }).catch(() => {});
    expect(ports).toHaveLength(2);
  });

  it('comes back by itself after a handover', async () => {
    const { link, ports, timers } = await world(welcome);
    await link.view();
    ports[0]?.say({ jsonrpc: '2.0', method: 'ending', params: { reason: 'handover' } });
    ports[0]?.fail(undefined);
    timers.at(-1)?.run();
    expect(await link.view()).toMatchObject({ state: 'host-exited' });
  });

  it('remembers in its next life that the person stopped the daemon, and starts it when asked', async () => {
    const { link, ports, kept } = await world(welcome, true);
    expect(await link.view()).toMatchObject({ state: 'host-stopped' });
    expect(ports).toHaveLength(0);
    expect(await link.reconnect()).toMatchObject({ state: 'connected' });
    expect(kept).toEqual([false]);
  });
});
