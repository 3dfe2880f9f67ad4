/** What modules of the extension ask of the browser where a test runs them without one: English sentences. */

import { messagesOf } from './locales.ts';

const english = messagesOf('en');

Object.assign(globalThis, {
  browser: {
    runtime: { id: 'none' },
    i18n: { getMessage: (name: string) => english[name] ?? '', getUILanguage: () => 'en-US' },
  },
  chrome: { runtime: { id: 'none' } },
});
