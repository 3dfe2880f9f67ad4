/** States about grants: what a site would be told, folders to choose from, the browser's session, its log, questions. */

import type { FolderListing, ListedFolder, SiteLogEntry } from '../../../shared/grants.ts';
import { DAY, folder, id, LONG_ORIGIN, NOW, options, outline, popup, prompt, type State, site } from './answers.ts';

const FOLDERS = '.tick:has(.path) input';
const ADD = 'details:has(.folder-add) > summary';
const LOOK = '.folder-add button[aria-expanded]';

const counted = outline({
  files: 1204,
  bytes: 812_004_700_000,
  kinds: {
    video: { files: 1021, bytes: 811_000_000_000 },
    audio: { files: 1, bytes: 4_700_000 },
    image: { files: 120, bytes: 900_000_000 },
    text: { files: 60, bytes: 90_000_000 },
    other: { files: 2, bytes: 10_000_000 },
  },
});

const listed = (name: string, part: Partial<ListedFolder> = {}): ListedFolder => ({
  name,
  path: `/home/me/${name}`,
  inside: { folders: 3, files: 12, more: false },
  known: 'no',
  ...part,
});
const listing = (part: Partial<FolderListing> = {}): FolderListing => ({
  path: '/home/me',
  parent: '/home',
  choosable: false,
  folders: [
    listed('Desktop', { inside: { folders: 0, files: 0, more: false } }),
    listed('Music', { inside: { folders: 212, files: 1, more: false } }),
    listed('Videos', { known: 'itself' }),
    listed('فيديو', { inside: null }),
    listed('a-folder-of-very-many-things-with-a-name-that-does-not-end-soon', {
      inside: { folders: 1400, files: 600, more: true },
    }),
  ],
  total: 450,
  next: 'a-folder-of-very-many-things-with-a-name-that-does-not-end-soon',
  places: [
    { path: '/home/me', kind: 'home' },
    { path: '/media/me/Archive 2', kind: 'disk' },
    { path: '/', kind: 'root' },
  ],
  ...part,
});

const session = [
  { name: 'sessionid', value: 'x', httpOnly: true, session: false },
  { name: 'PHPSESSID', value: 'y', httpOnly: false, session: true },
  { name: '_visits', value: '7', httpOnly: false, session: false },
];

const entry = (part: Partial<SiteLogEntry>): SiteLogEntry => ({
  at: NOW,
  deed: 'synced',
  times: 1,
  amounts: {},
  ...part,
});
const history: SiteLogEntry[] = [
  entry({ deed: 'failed', code: 'site-unreachable', times: 4 }),
  entry({ at: NOW - 3_600_000, deed: 'downloaded', amounts: { ids: 3, bytes: 4_200_000_000 }, times: 3 }),
  entry({ at: NOW - 7_200_000, deed: 'requested', amounts: { ids: 3 } }),
  entry({ at: NOW - DAY, deed: 'asked', amounts: { ids: 2 } }),
  entry({ at: NOW - DAY, amounts: { added: 1203, removed: 1, updated: 1203 } }),
  entry({ at: NOW - DAY, deed: 'granted', amounts: { folders: 1 } }),
];

export const GRANT_STATES: readonly State[] = [
  { ...prompt('told', 'config', {}, { 'folder.outline': counted }), press: FOLDERS },
  {
    ...prompt('told-while-read', 'sync', {}, { 'folder.outline': outline({ ...counted, scanning: true }) }),
    press: FOLDERS,
  },
  prompt(
    'not-counted',
    'config',
    {},
    {
      'folder.outline': { error: { code: 'internal', message: 'The catalogue could not be read.', retryable: false } },
    },
  ),
  prompt('signed-in', 'config', {}, { cookies: session }),
  prompt('signed-in-again', 'sync', { current: site({ cookies: ['sessionid'] }) }, { cookies: session }),
  { ...prompt('looking', 'config', { folders: [] }, { 'folder.browse': listing() }), press: LOOK },
  {
    ...prompt(
      'looking-in-vain',
      'config',
      { folders: [] },
      {
        'folder.browse': { error: { code: 'folder-missing', message: 'The folder is not there.', retryable: true } },
      },
    ),
    press: LOOK,
  },
  {
    ...prompt('looking-too', 'setFolder', { current: site({ folders: [2] }) }, { 'folder.browse': listing() }),
    press: ADD,
  },
  {
    ...options('looking', { 'folder.browse': listing({ folders: [], total: 0, next: null }) }),
    press: LOOK,
  },
  {
    ...options('log', { 'site.log': { entries: history, next: 17 }, 'site.list': [site({ cookies: ['sessionid'] })] }),
    press: '[aria-labelledby=sites] summary',
  },
  {
    ...options('log-empty', { 'site.log': { entries: [], next: null } }),
    press: '[aria-labelledby=sites] summary',
  },
  popup('asks', {
    'question.list': [
      {
        kind: 'own-copy',
        origin: 'https://pad.example',
        count: 5,
        files: [
          { id: id('a'), path: '/media/disk/فيديو/رحلة.mkv', size: 1_204_000_000 },
          { id: id('b'), path: `/home/me/${'a-long-name-'.repeat(9)}.webm`, size: 4_000 },
        ],
      },
      {
        kind: 'own-copy',
        origin: LONG_ORIGIN,
        count: 1,
        files: [{ id: id('c'), path: '/x/song.flac', size: 30_000_000 }],
      },
      { kind: 'not-here', origin: 'https://pad.example', count: 12 },
    ],
    'folder.list': [folder({ state: 'missing', why: { code: 'replaced' } })],
  }),
];
