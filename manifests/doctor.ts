/** What is wrong with the registration, as data: one finding for each browser that was found. */

import { constants } from 'node:fs';
import { access, readFile } from 'node:fs/promises';
import { isOnlySandboxed, knownBrowsers, thisUser, type User } from './browsers.ts';
import { allowed, type HostManifest, manifestPath, parseManifest } from './host-manifest.ts';
import { type Place, type PlaceOptions, placesFor } from './places.ts';
import { parseWrapper } from './wrapper.ts';

export type FindingCode =
  | 'fine'
  | 'no-browser'
  | 'browser-sandboxed'
  | 'not-registered'
  | 'manifest-damaged'
  | 'extension-not-allowed'
  | 'wrapper-missing'
  | 'wrapper-foreign'
  | 'runtime-missing'
  | 'program-missing'
  | 'other-home';

export interface Finding {
  code: FindingCode;
  ok: boolean;
  /** null when it concerns no browser in particular */
  browser: string | null;
  /** the file that it is about */
  path: string | null;
  /** what is the matter, and what to do */
  message: string;
}

export interface DoctorOptions extends PlaceOptions {
  home: string;
  user?: User;
}

const AGAIN = 'Run "letsshare install" again.';

/** In the order in which a browser would stumble over them; the first one counts. */
const CHECKS = [checkAllowed, checkWrapper];

export async function doctor(options: DoctorOptions): Promise<Finding[]> {
  const user = options.user ?? thisUser();
  const places = placesFor(options, user, 'found');
  const confined = options.to === undefined ? sandboxed(user, options.browser) : [];
  if (places.length + confined.length === 0) {
    return [problem('no-browser', null, null, 'No browser was found for this user.')];
  }
  return [...(await Promise.all(places.map(place => examine(place, options.home)))), ...confined];
}

/** Firefox from a snap asks the desktop to start programs, where that knows how to; the others have no way out. */
function sandboxed(user: User, only: string | undefined): Finding[] {
  return knownBrowsers(user)
    .filter(browser => (only === undefined || browser.browser === only) && isOnlySandboxed(browser))
    .map(({ name }) => ({
      code: 'browser-sandboxed',
      ok: false,
      browser: name,
      path: null,
      message: `${name} came as a snap or a Flatpak, whose sandbox keeps it from starting programs. Install the package of your distribution or of its maker.`,
    }));
}

async function examine(place: Place, home: string): Promise<Finding> {
  const path = manifestPath(place.folder);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return problem('not-registered', place, path, `${place.name} does not know the program. Run "letsshare install".`);
  }
  const manifest = parseManifest(text);
  if (!manifest) return problem('manifest-damaged', place, path, `The registration can't be read. ${AGAIN}`);
  for (const check of CHECKS) {
    const finding = await check(place, manifest, home);
    if (finding) return finding;
  }
  return { code: 'fine', ok: true, browser: place.name, path, message: `${place.name} is registered.` };
}

function checkAllowed(place: Place, manifest: HostManifest): Finding | undefined {
  const wanted = allowed(place.family);
  const missing =
    'allowed_origins' in wanted
      ? wanted.allowed_origins.some(id => !manifest.allowed_origins?.includes(id))
      : wanted.allowed_extensions.some(id => !manifest.allowed_extensions?.includes(id));
  if (!missing) return undefined;
  const path = manifestPath(place.folder);
  return problem('extension-not-allowed', place, path, `The registration does not name this extension. ${AGAIN}`);
}

async function checkWrapper(place: Place, { path }: HostManifest, home: string): Promise<Finding | undefined> {
  if (!(await isExecutable(path))) {
    return problem('wrapper-missing', place, path, `The program that ${place.name} starts is not there. ${AGAIN}`);
  }
  const launch = parseWrapper(await readFile(path, 'utf8').catch(() => ''));
  if (!launch) return problem('wrapper-foreign', place, path, `Something else wrote this program. ${AGAIN}`);
  if (!(await isExecutable(launch.runtime))) {
    return problem('runtime-missing', place, launch.runtime, `The runtime is gone. Run "npm ci", then install again.`);
  }
  if (!(await isReadable(launch.program))) {
    return problem('program-missing', place, launch.program, `The program was moved or removed. ${AGAIN}`);
  }
  if (launch.home !== home) {
    return problem('other-home', place, launch.home, `${place.name} uses another home: ${launch.home}.`);
  }
  return undefined;
}

function isExecutable(path: string): Promise<boolean> {
  return allows(path, constants.X_OK);
}

function isReadable(path: string): Promise<boolean> {
  return allows(path, constants.R_OK);
}

async function allows(path: string, mode: number): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}

function problem(code: FindingCode, place: Place | null, path: string | null, message: string): Finding {
  return { code, ok: false, browser: place?.name ?? null, path, message };
}
