/** What these pages ask of the browser itself: windows, tabs, permissions, the clipboard. */

import { browser } from '../web-extension.ts';

export function openSettings(): void {
  void browser.runtime.openOptionsPage();
}

/** Opens the full status page; `part`: what stands behind `#` in its address. */
export function openStatus(part = ''): void {
  void browser.tabs.create({ url: browser.runtime.getURL(`status/index.html${part}`) });
}

/** Opens the grant window of a question that waits. */
export function openQuestion(key: string): void {
  const url = new URL(`../prompt/index.html?key=${encodeURIComponent(key)}`, location.href);
  void browser.windows.create({ url: url.href, type: 'popup', width: 520, height: 760 });
}

/**
 * Asks for the right to run on `origin`. https and loopback sites come with the manifest. Firefox wants this to be the
 * first call of the click's handler. A match pattern without a port matches every port.
 */
export async function permitOrigin(origin: string): Promise<boolean> {
  const { protocol, hostname } = new URL(origin);
  return browser.permissions.request({ origins: [`${protocol}//${hostname}/*`] });
}

/** The browser looks for a newer version of this extension, and takes it where there is one. */
export async function lookForUpdate(): Promise<void> {
  const found: unknown = await browser.runtime.requestUpdateCheck();
  if (JSON.stringify(found).includes('update_available')) browser.runtime.reload();
}

export async function copyText(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
