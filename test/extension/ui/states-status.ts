/** Every state of the full status page. */

import type { FileRow, ItemDetail, ItemRow, PeerView } from '../../../shared/browse.ts';
import type { ControlView } from '../../../shared/control-methods.ts';
import { UNTOUCHED } from '../../support/control-view.ts';
import {
  type Answers,
  down,
  folder,
  HOST_STATES,
  home,
  id,
  item,
  LONG_ORIGIN,
  moving,
  NOW,
  type State,
  site,
  status,
} from './answers.ts';
import { reasons } from './states.ts';

const state = (name: string, hash: string, answers: Answers = {}, press?: string): State => ({
  page: 'status',
  name,
  query: hash,
  answers: {
    ...home,
    'item.list': NO_ITEMS,
    'file.list': NO_FILES,
    'item.blocked': [],
    'item.detail': HELD,
    ...answers,
  },
  ...(press && { press }),
});

const COUNTS = { moving: 2, waiting: 3, seeding: 995, failed: 1 };
const NO_ITEMS = { rows: [], total: 0, counts: { moving: 0, waiting: 0, seeding: 0, failed: 0 } };
const NO_FILES = { rows: [], total: 0, stale: false };

const row = (part: Partial<ItemRow> = {}): ItemRow => ({
  ...item(part.state === 'seeding' ? { eta: undefined, rates: { down: 0, up: 80_000 } } : {}),
  name: null,
  sites: ['https://pad.example'],
  ...part,
});
const ITEM_ROWS: ItemRow[] = [
  row({ id: id('a') }),
  row({ id: id('b'), state: 'verifying', progress: 1, rates: { down: 0, up: 0 } }),
  ...reasons.map((each): ItemRow => ({ ...each, name: null, sites: ['https://pad.example'] })),
  row({ id: id('c'), name: 'The Film with a Name.mkv', state: 'seeding', progress: 1, peers: 12 }),
  row({ id: id('d'), name: 'فيلم طويل جدا.mp4', state: 'seeding', progress: 1, rates: { down: 0, up: 310_000 } }),
  row({ id: id('e'), name: `${'a-very-long-name-'.repeat(12)}.webm`, state: 'seeding', progress: 1 }),
];
const ITEMS = { rows: ITEM_ROWS, total: ITEM_ROWS.length, counts: COUNTS };
const THOUSAND_ITEMS = {
  template: row({
    id: 'NUMBER'.padStart(40, '0') as ItemRow['id'],
    name: 'Film NUMBER.mkv',
    state: 'seeding',
    progress: 1,
  }),
  total: 1_000,
  counts: COUNTS,
};

const FILE: FileRow = {
  path: '/home/me/Videos/archive/Collection/A film NUMBER with a rather long name.mkv',
  id: `${'NUMBER'.padStart(40, 'a')}` as FileRow['id'],
  size: 1_204_000_000,
  extension: 'mkv',
  place: 'folder',
  verifiedAt: NOW,
};
const MANY_FILES = { template: FILE, total: 100_000, stale: false };
const SOME_FILES = {
  rows: [
    FILE,
    { ...FILE, path: '/media/disk/فيديو/كتاب.mp4', id: id('1'), extension: 'mp4' },
    { ...FILE, path: `/media/${'deep-folder-name/'.repeat(8)}spoilt.flac`, id: id('2'), place: 'spoilt' as const },
    {
      ...FILE,
      path: '/home/me/.local/share/lets-share-data/downloads/x.webm',
      id: id('3'),
      place: 'download' as const,
    },
  ],
  total: 4,
  stale: false,
};

const base64 = (bytes: number[]) => Buffer.from(bytes).toString('base64');
const PIECES = {
  count: 700,
  length: 1_048_576,
  perCell: 1,
  here: base64(Array.from({ length: 700 }, (_, at) => (at < 200 || at % 7 === 0 ? 255 : at === 300 ? 120 : 0))),
  holders: base64(Array.from({ length: 700 }, (_, at) => (at > 600 && at < 640 ? 0 : 3))),
};
const peer = (part: Partial<PeerView> = {}): PeerView => ({
  address: '198.51.100.7:51413',
  over: 'tcp',
  incoming: false,
  encrypted: true,
  client: 'Transmission 4.0.6',
  progress: 0.62,
  rates: { down: 1_200_000, up: 24_000 },
  downloaded: 80_000_000,
  uploaded: 1_000_000,
  chokesUs: false,
  choked: false,
  ...part,
});
const DETAIL: ItemDetail = {
  item: item({ id: id('a') }),
  extension: 'mkv',
  paths: [],
  sites: ['https://pad.example', LONG_ORIGIN],
  torrents: [
    {
      infoHash: 'f'.repeat(40) as ItemDetail['torrents'][number]['infoHash'],
      awake: true,
      pieces: PIECES,
      peers: [
        peer(),
        peer({ address: '[2001:db8::12:34]:6881', client: '', incoming: true, encrypted: false, progress: 1 }),
        peer({ address: null, over: 'webrtc', client: 'WebTorrent 2.1', rates: { down: 0, up: 0 } }),
        peer({ address: 'https://pad.example/media/film.mkv', over: 'webseed', client: '', progress: 1 }),
      ],
      trackers: [
        { url: 'wss://pad.example/tracker', state: 'answered', nextIn: 95, seeders: 3, leechers: 1 },
        {
          url: `udp://tracker.${'long-name.'.repeat(6)}example:6969`,
          state: 'failed',
          message: 'getaddrinfo ENOTFOUND',
          nextIn: 60,
          seeders: null,
          leechers: null,
        },
        { url: 'https://pad.example/announce', state: 'waiting', nextIn: 0, seeders: null, leechers: null },
      ],
    },
  ],
};
const HELD: ItemDetail = {
  ...DETAIL,
  item: item({ id: id('c'), state: 'available', progress: 1, peers: 0, eta: undefined, rates: { down: 0, up: 0 } }),
  paths: ['/home/me/Videos/The Film with a Name.mkv', `/media/${'deep-folder-name/'.repeat(8)}copy.mkv`],
  sites: [],
  torrents: [
    {
      ...DETAIL.torrents[0]!,
      awake: false,
      peers: [],
      trackers: [],
      pieces: { ...PIECES, count: 40, here: base64(Array(40).fill(255)), holders: base64(Array(40).fill(0)) },
    },
  ],
};

const CONTROL: ControlView = {
  ...UNTOUCHED,
  controls: {
    ...UNTOUCHED.controls,
    pauseOnBattery: true,
    schedule: [
      { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', down: 500_000, up: 100_000 },
      { days: ['sat', 'sun'], from: '22:00', to: '06:00', pause: true },
    ],
  },
  now: { down: 500_000, up: 100_000 },
  window: { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', down: 500_000, up: 100_000 },
  next: NOW + 3_600_000,
  blocklists: [
    { name: 'config.json', ranges: 12 },
    { name: 'level1 – قائمة.p2p', ranges: 240_113 },
  ],
  sites: { 'https://pad.example': { month: { down: 5e9, up: 1e9 }, total: { down: 9e9, up: 2e9 }, spent: true } },
};

const active = status({
  state: 'active',
  downloads: [item({})],
  rates: { down: 2_400_000, up: 390_000 },
});

export const STATUS_STATES: readonly State[] = [
  state('overview-idle', ''),
  state('overview-empty', '', {
    'daemon.status': status({ files: 0, folders: 0, sites: 0 }),
    'site.list': [],
    'folder.list': [],
  }),
  state('overview-active', '', {
    'daemon.history': moving,
    'daemon.status': active,
    'item.list': { ...ITEMS, rows: ITEM_ROWS.slice(0, 5), total: 12 },
  }),
  state('overview-paused', '', { 'daemon.status': status({ state: 'paused', pausedUntil: NOW + 3_600_000 }) }),
  state('overview-scanning', '', {
    'daemon.status': status({ state: 'scanning', scanning: { done: 310_000_000_000, total: 812_000_000_000 } }),
  }),
  state('overview-needs-you', '', {
    'daemon.status': status({
      state: 'error',
      reason: 'no-space',
      http: 40123,
      httpPortTaken: true,
      gateways: [{ name: 'confluence', port: 8080 }],
    }),
    'folder.list': [folder({ state: 'missing', why: { code: 'vanished', vanished: 1_200, known: 1_203 } })],
  }),
  ...HOST_STATES.map(each => state(each, '#files', { link: down(each) })),
  state('failed', '', {
    'site.list': { error: { code: 'internal', message: 'The catalogue could not be read.', retryable: false } },
  } as unknown as Answers),
  state('of-another-age', '', { 'daemon.status': { version: '9.0.0', state: 'idle' } } as unknown as Answers),
  state('transfers', '#transfers', { 'item.list': ITEMS }),
  state('transfers-empty', '#transfers'),
  state('transfers-thousand', '#transfers', { 'item.list': THOUSAND_ITEMS }),
  state('transfers-failed', '#transfers', {
    'item.list': { error: { code: 'internal', message: 'The list could not be made.', retryable: false } },
  }),
  state('item-arriving', `#transfers/${id('a')}`, { 'item.list': ITEMS, 'item.detail': DETAIL }),
  state('item-queued', `#transfers/${id('a')}`, {
    'item.list': ITEMS,
    'item.detail': { ...DETAIL, item: item({ state: 'waiting', reason: 'queued' }), torrents: [] },
  }),
  state('item-cancelling', `#transfers/${id('a')}`, { 'item.list': ITEMS, 'item.detail': DETAIL }, '.panel .danger'),
  state('item-held', `#files/${id('c')}`, { 'file.list': SOME_FILES, 'item.detail': HELD }),
  state('item-gone', `#files/${id('c')}`, {
    'file.list': SOME_FILES,
    'item.detail': { ...HELD, item: { id: id('c'), state: 'unknown' } },
  }),
  state('files', '#files', { 'file.list': SOME_FILES }),
  state('files-empty', '#files'),
  state('files-hundred-thousand', '#files', { 'file.list': MANY_FILES }),
  state('files-million', '#files', { 'file.list': { ...MANY_FILES, total: 1_000_000 } }),
  state('folders', '#folders', {
    'daemon.status': status({ state: 'scanning', scanning: { done: 310_000_000_000, total: 812_000_000_000 } }),
    'folder.list': [
      folder(),
      folder({
        id: 2,
        path: '/home/me/Music',
        everyone: true,
        all: true,
        state: 'scanning',
        reading: { done: 310_000_000_000, total: 812_000_000_000 },
      }),
      folder({ id: 5, path: '/home/me/New', files: 0, size: 0, state: 'scanning' }),
      folder({ id: 3, path: `/media/${'deep-folder-name/'.repeat(8)}فيديو`, sites: [], state: 'missing' }),
      folder({ id: 4, path: '/srv/shared', sites: ['https://pad.example', LONG_ORIGIN] }),
    ],
  }),
  state('folders-empty', '#folders', { 'folder.list': [] }),
  state('sites', '#sites', {
    'daemon.status': status({ control: CONTROL }),
    'site.list': [
      site(),
      site({ origin: LONG_ORIGIN, problem: { code: 'signin-failed', message: 'The site said 401.' }, trackers: [] }),
    ],
  }),
  state('sites-empty', '#sites', { 'site.list': [] }),
  state('network', '#network', {
    'daemon.status': status({ control: CONTROL, nat: true, reachable: { state: 'yes', by: 'mapping' } }),
    'item.blocked': [id('9')],
  }),
  state('network-plain', '#network', {}, '[aria-labelledby=schedule] summary'),
];
