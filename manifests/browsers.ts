/** The browsers that are known here, and where each of them looks for native hosts of this user. */

import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Which kind of native-host manifest a browser reads. */
export type Family = 'chromium' | 'firefox';

export interface KnownBrowser {
  browser: 'chromium' | 'chrome' | 'brave' | 'edge' | 'vivaldi' | 'firefox';
  name: string;
  family: Family;
  /** the folder for native-host manifests of this user */
  hosts: string;
  /** any of these is there when the browser is installed or was used */
  signs: string[];
  /** any of these is there when it was used from a sandbox, which may keep it from starting programs */
  sandboxes: string[];
}

/** Whose browsers: the folders of one user on one platform. */
export interface User {
  platform: NodeJS.Platform;
  home: string;
  /** Linux: `$XDG_CONFIG_HOME`, which Chromium and its kin follow */
  config: string;
}

export function thisUser(): User {
  const home = homedir();
  return { platform: process.platform, home, config: process.env.XDG_CONFIG_HOME || join(home, '.config') };
}

/** Windows finds native hosts by the registry, which is not supported yet: its list is empty. */
export function knownBrowsers(user: User): KnownBrowser[] {
  if (user.platform === 'linux') return linux(user);
  if (user.platform === 'darwin') return macos(user);
  return [];
}

/** It was used from a snap or a Flatpak, and is not there in another way: what is registered is of no use to it. */
export function isOnlySandboxed(browser: KnownBrowser): boolean {
  return !isPresent(browser) && browser.sandboxes.some(path => existsSync(path));
}

export function isPresent({ signs }: KnownBrowser): boolean {
  return signs.some(sign => existsSync(sign));
}

/** Sources: developer.chrome.com/docs/extensions/develop/concepts/native-messaging, MDN "Native manifests". */
function linux({ home, config }: User): KnownBrowser[] {
  // A snap keeps its files in ~/snap/NAME, a Flatpak in ~/.var/app/ID.
  const confined = (snap: string, flatpak: string) => [join(home, 'snap', snap), join(home, '.var/app', flatpak)];
  const chromium = (
    browser: KnownBrowser['browser'],
    name: string,
    folder: string,
    programs: string[],
    sandboxes: string[],
  ) => ({
    browser,
    name,
    family: 'chromium' as const,
    hosts: join(config, folder, 'NativeMessagingHosts'),
    signs: [join(config, folder), ...programs],
    sandboxes,
  });
  return [
    chromium(
      'chromium',
      'Chromium',
      'chromium',
      ['/usr/bin/chromium', '/usr/bin/chromium-browser'],
      confined('chromium', 'org.chromium.Chromium'),
    ),
    chromium(
      'chrome',
      'Google Chrome',
      'google-chrome',
      ['/usr/bin/google-chrome', '/opt/google/chrome'],
      confined('google-chrome', 'com.google.Chrome'),
    ),
    chromium(
      'brave',
      'Brave',
      'BraveSoftware/Brave-Browser',
      ['/usr/bin/brave-browser', '/opt/brave.com'],
      confined('brave', 'com.brave.Browser'),
    ),
    chromium(
      'edge',
      'Microsoft Edge',
      'microsoft-edge',
      ['/usr/bin/microsoft-edge', '/opt/microsoft/msedge'],
      confined('microsoft-edge', 'com.microsoft.Edge'),
    ),
    chromium(
      'vivaldi',
      'Vivaldi',
      'vivaldi',
      ['/usr/bin/vivaldi', '/opt/vivaldi'],
      confined('vivaldi', 'com.vivaldi.Vivaldi'),
    ),
    {
      browser: 'firefox',
      name: 'Firefox',
      family: 'firefox',
      hosts: join(home, '.mozilla/native-messaging-hosts'),
      signs: [join(home, '.mozilla/firefox'), '/usr/bin/firefox', '/usr/bin/firefox-esr', '/usr/lib/firefox'],
      sandboxes: confined('firefox', 'org.mozilla.firefox'),
    },
  ];
}

function macos({ home }: User): KnownBrowser[] {
  const support = join(home, 'Library/Application Support');
  const at = (browser: KnownBrowser['browser'], name: string, folder: string, family: Family = 'chromium') => ({
    browser,
    name,
    family,
    hosts: join(support, folder, 'NativeMessagingHosts'),
    signs: [join(support, folder), `/Applications/${name}.app`],
    sandboxes: [],
  });
  return [
    at('chromium', 'Chromium', 'Chromium'),
    at('chrome', 'Google Chrome', 'Google/Chrome'),
    at('brave', 'Brave Browser', 'BraveSoftware/Brave-Browser'),
    at('edge', 'Microsoft Edge', 'Microsoft Edge'),
    at('vivaldi', 'Vivaldi', 'Vivaldi'),
    at('firefox', 'Firefox', 'Mozilla', 'firefox'),
  ];
}
