/** Another extension in the same browser, which wants of ours what only our own pages may have. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CHROMIUM_IDS, GECKO_IDS, HOST_NAME } from '../../manifests/ids.ts';
import type { BrowserName } from './browsers.ts';

/** What came of each attempt: `refused …` or `got …`. */
export type Attempts = Record<'ui' | 'page' | 'message' | 'native', string>;

const MANIFEST = {
  manifest_version: 3,
  name: 'another',
  version: '1',
  permissions: ['nativeMessaging'],
  host_permissions: ['<all_urls>'],
  background: { service_worker: 'background.js', scripts: ['background.js'] },
  content_scripts: [{ matches: ['<all_urls>'], js: ['content.js'], run_at: 'document_start' }],
  browser_specific_settings: { gecko: { id: 'another@example.org' } },
};

/** The page under test learns the outcome from an attribute of its root. */
const CONTENT = `chrome.runtime.sendMessage('try').then(outcome => {
  document.documentElement.dataset.attempts = JSON.stringify(outcome);
});`;

const BACKGROUND = (ours: string) => `
  const hello = { jsonrpc: '2.0', id: 1, method: 'link', params: {} };
  function over(port) {
    return new Promise(resolve => {
      port.onMessage.addListener(message => resolve('got ' + JSON.stringify(message)));
      port.onDisconnect.addListener(() => resolve('refused ' + (chrome.runtime.lastError?.message ?? port.error?.message ?? '')));
      try { port.postMessage(hello); } catch (thrown) { resolve('refused ' + thrown.message); }
    });
  }
  async function attempt(work) {
    try { return await work(); } catch (thrown) { return 'refused ' + thrown.message; }
  }
  async function attempts() {
    return {
      ui: await attempt(() => over(chrome.runtime.connect('${ours}', { name: 'ui' }))),
      page: await attempt(() => over(chrome.runtime.connect('${ours}', { name: 'page' }))),
      message: await attempt(async () => 'got ' + JSON.stringify(await chrome.runtime.sendMessage('${ours}', hello))),
      native: await attempt(() => over(chrome.runtime.connectNative('${HOST_NAME}'))),
    };
  }
  chrome.runtime.onMessage.addListener((message, sender, reply) => {
    attempts().then(reply);
    return true;
  });`;

export async function writeOtherExtension(browser: BrowserName): Promise<{ folder: string } & AsyncDisposable> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-other-'));
  const ours = browser === 'chromium' ? CHROMIUM_IDS.unpacked : GECKO_IDS[0];
  await writeFile(join(folder, 'manifest.json'), JSON.stringify(MANIFEST));
  await writeFile(join(folder, 'content.js'), CONTENT);
  await writeFile(join(folder, 'background.js'), BACKGROUND(ours));
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
