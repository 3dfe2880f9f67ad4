/** Registers the native host with the browsers of this user, and takes it back. */

import { access, chmod, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { LsdError } from '../shared/errors.ts';
import { thisUser, type User } from './browsers.ts';
import { hostManifest, manifestPath, parseManifest } from './host-manifest.ts';
import { type PlaceOptions, placesFor } from './places.ts';
import { type Launch, wrapperPath, wrapperText } from './wrapper.ts';

export interface InstallOptions extends PlaceOptions, Launch {
  /** whose browsers; default: those of the user who runs this */
  user?: User;
}

export interface Registered {
  browser: string;
  /** the manifest that was written or removed */
  manifest: string;
}

export interface InstallResult {
  registered: Registered[];
  wrapper: string;
}

/** Writes the wrapper into the home, and a manifest for each browser. Again is the same as once. */
export async function install(options: InstallOptions): Promise<InstallResult> {
  for (const path of [options.home, options.runtime, options.program]) requireAbsolute(path);
  const places = placesFor(options, options.user ?? thisUser(), 'found');
  if (places.length === 0) {
    throw new LsdError(
      'not-found',
      'No browser was found for this user. Name one: letsshare install --browser firefox.',
    );
  }
  const wrapper = wrapperPath(options.home);
  await mkdir(options.home, { recursive: true, mode: 0o700 });
  await write(wrapper, wrapperText(options), 0o755);
  const registered: Registered[] = [];
  for (const { name, family, folder } of places) {
    const manifest = manifestPath(folder);
    await mkdir(folder, { recursive: true });
    await write(manifest, `${JSON.stringify(hostManifest(family, wrapper), null, 2)}\n`, 0o644);
    registered.push({ browser: name, manifest });
  }
  return { registered, wrapper };
}

export interface UninstallOptions extends PlaceOptions {
  home: string;
  user?: User;
}

export interface UninstallResult {
  removed: Registered[];
  /** registrations of another home that works; they stay */
  kept: Registered[];
}

/** Removes the registrations of this home, and those whose program is gone. */
export async function uninstall(options: UninstallOptions): Promise<UninstallResult> {
  const result: UninstallResult = { removed: [], kept: [] };
  const wrapper = wrapperPath(options.home);
  for (const { name, folder } of placesFor(options, options.user ?? thisUser(), 'all')) {
    const manifest = manifestPath(folder);
    const text = await readFile(manifest, 'utf8').catch(() => undefined);
    if (text === undefined) continue;
    const entry = { browser: name, manifest };
    const path = parseManifest(text)?.path;
    if (path !== undefined && path !== wrapper && (await exists(path))) {
      result.kept.push(entry);
      continue;
    }
    await rm(manifest);
    result.removed.push(entry);
  }
  // Other folders may still name the wrapper when only some were asked for.
  if (options.to === undefined && options.browser === undefined) await rm(wrapper, { force: true });
  return result;
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

/** A browser that reads meanwhile sees the old file or the new one, whole. */
async function write(path: string, text: string, mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  try {
    await writeFile(temporary, text, { mode });
    await chmod(temporary, mode);
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw new LsdError('internal', `${dirname(path)} can't be written. Check its owner and permissions.`, { cause });
  }
}

function requireAbsolute(path: string): void {
  if (!isAbsolute(path)) throw new LsdError('invalid', `"${path}" has to be an absolute path.`);
}
