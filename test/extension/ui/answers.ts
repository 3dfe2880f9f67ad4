/** What the background answers to the extension's pages, made up: the parts that the states are put together from. */

import type { HostState, Question, Visibility } from '../../../extension/ui-protocol.ts';
import type { RateHistory } from '../../../shared/browse.ts';
import type { DaemonStatus } from '../../../shared/daemon-methods.ts';
import type { Folder } from '../../../shared/folder-methods.ts';
import type { DaemonQuestion, Outline } from '../../../shared/grants.ts';
import type { Id } from '../../../shared/id.ts';
import type { Item } from '../../../shared/item.ts';
import type { GrantPreview, SiteInfo } from '../../../shared/site-methods.ts';
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
  'question.list'?: DaemonQuestion[];
  [other: string]: unknown;
}

/** An answer that is an error, as it crosses the wire. */
export interface Failure {
  error: { code: string; message: string; retryable: boolean; userAction?: string };
}

/** The player in a tab; and in a site's page the card and the frame that stand for an element. */
export type PlayerPage = 'tab' | 'card' | 'frame';

export interface State {
  page: 'popup' | 'prompt' | 'options' | 'status' | PlayerPage;
  name: string;
  query?: string;
  answers: Answers;
  /** what a person presses to get there */
  press?: string;
  /** what there is to be seen then */
  until?: string;
  /** a film or a sound can be seen or heard then */
  plays?: true;
}

export const DAY = 86_400_000;
export const NOW = Date.UTC(2026, 10, 21, 9);
export const id = (digit: string) => digit.repeat(40) as Id;

export const LONG_ORIGIN =
  'https://archive.of.the.extraordinarily-long-named-institute-for-moving-images.department-of-restoration.example:8443';

export const item = (part: Partial<Item>): Item => ({
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

export const status = (part: Partial<DaemonStatus> = {}): DaemonStatus => ({
  version: '0.1.0',
  state: 'idle',
  home: '/home/me/.local/share/lets-share-data',
  http: 15550,
  httpPortTaken: false,
  gateways: [],
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
  keptFree: 1_073_741_824,
  pausedUntil: null,
  limits: { down: null, up: null },
  control: UNTOUCHED,
  argv: [],
  ...part,
});

export const folder = (part: Partial<Folder> = {}): Folder => ({
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

export const site = (part: Partial<SiteInfo> = {}): SiteInfo => ({
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
  cookies: null,
  signedIn: true,
  used: 1_200_000_000,
  trackers: ['wss://pad.example/tracker'],
  ...part,
});

export const preview = (part: Partial<GrantPreview> = {}): GrantPreview => ({
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

export const outline = (part: Partial<Outline> = {}): Outline => ({
  files: 0,
  bytes: 0,
  kinds: {},
  scanning: false,
  ...part,
});

export const connected = { state: 'connected', welcome: { version: '0.1.0', protocol: 1, http: 15550 } };
/** Why there is no program to talk to. */
export const HOST_STATES: readonly HostState[] = [
  'host-missing',
  'host-unstartable',
  'browser-sandboxed',
  'host-forbidden',
  'host-stopped',
  'host-exited',
  'daemon-down',
  'protocol-mismatch',
  'extension-too-old',
  'program-too-old',
];
export const down = (state: HostState) => ({ state, message: 'The link is not there.' });
export const chosen: Visibility = { mode: 'chosen', origins: ['https://pad.example', LONG_ORIGIN] };
export const tab = { origin: 'https://pad.example', pending: null };
/** A wave that grows: something to draw. */
const wave = (top: number) =>
  Array.from({ length: 59 }, (_, at) => Math.round(top * (at / 59) * (1 + Math.sin(at / 4))));
const history = (down: number[], up: number[]): RateHistory => ({
  step: 5_000,
  // Yet to come, so that the page does not let it grow old.
  end: NOW + 36_500 * DAY,
  down,
  up,
});
const still = Array<number>(59).fill(0);
export const moving = history(wave(2_400_000), wave(300_000));
export const home = {
  link: connected,
  tab,
  visibility: chosen,
  'daemon.status': status(),
  'site.list': [site()],
  'folder.list': [folder()],
  'question.list': [],
  'daemon.history': history(still, still),
  notices: { done: true, folder: true, disk: false },
};

export const popup = (name: string, answers: Answers): State => ({
  page: 'popup',
  name,
  answers: { ...home, ...answers },
});

export const question = (wants: Question['wants'], origin = 'https://pad.example'): Question => ({
  key: 'k1',
  origin,
  wants,
});
export const prompt = (
  name: string,
  wants: Question['wants'],
  part: Partial<GrantPreview> = {},
  rest: Answers = {},
): State => ({
  page: 'prompt',
  name,
  query: '?key=k1',
  answers: {
    link: connected,
    question: question(wants, part.origin),
    'site.preview': preview(part),
    'folder.outline': outline(),
    ...rest,
  },
});

export const options = (name: string, answers: Answers, query = ''): State => ({
  page: 'options',
  name,
  query,
  answers: { ...home, ...answers },
});
