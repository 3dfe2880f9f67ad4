/** What this page may do: the browser's word. */

import type { Situation } from './rung.ts';

/** Pages of this machine load from it without being asked about. */
const LOCAL = /^(localhost|127\.0\.0\.1|\[::1\])$/;

export async function readSituation(): Promise<Situation> {
  const browser = chrome.runtime.getURL('').startsWith('moz-') ? 'firefox' : 'chromium';
  return { browser, loopback: LOCAL.test(location.hostname) ? 'granted' : await loopback() };
}

async function loopback(): Promise<Situation['loopback']> {
  try {
    const { state } = await navigator.permissions.query({ name: 'loopback-network' as PermissionName });
    return state;
  } catch {
    // A browser that does not know the name does not guard this machine.
    return 'granted';
  }
}
