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

export function isPresent({ signs }: KnownBrowser): boolean {
  return signs.some(sign => existsSync(sign));
}

/** Sources: developer.chrome.com/docs/extensions/develop/concepts/native-messaging, MDN "Native manifests". */
function linux({ home, config }: User): KnownBrowser[] {
  const chromium = (browser: KnownBrowser['browser'], name: string, folder: string, programs: string[]) => ({
    browser,
    name,
    family: 'chromium' as const,
    hosts: join(config, folder, 'NativeMessagingHosts'),
    signs: [join(config, folder), ...programs],
  });
  return [
    chromium('chromium', 'Chromium', 'chromium', ['/usr/bin/chromium', '/usr/bin/chromium-browser']),
    chromium('chrome', 'Google Chrome', 'google-chrome', ['/usr/bin/google-chrome', '/opt/google/chrome']),
    chromium('brave', 'Brave', 'BraveSoftware/Brave-Browser', ['/usr/bin/brave-browser', '/opt/brave.com']),
    chromium('edge', 'Microsoft Edge', 'microsoft-edge', ['/usr/bin/microsoft-edge', '/opt/microsoft/msedge']),
    chromium('vivaldi', 'Vivaldi', 'vivaldi', ['/usr/bin/vivaldi', '/opt/vivaldi']),
    {
      browser: 'firefox',
      name: 'Firefox',
      family: 'firefox',
      hosts: join(home, '.mozilla/native-messaging-hosts'),
      signs: [join(home, '.mozilla/firefox'), '/usr/bin/firefox', '/usr/bin/firefox-esr', '/usr/lib/firefox'],
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
