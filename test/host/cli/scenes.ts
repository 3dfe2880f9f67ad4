/** What people do on the command line and what the daemon answers, so that every sentence is said once. */

import type { ControlView } from '../../../shared/control-methods.ts';
import { DEFAULT_CONTROLS, type Window } from '../../../shared/controls.ts';
import type { DaemonState, Reachability } from '../../../shared/daemon-methods.ts';
import { ERROR_CODES, LsdError, type UserAction } from '../../../shared/errors.ts';
import { DEEDS, type MissingBecause } from '../../../shared/grants.ts';
import { ITEM_STATES, REASONS } from '../../../shared/item.ts';
import { folder, id, item, site, status } from '../../extension/ui/answers.ts';
import type { Answers } from '../../support/command-line.ts';
import { UNTOUCHED } from '../../support/control-view.ts';

const SITE = 'https://pad.example';
const STRANGER = 'https://typo.example';
const ID = id('a');
const AT = Date.UTC(2026, 10, 21, 9);

const NIGHT: Window = { days: ['mon', 'sun'], from: '22:00', to: '06:00', down: 500_000, up: null };
const WINDOWS: Window[] = [
  NIGHT,
  { days: ['sat'], from: '08:00', to: '18:00', pause: true },
  { ...NIGHT, from: '00:00' },
];
const BUSY: ControlView = {
  ...UNTOUCHED,
  controls: {
    ...DEFAULT_CONTROLS,
    down: 1_500_000,
    limitLan: true,
    schedule: [...WINDOWS, { days: ['tue'], from: '01:00', to: '02:00' }],
    pauseOnBattery: true,
    activeDownloads: null,
    keepFree: 5e9,
    scanPriority: 'normal',
    verifyDays: null,
    sites: { [SITE]: { down: 5, up: 2000, monthly: 20e9, total: 1e12 }, [STRANGER]: {} },
  },
  changed: ['down', 'sites'],
  now: { down: 1_500_000, up: null },
  window: NIGHT,
  paused: { reason: 'schedule', until: AT },
  pausedSites: { [SITE]: 0 },
  pausedItems: { [ID]: AT },
  next: AT,
  power: 'battery',
  network: 'metered',
  sites: { [SITE]: { month: { down: 20e9, up: 0 }, total: { down: 30e9, up: 0 }, spent: true } },
};
const MAINS: ControlView = { ...UNTOUCHED, now: { down: 5, up: 5 }, power: 'mains', network: 'unmetered' };

const STATES: readonly DaemonState[] = ['starting', 'idle', 'scanning', 'active', 'paused', 'offline', 'error'];
const REACHABLE: readonly Reachability[] = [
  { state: 'yes', by: 'incoming' },
  { state: 'yes', by: 'mapping' },
  { state: 'webrtc' },
  { state: 'no', because: 'address-gone' },
  { state: 'no', because: 'no-router' },
  { state: 'no', because: 'router-refused' },
  { state: 'no', because: 'behind-second-nat' },
  { state: 'unknown', mapping: 'off' },
  { state: 'unknown', mapping: 'asking' },
];
const ACTIONS: readonly UserAction[] = ['grant', 'install-host', 'update', 'check-folder', 'free-space', 'sign-in'];
const MISSING: readonly MissingBecause[] = [
  { code: 'gone' },
  { code: 'no-folder' },
  { code: 'replaced' },
  { code: 'unreadable', error: 'EACCES' },
  { code: 'vanished', vanished: 700, known: 1000 },
];

const granted: Answers = { 'site.list': [site({ origin: SITE })] };
const view = (control: ControlView): Answers => ({
  ...granted,
  'control.get': control,
  'control.set': control,
  'control.reset': control,
  'daemon.pause': {},
  'daemon.resume': {},
});

/** Words as they are typed, and the answers to what they make the command ask. */
export type Scene = readonly [words: readonly string[], answers?: Answers];

const statuses: Scene[] = [
  ...STATES.map(state => [['status'], { 'daemon.status': status({ state }) }] as const),
  ...REACHABLE.map(reachable => [['status'], { 'daemon.status': status({ reachable, httpPortTaken: true }) }] as const),
  [
    ['status'],
    {
      'daemon.status': status({
        state: 'paused',
        reason: 'paused-by-user',
        control: BUSY,
        scanning: { done: 1e6, total: 5e9 },
        rotten: [{ path: '/home/me/Old film.mp4', id: ID, foundAt: AT }],
        downloads: REASONS.map(reason => item({ state: 'waiting', reason })),
        seeding: ITEM_STATES.map(state => item({ state })),
        more: 12,
      }),
    },
  ],
  [['status', ID], { 'item.status': { id: ID, state: 'unknown' } }],
  [['status', 'Zz']],
];

const items: Scene[] = [
  [['request', ID], { 'request.add': { ids: [ID], missing: [id('b')] } }],
  [
    ['request', ID, '--wait'],
    { 'request.add': { ids: [ID], missing: [] }, 'item.status': item({ state: 'available' }) },
  ],
  [['request', ID, '--wait'], { 'request.add': { ids: [ID], missing: [] }, 'item.status': item({ state: 'error' }) }],
  [
    ['request', ID, '--wait'],
    { 'request.add': { ids: [ID], missing: [] }, 'item.status': { id: ID, state: 'unknown' } },
  ],
  [['request', ID, '--cancel'], { 'request.remove': { ids: [ID] } }],
  [['seed'], { 'site.seed': { ids: [] } }],
  [['url', ID], { 'item.url': { url: 'http://127.0.0.1:1/get/x' } }],
  [['downloads'], { 'download.list': [] }],
  [
    ['downloads'],
    {
      'download.list': [{ id: ID, path: '/Films/A film', size: 5e9, extension: 'mp4', sites: [SITE], verifiedAt: AT }],
    },
  ],
  [['downloads', '--move', ID], { 'download.move': {} }],
  [['downloads', '--remove', ID], { 'download.remove': {} }],
  [['block'], { 'item.blocked': [] }],
  [['block', '--file', '/nowhere/Such list']],
];

const controls: Scene[] = [
  [['limits'], view(BUSY)],
  [['limits'], view(UNTOUCHED)],
  [['limits', '--site', STRANGER, '--up', '5k'], view(MAINS)],
  [['limits', '--site', SITE, '--reset', 'down'], view(MAINS)],
  [['limits', '--reset', 'Speed'], view(MAINS)],
  [['limits', '--up', 'Fast'], view(MAINS)],
  [['limits', '--active', 'Few'], view(MAINS)],
  [['limits', '--seed-ratio', 'Much'], view(MAINS)],
  [['limits', '--keep-free', 'All'], view(MAINS)],
  [['pause'], view(MAINS)],
  [['pause', '--for', '1h', '--site', SITE], view(MAINS)],
  [['pause', '--for', 'Ever'], view(MAINS)],
  [['pause', '--until', 'Easter'], view(MAINS)],
  [['resume'], view(BUSY)],
  [['resume'], view({ ...BUSY, paused: { reason: 'on-battery', until: null } })],
  [['resume'], view(UNTOUCHED)],
  [['schedule', 'list'], view(BUSY)],
  [['schedule', 'list'], view(UNTOUCHED)],
  [['schedule', 'remove', '9'], view(BUSY)],
  [['schedule', 'add', '--hours', '08:00-18:00'], view(BUSY)],
  [['schedule', 'add', '--hours', 'Noon', '--pause'], view(BUSY)],
  [['schedule', 'add', '--hours', '08:00-18:00', '--days', 'Someday', '--pause'], view(BUSY)],
  [['quota', SITE], { ...view(BUSY), 'site.list': [site({ origin: SITE, quota: 5e9 })] }],
  [['quota', STRANGER], view(UNTOUCHED)],
  [['quota', STRANGER, '--kept', '1g'], view(UNTOUCHED)],
  [['quota', 'Nowhere'], view(UNTOUCHED)],
  [['reload'], { 'control.reload': { changed: ['limits.up'], restart: ['graceSeconds'] } }],
  [['reload'], { 'control.reload': { changed: [], restart: [] } }],
  [['nat', 'on'], { 'daemon.nat': { on: true, reachable: REACHABLE[0]! } }],
  [['nat', 'off'], { 'daemon.nat': { on: false, reachable: REACHABLE[0]! } }],
];

const sites: Scene[] = [
  [
    ['folder', 'list'],
    {
      'folder.list': [
        folder({ everyone: true, state: 'scanning' }),
        folder({ sites: [] }),
        ...MISSING.map(why => folder({ state: 'missing', why })),
      ],
    },
  ],
  [['folder', 'list'], { 'folder.list': [] }],
  [['folder', 'add', '/home/me/Films'], { 'folder.add': folder(), 'folder.wait': folder(), 'site.list': [] }],
  [['folder', 'remove', '/home/me/Films'], { 'folder.remove': {} }],
  [
    ['site', 'list'],
    { 'site.list': ERROR_CODES.map(code => site({ problem: { code, message: 'It said Something else.' } })) },
  ],
  [['site', 'list'], { 'site.list': [] }],
  [['site', 'add', SITE], { 'site.grant': site({ origin: SITE, reach: 'site', trackers: [] }) }],
  [['site', 'remove', SITE], { 'site.remove': { forgotten: { removed: 3, requests: 1, kept: 2 } } }],
  [
    ['site', 'check', SITE],
    { 'site.check': { ok: true, checks: [{ name: 'answer', ok: true, message: 'It does.' }] } },
  ],
  [
    ['site', 'check', SITE],
    { 'site.check': { ok: false, checks: [{ name: 'answer', ok: false, message: 'It Fails.' }] } },
  ],
  [['sync'], { 'site.sync': [{ origin: SITE, added: 1, removed: 2, updated: 3, kept: 4, ids: 5, scanning: true }] }],
  ...ACTIONS.map(
    userAction => [['sync'], { 'site.sync': new LsdError('denied', 'No grant is There.', { userAction }) }] as const,
  ),
  [
    ['sync', '--dry-run'],
    {
      'site.plan': [
        { origin: SITE, add: 1, remove: 2, kept: 3, kinds: { video: 1, audio: 2, image: 3, text: 4, other: 5 } },
      ],
    },
  ],
  [
    ['log', SITE],
    {
      'site.log': {
        entries: DEEDS.map((deed, times) => ({
          at: AT,
          deed,
          times: times + 1,
          amounts: { folders: 1, ids: 2, added: 3, removed: 4, updated: 5, bytes: 6e6 },
          ...(deed === 'failed' && { code: 'timeout' as const }),
        })),
        next: null,
      },
    },
  ],
  [['log', SITE], { 'site.log': { entries: [], next: null } }],
];

const blocklists: Scene[] = [
  [['blocklist', 'list'], { 'blocklist.list': [{ name: 'Level one', ranges: 12_345 }] }],
  [['blocklist', 'list'], { 'blocklist.list': [] }],
  [['blocklist', 'import', import.meta.filename], { 'blocklist.put': { ranges: 3, wrong: ['Not a range'] } }],
  [['blocklist', 'add', '10.0.0.0/8'], { 'blocklist.put': { ranges: 1, wrong: [] } }],
  [['blocklist', 'check', '10.0.0.1'], { 'blocklist.check': { blocked: true } }],
  [['blocklist', 'check', '10.0.0.1'], { 'blocklist.check': { blocked: false } }],
  [['blocklist', 'remove', 'Level one'], { 'blocklist.remove': {} }],
];

const wrongUsage: Scene[] = [
  [['Stauts']],
  [['folder', 'add']],
  [['nat', 'Maybe']],
  [['limits', '--up']],
  [['limits', '--lan', 'Maybe']],
  [['log', SITE, '--limit', '0']],
  [['pause', '--minutes', '0']],
  [['pause', '--for', '1h', '--until', '18:00']],
  [['daemon', '--http', 'Any']],
  [['schedule', 'add']],
  [['status', '--jsno']],
  [['seed', 'Extra']],
];

const lbry: Scene[] = [[['lbry', 'no_such']], [['lbry', 'version'], { 'daemon.status': status() }]];

export const SCENES: readonly Scene[] = [
  ...lbry,
  ...statuses,
  ...items,
  ...controls,
  ...sites,
  ...blocklists,
  ...wrongUsage,
];
