/** The menu on media: which id it means, what it asks the daemon for, and what happens when that fails. */

import '../../support/browser-api.ts';
import { beforeEach, expect, it } from 'vitest';
import { createMenus, idIn, type Menus } from '../../../extension/background/menus.ts';
import { LsdError } from '../../../shared/errors.ts';

const ID = 'a'.repeat(40);
const MEDIA = `http://127.0.0.1:15550/get/${ID}`;
let calls: unknown[];
let copied: unknown[];
let failures: string[];
let created: string[];
let menus: Menus;
let refuse: boolean;

beforeEach(() => {
  calls = [];
  copied = [];
  failures = [];
  created = [];
  refuse = false;
  menus = createMenus({
    menus: {
      create: ({ id }: { id?: string }) => created.push(id ?? ''),
      removeAll: async () => {},
    },
    link: {
      call: (async (method: string, params: unknown) => {
        calls.push([method, params]);
        if (refuse) throw new LsdError('not-found', 'The folder is not there.');
        return { url: `${MEDIA}?t=x` };
      }) as never,
    },
    copy: async (...all) => void copied.push(all),
    failed: message => failures.push(message),
  });
});

it('copies a link that players can use', async () => {
  await menus.clicked({ menuItemId: 'copy', srcUrl: MEDIA, frameId: 3 }, { id: 7 });
  expect(calls).toEqual([['item.url', { id: ID }]]);
  expect(copied).toEqual([[`${MEDIA}?t=x`, 7, 3]]);
});

it('opens the folder of a link’s file', async () => {
  await menus.clicked(
    { menuItemId: 'reveal', linkUrl: MEDIA.toUpperCase().replace('HTTP', 'http').replace('GET', 'get') },
    { id: 7 },
  );
  expect(calls).toEqual([['item.reveal', { id: ID }]]);
});

it('says why it did not work', async () => {
  refuse = true;
  await menus.clicked({ menuItemId: 'reveal', srcUrl: MEDIA }, { id: 7 });
  expect(failures).toEqual(['The folder is not there.']);
});

it('asks nothing for what it does not know', async () => {
  await menus.clicked({ menuItemId: 'other', srcUrl: MEDIA }, { id: 7 });
  await menus.clicked({ menuItemId: 'reveal', srcUrl: 'http://127.0.0.1:1/other' }, { id: 7 });
  await menus.clicked({ menuItemId: 'reveal', srcUrl: MEDIA }, undefined);
  expect(calls).toEqual([]);
});

it('has its two entries once', async () => {
  await menus.install();
  expect(created).toEqual(['copy', 'reveal']);
});

it.each([
  [`http://localhost:1/get/${ID}?t=abc#t=5`, ID],
  [`http://[::1]:1/get/${ID}`, ID],
  [`https://site.example/get/${ID}`, undefined],
  [`http://127.0.0.1.evil.example/get/${ID}`, undefined],
  [`http://127.0.0.1:15550/get/${ID}0`, undefined],
  [`http://user@127.0.0.1:1/get/${ID}`, undefined],
  [undefined, undefined],
])('in %s it finds %s', (url, id) => {
  expect(idIn(url)).toBe(id);
});
