/** When the browser's session at a site is handed to the daemon, and what of it. */

import { expect, it } from 'vitest';
import { createSessions } from '../../../extension/background/sessions.ts';
import type { Cookies } from '../../../extension/web-extension.ts';

const SITE = 'https://site.example';
const URL = `${SITE}/api/`;

function world() {
  const calls: unknown[] = [];
  const jar: { name: string; value: string; httpOnly?: boolean; session?: boolean; partitionKey?: object }[] = [
    { name: 'sessionid', value: 'a', httpOnly: true },
    { name: 'kept', value: 'b', session: true },
    { name: 'visits', value: '7' },
    { name: 'framed', value: 'c', httpOnly: true, partitionKey: { topLevelSite: 'https://other.example' } },
    { name: 'bad', value: 'a;b\n', httpOnly: true },
  ];
  const answer = { used: true };
  const sessions = createSessions({
    link: {
      call: async (method, params) => {
        calls.push([method, params]);
        return answer as never;
      },
    },
    grants: { sessions: () => new Map([[SITE, URL]]) },
    cookies: { getAll: async ({ url }) => (url === URL ? (jar as unknown as Cookies.Cookie[]) : []) },
  });
  return { sessions, calls, jar, answer };
}

const handed = (cookies: object[]) => ['cookies', { origin: SITE, url: URL, cookies }];
const FIRST = [
  { name: 'sessionid', value: 'a' },
  { name: 'kept', value: 'b' },
];

it('once while it stays the same, and again when it is another, or gone', async () => {
  const { sessions, calls, jar } = world();
  await sessions.handOver(SITE);
  await sessions.handOver(SITE);
  expect(calls).toEqual([handed(FIRST)]);
  jar.splice(0, 2, { name: 'sessionid', value: 'new', httpOnly: true });
  await sessions.handOver(SITE);
  jar.length = 0;
  await sessions.handOver(SITE);
  expect(calls.slice(1)).toEqual([handed([{ name: 'sessionid', value: 'new' }]), handed([])]);
});

it('never of a site where the person did not agree', async () => {
  const { sessions, calls } = world();
  await sessions.handOver('https://other.example');
  expect(calls).toEqual([]);
});

it('anew to every daemon, and to one that did not take it', async () => {
  const { sessions, calls, answer } = world();
  answer.used = false;
  await sessions.handOver(SITE);
  answer.used = true;
  await sessions.handOver(SITE);
  await sessions.renew();
  expect(calls).toEqual([handed(FIRST), handed(FIRST), handed(FIRST)]);
});
