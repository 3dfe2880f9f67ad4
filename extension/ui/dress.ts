/** What each page does first: it says in which language it is, and what it is called. */

import { direction, locale } from './language.ts';

export function dress(title: string): void {
  document.title = title;
  document.documentElement.lang = locale();
  document.documentElement.dir = direction();
}
