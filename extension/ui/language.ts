/** The language of the sentences, and how it writes numbers and dates. */

import { browser } from '../web-extension.ts';

let found: string | undefined;

/**
 * A BCP 47 tag. The browser chooses the sentences, and says not which; so each language names itself among them. The region
 * is the reader's where the language is: sentences for `de-AT` are those of `de`, its numbers are not.
 */
export function locale(): string {
  found ??= chosen();
  return found;
}

function chosen(): string {
  const language = browser.i18n.getMessage('language');
  const wanted = browser.i18n.getUILanguage();
  return wanted.split('-', 1)[0] === language ? wanted : language;
}

/** Which way its lines run. */
export function direction(): 'ltr' | 'rtl' {
  return browser.i18n.getMessage('direction') === 'rtl' ? 'rtl' : 'ltr';
}
