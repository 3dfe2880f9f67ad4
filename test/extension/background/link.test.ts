/** The native port's life: greeting, loss, back-off. The browser's side is played by the test, as a port. */

import { describe, expect, it } from 'vitest';
import { createLink } from '../../../extension/background/link.ts';
import type { Runtime } from '../../../extension/web-extension.ts';

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
    expect(await link.view()).toMatchObject({ state: 'protocol-mismatch' });
    expect(ports[0]?.cut).toBe(1);
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
