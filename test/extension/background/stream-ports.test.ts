/** Reads for a page that streams: tried again while a daemon starts anew, and told of when none comes. */

import { beforeEach, expect, it } from 'vitest';
import { createStreamPorts } from '../../../extension/background/stream-ports.ts';
import type { Runtime } from '../../../extension/web-extension.ts';

const ID = 'a'.repeat(40);
const ORIGIN = 'https://archive.example';

let time: number;
/** header values that the daemon of now lets read */
let good: Set<string>;
let asked: string[];
let reader: () => { header: string; port: number } | null;

beforeEach(() => {
  time = 0;
  good = new Set(['first']);
  asked = [];
  reader = () => ({ header: 'first', port: 1 });
});

/** The page's end of a port, by what it sends and what it has been sent. */
function connect() {
  const heard: unknown[] = [];
  const send: ((message: unknown) => void)[] = [];
  let wake = () => {};
  const port = {
    sender: { id: 'own', frameId: 0, url: `${ORIGIN}/`, tab: { id: 1 } },
    onMessage: { addListener: (listener: (message: unknown) => void) => send.push(listener) },
    onDisconnect: { addListener() {} },
    disconnect: () => heard.push('cut'),
    postMessage(message: unknown) {
      heard.push(message);
      wake();
    },
  };
  createStreamPorts({
    ownId: 'own',
    grants: { has: origin => origin === ORIGIN },
    link: { call: async () => reader() as never },
    async fetch(url, { method = 'GET', headers }: RequestInit = {}) {
      const { 'X-LSD-Reader': value = '', Range: range = '' } = headers as Record<string, string>;
      asked.push(`${method} ${url} ${value} ${range}`.trim());
      if (!good.has(value)) throw new TypeError('no connection');
      return method === 'HEAD'
        ? new Response(null, { headers: { 'Content-Length': '8' } })
        : new Response('abcd', { status: 206 });
    },
    now: () => time,
    later(run, ms) {
      time += ms;
      setImmediate(run);
    },
  }).accept(port as unknown as Runtime.Port);
  return {
    async say(message: unknown) {
      const answered = new Promise<void>(resolve => {
        wake = resolve;
      });
      for (const each of send) each(message);
      await answered;
      return heard.at(-1);
    },
  };
}

it('reads again, by the value of the daemon that is there by then', async () => {
  const page = connect();
  expect(await page.say({ open: ID })).toEqual({ size: 8 });
  good = new Set();
  reader = () => {
    if (time < 1_000) throw new Error('nobody there');
    good = new Set(['second']);
    return { header: 'second', port: 2 };
  };
  const answer = await page.say({ read: 1, start: 0, end: 4 });
  expect(answer).toMatchObject({ read: 1, bytes: expect.any(ArrayBuffer) });
  expect(asked.at(-1)).toBe(`GET http://127.0.0.1:2/get/${ID} second bytes=0-3`);
  expect(time).toBeLessThan(2_000);
});

it('says that a read failed before 5 seconds are over', async () => {
  const page = connect();
  await page.say({ open: ID });
  good = new Set();
  expect(await page.say({ read: 7, start: 4, end: 8 })).toEqual({ read: 7, failed: 'TypeError: no connection' });
  expect(time).toBeGreaterThan(3_000);
  expect(time).toBeLessThan(5_000);
  reader = () => null;
  expect(await page.say({ read: 8, start: 4, end: 8 })).toMatchObject({ read: 8, failed: expect.any(String) });
});
