/**
 * How the extension is built, for the browser that is the mode: `vite build --mode firefox extension`.
 *
 * vite-plugin-web-extension reads from manifest.json what there is to build, and builds each entry by a run of vite of its
 * own. Such a run gets its options inline and then reads this file again, where the plugin returns nothing: so everything
 * that all runs share stands beside the plugin, and `root` leads them here from whatever folder the command was given in.
 */

import { defineConfig, type Plugin } from 'vite';
import webExtension from 'vite-plugin-web-extension';

const root = import.meta.dirname;

/** What one page uses lies beside it, what several use in ui/; the plugin's own choice is the extension's root for all of it. */
function layout(): Plugin {
  return {
    name: 'layout',
    outputOptions: options => ({
      ...options,
      chunkFileNames: 'ui/[name].js',
      assetFileNames: ({ originalFileNames: [page] }) => `${page ? page.split('/', 1)[0] : 'ui'}/[name][extname]`,
    }),
  };
}

/**
 * The popup carries its styles: it is waited for each time that it is opened, and three more files before its first paint
 * are 20 ms.
 */
function popupStyles(): Plugin {
  return {
    name: 'popup-styles',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['popup/index.html'];
      if (page?.type !== 'asset') return;
      page.source = String(page.source).replaceAll(
        /<link rel="stylesheet"[^>]* href="\.\.\/([^"]+)">/g,
        (_link, path: string) => {
          const sheet = bundle[path];
          if (sheet?.type !== 'asset') throw new Error(`The popup's style sheet ${path} was not built.`);
          if (path.startsWith('popup/')) delete bundle[path];
          return `<style>${String(sheet.source).trim()}</style>`;
        },
      );
    },
  };
}

/**
 * The manifest names none of these, or where it does, not so that the plugin builds them: the background registers the scripts
 * and opens the windows, Chromium frames the player, and Firefox gets the streaming one injected.
 */
const INPUTS = ['content/main.ts', 'page/main.ts', 'prompt/index.html', 'status/index.html', 'player/tab.html'];
const INPUTS_OF: Readonly<Record<string, string[]>> = { chromium: ['player/index.html'], firefox: ['stream/main.ts'] };

export default defineConfig(({ mode }) => ({
  root,
  base: './',
  logLevel: 'warn',
  build: {
    outDir: process.env.LSD_EXTENSION_OUT ?? `../dist/${mode}`,
    target: ['chrome121', 'firefox140'],
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  plugins: [
    layout(),
    popupStyles(),
    webExtension({
      browser: mode,
      manifest: 'manifest.json',
      additionalInputs: [...INPUTS, ...(INPUTS_OF[mode] ?? [])],
      htmlViteConfig: { root },
      // What runs in sites and in the background stays readable for who reviews it.
      scriptViteConfig: { root, build: { minify: false } },
      disableAutoLaunch: true,
      printSummary: false,
      // It would fetch the schema; `web-ext lint` checks the manifest in a test.
      skipManifestValidation: true,
    }),
  ],
}));
