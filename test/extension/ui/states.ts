/** Every state that the extension's pages can be in, as the answers that their background would give. */

import type { HostState, Question, Visibility } from '../../../extension/ui-protocol.ts';
import type { Id } from '../../../shared/id.ts';
import type { Item } from '../../../shared/item.ts';
import type { DaemonStatus, Folder, GrantPreview, SiteInfo } from '../../../shared/protocol.ts';
import { UNTOUCHED } from '../../support/control-view.ts';

/** Answers by method; `daemon` methods by theirs. What is not here never answers. */
export interface Answers {
  link?: unknown;
  tab?: { origin: string | null; pending: Question | null };
  visibility?: Visibility;
  question?: Question | null;
  'daemon.status'?: DaemonStatus;
  'site.list'?: SiteInfo[];
  'folder.list'?: Folder[];
  'site.preview'?: GrantPreview;
  [other: string]: unknown;
}

/** An answer that is an error, as it crosses the wire. */
export interface Failure {
  error: { code: string; message: string; retryable: boolean; userAction?: string };
}

export interface State {
  page: 'popup' | 'prompt' | 'options';
  name: string;
  query?: string;
  answers: Answers;
  /** what a person presses to get there */
  press?: string;
}

const DAY = 86_400_000;
const NOW = Date.UTC(2026, 10, 21, 9);
const id = (digit: string) => digit.repeat(40) as Id;

const LONG_ORIGIN =
  'https://archive.of.the.extraordinarily-long-named-institute-for-moving-images.department-of-restoration.example:8443';

const item = (part: Partial<Item>): Item => ({
  id: id('3f2a9c'.slice(0, 1)),
  state: 'downloading',
  progress: 0.45,
  size: 1_204_000_000,
  downloaded: 541_800_000,
  uploaded: 12_000_000,
  rates: { down: 2_400_000, up: 80_000 },
  peers: 4,
  eta: 276,
  ...part,
});

const status = (part: Partial<DaemonStatus> = {}): DaemonStatus => ({
  version: '0.1.0',
  state: 'idle',
  home: '/home/me/.local/share/lets-share-data',
  http: 15550,
  httpPortTaken: false,
  rotten: [],
  peer: 51413,
  nat: false,
  reachable: { state: 'unknown', mapping: 'off' },
  pid: 4242,
  files: 1204,
  folders: 2,
  sites: 2,
  scanning: null,
  downloads: [],
  seeding: [],
  more: 0,
  rates: { down: 0, up: 0 },
  free: 80_000_000_000,
  pausedUntil: null,
  limits: { down: null, up: null },
  control: UNTOUCHED,
  argv: [],
  ...part,
});

const folder = (part: Partial<Folder> = {}): Folder => ({
  id: 1,
  path: '/home/me/Videos',
  sites: ['https://pad.example'],
  everyone: false,
  all: false,
  files: 1203,
  size: 812_000_000_000,
  state: 'ready',
  ...part,
});

const site = (part: Partial<SiteInfo> = {}): SiteInfo => ({
  origin: 'https://pad.example',
  url: 'https://pad.example/api/',
  reach: 'site',
  lan: false,
  stun: false,
  stunServers: [],
  download: true,
  folders: [1],
  quota: 50_000_000_000,
  expiresAt: null,
  addedAt: NOW - 40 * DAY,
  lastUsedAt: NOW - DAY,
  username: null,
  signedIn: true,
  used: 1_200_000_000,
  trackers: ['wss://pad.example/tracker'],
  ...part,
});

const preview = (part: Partial<GrantPreview> = {}): GrantPreview => ({
  origin: 'https://pad.example',
  url: 'https://pad.example/api/',
  needsLan: false,
  impliesLan: false,
  folders: [
    folder({ sites: [] }),
    folder({ id: 2, path: '/media/disk/فيديو/archive', files: 1, size: 4_700_000, sites: [] }),
  ],
  current: null,
  trackers: ['wss://pad.example/tracker'],
  ...part,
});

const connected = { state: 'connected', welcome: { version: '0.1.0', protocol: 1, http: 15550 } };
const down = (state: HostState) => ({ state, message: 'The link is not there.' });
const chosen: Visibility = { mode: 'chosen', origins: ['https://pad.example', LONG_ORIGIN] };
const tab = { origin: 'https://pad.example', pending: null };
const home = {
  link: connected,
  tab,
  visibility: chosen,
  'daemon.status': status(),
  'site.list': [site()],
  'folder.list': [folder()],
};

const reasons: Item[] = [
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

const popup = (name: string, answers: Answers): State => ({ page: 'popup', name, answers: { ...home, ...answers } });

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
    'daemon.status': status({
      state: 'active',
      downloads: [item({}), item({ id: id('a'), progress: 0.999, downloaded: 1_203_000_000, eta: 1, peers: 1 })],
      seeding: [item({ id: id('b'), state: 'seeding', progress: 1, peers: 2, rates: { down: 0, up: 310_000 } })],
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
  popup('error', { 'daemon.status': status({ state: 'error', reason: 'no-space' }) }),
  popup('needs-you', {
    'daemon.status': status({
      http: 40123,
      httpPortTaken: true,
      rotten: [
        { path: `/media/disk/${'deep-folder-name/'.repeat(8)}film.mkv`, id: 'c'.repeat(40) as Id, foundAt: NOW },
      ],
    }),
    'folder.list': [
      folder({ state: 'missing', why: 'The disk that held it is not connected.' }),
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
  ...(['host-missing', 'host-forbidden', 'host-stopped', 'host-exited', 'protocol-mismatch'] as const).map(state =>
    popup(state, { link: down(state) }),
  ),
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

const question = (wants: Question['wants'], origin = 'https://pad.example'): Question => ({ key: 'k1', origin, wants });
const prompt = (
  name: string,
  wants: Question['wants'],
  part: Partial<GrantPreview> = {},
  rest: Answers = {},
): State => ({
  page: 'prompt',
  name,
  query: '?key=k1',
  answers: { link: connected, question: question(wants, part.origin), 'site.preview': preview(part), ...rest },
});

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

const options = (name: string, answers: Answers, query = ''): State => ({
  page: 'options',
  name,
  query,
  answers: { ...home, ...answers },
});

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

export const STATES: readonly State[] = [...popups, ...prompts, ...optionPages];
