/**
 * The browser's API: background and pages use `browser` of webextension-polyfill from here, and `chrome` nowhere. So both
 * browsers answer by promises, and one set of types holds for both.
 *
 * Content scripts are the exception: the browser runs them in every page, the polyfill would more than double them, and the
 * two things that they need (`chrome.runtime.connect` and `.id`) are the same in both browsers.
 */

import browser from 'webextension-polyfill';

export type {
  Action,
  Cookies,
  DeclarativeNetRequest,
  Menus,
  Runtime,
  Scripting,
  Storage,
} from 'webextension-polyfill';
export { browser };
