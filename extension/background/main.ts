/** The background: the only place that knows the browser's API and all parts. Every listener is added before the first await. */

import type { DaemonEvent } from '../../shared/protocol.ts';
import { PLAYER } from '../player/frame-protocol.ts';
import { STREAM } from '../stream/protocol.ts';
import { browser, type Runtime } from '../web-extension.ts';
import { createAttention } from './attention.ts';
import { createBadge } from './badge.ts';
import { createGrants } from './grants.ts';
import { createLink } from './link.ts';
import { createMenus, writeClipboard } from './menus.ts';
import { createNotices } from './notices.ts';
import { webOrigin } from './origin.ts';
import { createPageCalls } from './page-calls.ts';
import { createPagePorts } from './page-ports.ts';
import { createPlayCalls } from './play-calls.ts';
import { createPlayerPorts } from './player-ports.ts';
import { createQuestions } from './questions.ts';
import { createRate } from './rate.ts';
import { createReadSubtitles } from './read-subtitles.ts';
import { createReaderRules } from './reader-rules.ts';
import { createSessions } from './sessions.ts';
import { createStreamPorts } from './stream-ports.ts';
import { createTickets } from './tickets.ts';
import { createUiPorts } from './ui-ports.ts';
import { createVisibility } from './visibility.ts';

const now = () => Date.now();
const later = (run: () => void, ms: number) => void setTimeout(run, ms);
const STOPPED = 'stopped';
const ownId = browser.runtime.id;

const link = createLink({
  stopped: {
    read: async () => (await browser.storage.session.get(STOPPED))[STOPPED] === true,
    write: stopped => void browser.storage.session.set({ [STOPPED]: stopped }),
  },
  connectNative: host => browser.runtime.connectNative(host),
  reason: portError,
  now,
  later,
  listener: {
    connected() {
      ui.changed('link');
      attention.changed();
      void grants
        .refresh()
        .then(renew, () => {})
        .then(sessions.renew);
      pages.origins().forEach(introduce);
    },
    dropped(fault) {
      void readerRules.clear();
      pages.tellAll('disconnect', { state: fault });
    },
    changed: () => ui.changed('link'),
    event: takeEvent,
  },
});

const grants = createGrants({ link, storage: browser.storage.local, now, onChange: grantsChanged });

const sessions = createSessions({ link, grants, cookies: browser.cookies });

const readerRules = createReaderRules({
  link,
  rules: browser.declarativeNetRequest,
  granted: grants,
  storage: browser.storage.session,
  tabIds,
  topUrl,
  ownHost: new URL(browser.runtime.getURL('')).hostname,
});

const readSubtitles = createReadSubtitles({ link, fetch: fetchHere });
const tickets = createTickets({ now, newTicket: () => crypto.randomUUID() });

const questions = createQuestions({
  open: async ({ key }) => {
    const url = browser.runtime.getURL(`prompt/index.html?key=${encodeURIComponent(key)}`);
    return (await browser.windows.create({ url, type: 'popup', width: 520, height: 760 }))?.id;
  },
  close: window => void browser.windows.remove(window).catch(() => {}),
  show: window => void browser.windows.update(window, { focused: true }).catch(() => {}),
  onClosed: listener => browser.windows.onRemoved.addListener(listener),
  storage: browser.storage.session,
  now,
  newKey: () => crypto.randomUUID(),
  changed() {
    badge.questions(questions.pending());
    ui.changed('question');
  },
});

const visibility = createVisibility({
  storage: browser.storage.local,
  scripting: browser.scripting,
  granted: () => grants.list(),
});

const pages = createPagePorts({
  ownId,
  calls: createPageCalls({
    link,
    grants,
    questions,
    handOver: sessions.handOver,
    playCall: createPlayCalls({ readerRules, tickets, grants, inject, openTab, readSubtitles }),
  }),
  rate: createRate({ burst: 1_000, perSecond: 200, now }),
  arrived: introduce,
  left: questions.withdraw,
  later,
});

const badge = createBadge(browser.action);

const notices = createNotices({
  storage: browser.storage.local,
  session: browser.storage.session,
  show: (id, title, message) =>
    void browser.notifications.create(id, {
      type: 'basic',
      iconUrl: browser.runtime.getURL('icons/lsd-128.png'),
      title,
      message,
    }),
  open: place => void browser.tabs.create({ url: browser.runtime.getURL(`status/index.html${place}`) }),
  now,
  later,
});
browser.notifications.onClicked.addListener(id => {
  notices.clicked(id);
  void browser.notifications.clear(id);
});
browser.notifications.onClosed.addListener(id => notices.closed(id));

const attention = createAttention({
  link,
  now,
  later,
  onLook({ trouble, missing, free }) {
    badge.trouble(trouble);
    void notices.missing(missing);
    void notices.full(free);
  },
});

const menus = createMenus({
  menus: browser.contextMenus,
  link,
  async copy(text, tabId, frame) {
    await browser.scripting.executeScript({
      target: { tabId, frameIds: [frame] },
      func: writeClipboard,
      args: [text],
    });
  },
  failed: message => notices.failed(message),
});
browser.contextMenus.onClicked.addListener((info, tab) => void menus.clicked(info, tab));

const ui = createUiPorts({
  ownId,
  ownBase: browser.runtime.getURL(''),
  link,
  questions,
  visibility,
  notices,
  activeOrigin,
  later,
});

const streams = createStreamPorts({ ownId, link, grants, fetch: fetchHere, now, later });
const players = createPlayerPorts({
  ownId,
  ownBase: browser.runtime.getURL(''),
  tickets,
  link,
  readSubtitles,
  readerRules,
  topUrl,
});

browser.runtime.onConnect.addListener(port => {
  if (port.name === 'page') pages.accept(port);
  else if (port.name === 'ui') ui.accept(port);
  else if (port.name === STREAM) streams.accept(port);
  else if (port.name === PLAYER) players.accept(port);
  else port.disconnect();
});

browser.webNavigation.onCommitted.addListener(({ tabId, frameId, url }) => {
  if (frameId === 0) void grants.ready.then(() => readerRules.committed(tabId, url));
});
browser.tabs.onRemoved.addListener(tabId => readerRules.closed(tabId));

browser.runtime.onInstalled.addListener(({ reason }) => {
  void menus.install();
  if (reason === 'install') void browser.tabs.create({ url: browser.runtime.getURL('options/index.html?first-run') });
});
// With a listener here the browser runs this script when it starts, and sharing goes on without any page.
browser.runtime.onStartup.addListener(() => {});

void grants.ready.then(() => visibility.apply());
void link.view();

/** The daemon sends the news of an origin to the connection over which that origin called. */
function introduce(origin: string): void {
  if (!grants.has(origin)) return;
  // A page that opens starts no daemon; its session is handed to one that runs.
  const asked = link.call('page', { origin, method: 'status', params: {} });
  asked.then(() => sessions.handOver(origin)).catch(() => {});
}

function takeEvent({ kind, origin, detail }: DaemonEvent): void {
  // What a site's pages are told of, the person's own pages have a word of their own for.
  if (origin === null) {
    ui.changed(kind);
    attention.changed();
  }
  if (kind === 'done' && 'ids' in detail) notices.done(detail.ids.length);
  if (kind === 'grants') void grants.refresh().catch(() => {});
  else if (origin !== null && kind !== 'folders' && kind !== 'done')
    pages.tell(origin, kind, 'id' in detail ? detail.id : '', detail);
}

function grantsChanged(origins: string[]): void {
  void visibility.apply();
  void renew();
  for (const origin of origins) void tellPermission(origin);
}

async function tellPermission(origin: string): Promise<void> {
  const isDenied = await questions.isDenied(origin);
  const site = grants.has(origin) ? 'granted' : isDenied ? 'denied' : 'prompt';
  pages.tell(origin, 'permissionchange', '', { site });
}

function renew(): Promise<void> {
  return readerRules.renew();
}

/** Chromium's runtime.lastError, Firefox's port.error. */
function portError(port: Runtime.Port): string | undefined {
  return port.error?.message ?? browser.runtime.lastError?.message;
}

async function tabIds(): Promise<number[]> {
  const tabs = await browser.tabs.query({});
  return tabs.map(tab => tab.id).filter(id => id !== undefined);
}

async function topUrl(tabId: number): Promise<string | undefined> {
  const frame = await browser.webNavigation.getFrame({ tabId, frameId: 0 }).catch(() => null);
  return frame?.url;
}

function inject(tabId: number, file: string): Promise<unknown> {
  return browser.scripting.executeScript({ target: { tabId, frameIds: [0] }, files: [file] });
}

function fetchHere(...request: Parameters<typeof fetch>): Promise<Response> {
  return fetch(...request);
}

async function openTab(path: string, besides: number): Promise<unknown> {
  const { index, windowId } = await browser.tabs.get(besides);
  const beside = { index: index + 1, ...(windowId !== undefined && { windowId }) };
  return browser.tabs.create({ url: browser.runtime.getURL(path), ...beside });
}

async function activeOrigin(): Promise<string | null> {
  const [tab] = await browser.tabs.query({ active: true, lastFocusedWindow: true });
  return webOrigin(tab?.url) ?? null;
}
