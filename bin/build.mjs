/** Builds the unpacked extension into dist/chromium and dist/firefox. */

import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { configFor } from '../extension/vite.config.mjs';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));

await build(configFor('chrome', `${dist}chromium`));
await build(configFor('firefox', `${dist}firefox`));
