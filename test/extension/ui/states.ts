/** Every state that the extension's pages can be in, as the answers that their background would give. */

import type { Id } from '../../../shared/id.ts';
import type { Item } from '../../../shared/item.ts';
import {
  type Answers,
  connected,
  DAY,
  down,
  folder,
  HOST_STATES,
  id,
  item,
  LONG_ORIGIN,
  moving,
  NOW,
  options,
  popup,
  prompt,
  type State,
  site,
  status,
} from './answers.ts';
import { GRANT_STATES } from './states-grants.ts';

export const reasons: Item[] = [
  item({
    id: id('1'),
    state: 'waiting',
    reason: 'no-peers',
    progress: 0,
    downloaded: 0,
    peers: 0,
    eta: undefined,
    rates: { down: 0, up: 0 },
  }),
  item({
    id: id('2'),
    state: 'waiting',
    reason: 'no-holder',
    progress: 0,
    size: 0,
    downloaded: 0,
    peers: 0,
    eta: undefined,
    rates: { down: 0, up: 0 },
  }),
  item({
    id: id('3'),
    state: 'waiting',
    reason: 'no-tracker',
    progress: 0,
    downloaded: 0,
    peers: 0,
    eta: undefined,
    rates: { down: 0, up: 0 },
  }),
  item({ id: id('4'), state: 'waiting', reason: 'quota', eta: undefined, rates: { down: 0, up: 0 } }),
  item({ id: id('5'), state: 'waiting', reason: 'no-space', eta: undefined, rates: { down: 0, up: 0 } }),
  item({ id: id('6'), state: 'error', reason: 'id-mismatch', progress: 0, eta: undefined, rates: { down: 0, up: 0 } }),
  item({
    id: id('7'),
    state: 'verifying',
    progress: 1,
    downloaded: 1_204_000_000,
    eta: undefined,
    rates: { down: 0, up: 0 },
  }),
  item({
    id: id('8'),
    state: 'metadata',
    progress: 0,
    size: 0,
    downloaded: 0,
    eta: undefined,
    rates: { down: 0, up: 0 },
  }),
];

const popups: State[] = [
  popup('idle', {}),
  popup('first-use', {
    tab: { origin: 'https://new.example', pending: null },
    visibility: { mode: 'unanswered', origins: [] },
    'daemon.status': status({ files: 0, folders: 0, sites: 0 }),
    'site.list': [],
    'folder.list': [],
  }),
  popup('active', {
    'daemon.history': moving,
    'daemon.status': status({
      state: 'active',
      downloads: [item({}), item({ id: id('a'), progress: 0.999, downloaded: 1_203_000_000, eta: 1, peers: 1 })],
      seeding: [
        {
          ...item({ id: id('b'), state: 'seeding', progress: 1, peers: 2, rates: { down: 0, up: 310_000 } }),
          name: 'فيلم 1962 — a_holiday_by_the_sea_with_a_name_that_goes_on.mkv',
        },
      ],
      more: 12,
      rates: { down: 2_400_000, up: 390_000 },
    }),
    'site.list': [
      site(),
      site({
        origin: LONG_ORIGIN,
        reach: 'public',
        folders: [],
        download: false,
        quota: null,
        used: 0,
        lastUsedAt: null,
        expiresAt: NOW + 30 * DAY,
        problem: { code: 'signin-failed', message: 'The site said 401.' },
      }),
    ],
  }),
  popup('waiting', { 'daemon.status': status({ state: 'active', downloads: reasons }) }),
  popup('scanning', {
    'daemon.status': status({ state: 'scanning', scanning: { done: 310_000_000_000, total: 812_000_000_000 } }),
  }),
  popup('paused', { 'daemon.status': status({ state: 'paused', pausedUntil: 0 }) }),
  popup('paused-until', { 'daemon.status': status({ state: 'paused', pausedUntil: NOW + 3_600_000 }) }),
  popup('offline', { 'daemon.status': status({ state: 'offline', reason: 'offline' }) }),
  popup('address-gone', {
    'daemon.status': status({
      state: 'offline',
      reason: 'offline',
      reachable: { state: 'no', because: 'address-gone' },
    }),
  }),
  popup('starting', { 'daemon.status': status({ state: 'starting' }) }),
  popup('error', { 'daemon.status': status({ state: 'error', reason: 'no-space', free: 310_000_000 }) }),
  popup('nothing-kept-free', { 'daemon.status': status({ free: 1_900_000_000, keptFree: 0 }) }),
  popup('needs-you', {
    'daemon.status': status({
      http: 40123,
      httpPortTaken: true,
      gateways: [{ name: 'confluence', port: 8080 }],
      rotten: [
        { path: `/media/disk/${'deep-folder-name/'.repeat(8)}film.mkv`, id: 'c'.repeat(40) as Id, foundAt: NOW },
      ],
    }),
    'folder.list': [
      folder({ state: 'missing', why: { code: 'vanished', vanished: 1_200, known: 1_203 } }),
      folder({ id: 2, path: `/media/disk/${'deep-folder-name/'.repeat(8)}videos`, state: 'missing' }),
    ],
  }),
  popup('asking', {
    tab: { origin: LONG_ORIGIN, pending: { key: 'k1', origin: LONG_ORIGIN, wants: 'sync' } },
    'site.list': [],
  }),
  popup('seen-by-all', {
    tab: { origin: 'https://new.example', pending: null },
    visibility: { mode: 'all', origins: [] },
  }),
  popup('plain-site', { tab: { origin: 'http://nas.local:8080', pending: null } }),
  popup('no-site', { tab: { origin: null, pending: null } }),
  ...HOST_STATES.map(state => popup(state, { link: down(state) })),
  popup('failed', {
    'site.list': { error: { code: 'internal', message: 'The catalogue could not be read.', retryable: false } },
  } as unknown as Answers),
];

popups.push(
  popup('of-another-age', { 'daemon.status': { version: '9.0.0', state: 'idle' } } as unknown as Answers),
  { ...popup('revoking', {}), press: 'section:last-of-type .row button' },
  {
    ...popup('comparing', {
      'site.plan': [{ origin: 'https://pad.example', add: 12, remove: 1, kept: 3, kinds: { video: 10, audio: 2 } }],
    }),
    press: '[aria-labelledby=this-site] button.small',
  },
);

const prompts: State[] = [
  prompt('config', 'config'),
  prompt('sync', 'sync'),
  prompt('add-requests', 'addRequests', { trackers: [] }),
  prompt('set-folder', 'setFolder', { current: site({ folders: [2] }) }),
  prompt('no-folders', 'config', { folders: [] }),
  prompt('lan', 'config', {
    origin: 'http://nas.local:8080',
    url: 'http://nas.local:8080/api/',
    needsLan: true,
    trackers: undefined,
  }),
  prompt('localhost', 'config', {
    origin: 'http://localhost:3000',
    url: 'http://localhost:3000/api/',
    needsLan: true,
    impliesLan: true,
  }),
  prompt('look-alike', 'sync', { origin: 'https://xn--pd-ykc.example', url: 'https://xn--pd-ykc.example/api/' }),
  prompt('long-origin', 'config', { origin: LONG_ORIGIN, url: `${LONG_ORIGIN}/${'a/'.repeat(40)}api/` }),
  prompt('again', 'sync', { current: site({ expiresAt: NOW + 10 * DAY, quota: 5_000_000_000, reach: 'public' }) }),
  prompt('stun', 'config', { stunServers: ['stun:pad.example:3478'] }),
  prompt('many-folders', 'config', {
    folders: [
      ...Array.from({ length: 12 }, (_, at) => folder({ id: at + 1, path: `/media/disk/archive/${1990 + at}` })),
      folder({ id: 20, path: '/home/me/Music', all: true, state: 'scanning' }),
      folder({ id: 21, path: `/media/${'deep-folder-name/'.repeat(8)}videos`, state: 'missing' }),
    ],
  }),
  { page: 'prompt', name: 'gone', query: '?key=old', answers: { link: connected, question: null } },
  prompt('host-missing', 'config', {}, { link: down('host-missing') }),
  prompt('refused-url', 'config', {}, {
    'site.preview': {
      error: { code: 'invalid', message: 'The API URL must be of the same origin as the page.', retryable: false },
    },
  } as unknown as Answers),
];

const optionPages: State[] = [
  options(
    'first-run',
    {
      visibility: { mode: 'unanswered', origins: [] },
      'daemon.status': status({ files: 0, folders: 0, sites: 0 }),
      'site.list': [],
      'folder.list': [],
    },
    '?first-run',
  ),
  options(
    'first-run-no-host',
    { link: down('host-missing'), visibility: { mode: 'unanswered', origins: [] } },
    '?first-run',
  ),
  options('first-run-done', {}, '?first-run'),
  options('settings', {
    'site.list': [site(), site({ origin: LONG_ORIGIN })],
    'folder.list': [
      folder(),
      folder({ id: 2, path: '/home/me/Music', everyone: true, all: true, state: 'scanning' }),
      folder({ id: 3, path: `/media/${'deep-folder-name/'.repeat(8)}videos`, sites: [], state: 'missing' }),
    ],
    'daemon.status': status({ limits: { down: null, up: 1_234_000 } }),
  }),
  options('reached', { 'daemon.status': status({ nat: true, reachable: { state: 'yes', by: 'mapping' } }) }),
  options('reached-by-webrtc', { 'daemon.status': status({ reachable: { state: 'webrtc' } }) }),
  options('not-reached', { 'daemon.status': status({ nat: true, reachable: { state: 'no', because: 'no-router' } }) }),
  options('all', { visibility: { mode: 'all', origins: [] } }),
  options('host-exited', { link: down('host-exited') }),
];

export const STATES: readonly State[] = [...popups, ...prompts, ...optionPages, ...GRANT_STATES];
