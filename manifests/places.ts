/** In which folders a command registers: those of every browser found, of one browser, or one folder by name. */

import { LsdError } from '../shared/errors.ts';
import { type Family, isPresent, type KnownBrowser, knownBrowsers, type User } from './browsers.ts';

export interface Place {
  /** for people: `Chromium`, or the family where the folder was named */
  name: string;
  family: Family;
  folder: string;
}

export interface PlaceOptions {
  /** a browser of the table; with `to` its family decides what is written */
  browser?: string;
  /** register in this folder only */
  to?: string;
}

/** `found`: only browsers that are there. */
export function placesFor(options: PlaceOptions, user: User, which: 'found' | 'all'): Place[] {
  if (user.platform === 'win32') throw unsupported();
  const browsers = knownBrowsers(user).filter(({ browser }) => !options.browser || browser === options.browser);
  const first = browsers[0];
  if (!first) throw unknownBrowser(options.browser ?? '', user);
  if (options.to !== undefined) {
    if (!options.browser) throw new LsdError('invalid', 'With --to, say --browser chromium or --browser firefox too.');
    return [{ name: first.name, family: first.family, folder: options.to }];
  }
  // A browser that is named is meant, found or not.
  const wanted = which === 'all' || options.browser ? browsers : browsers.filter(isPresent);
  return wanted.map(placeOf);
}

function placeOf({ name, family, hosts }: KnownBrowser): Place {
  return { name, family, folder: hosts };
}

function unsupported(): LsdError {
  return new LsdError('invalid', 'Windows keeps native hosts in the registry; registering there is not supported yet.');
}

function unknownBrowser(browser: string, user: User): LsdError {
  const names = knownBrowsers(user).map(known => known.browser);
  return new LsdError('invalid', `There is no browser "${browser}" here. Known: ${names.join(', ') || 'none'}.`);
}
