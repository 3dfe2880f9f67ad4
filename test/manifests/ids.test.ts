/** The ids that the native host admits are those that the extension has. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { CHROMIUM_IDS, GECKO_IDS } from '../../manifests/ids.ts';

/** Keys of one browser alone carry its name there. */
const manifest = JSON.parse(await readFile(new URL('../../extension/manifest.json', import.meta.url), 'utf8'));

it("the unpacked extension's Chromium id follows from the manifest's key", () => {
  const digest = createHash('sha256')
    .update(Buffer.from(manifest['{{chromium}}.key'], 'base64'))
    .digest('hex')
    .slice(0, 32);
  const id = [...digest].map(digit => String.fromCharCode(97 + Number.parseInt(digit, 16))).join('');
  expect(id).toBe(CHROMIUM_IDS.unpacked);
});

it("Firefox's id is the manifest's", () => {
  expect(GECKO_IDS).toContain(manifest['{{firefox}}.browser_specific_settings'].gecko.id);
});
