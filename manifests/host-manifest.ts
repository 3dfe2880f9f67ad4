/** The native host's manifest: what a browser reads before it launches the host. */

import { join } from 'node:path';
import type { Family } from './browsers.ts';
import { CHROMIUM_IDS, GECKO_IDS, HOST_NAME } from './ids.ts';

export interface HostManifest {
  name: string;
  description: string;
  /** absolute: a browser that was started from a desktop has no shell's PATH */
  path: string;
  type: 'stdio';
  allowed_origins?: string[];
  allowed_extensions?: string[];
}

export function hostManifest(family: Family, wrapper: string): HostManifest {
  return {
    name: HOST_NAME,
    description: 'Lets web sites work with the copies of files that you hold',
    path: wrapper,
    type: 'stdio',
    ...allowed(family),
  };
}

export function manifestPath(folder: string): string {
  return join(folder, `${HOST_NAME}.json`);
}

/** Who may connect, as each family writes it. */
export function allowed(family: Family): { allowed_origins: string[] } | { allowed_extensions: string[] } {
  if (family === 'firefox') return { allowed_extensions: [...GECKO_IDS] };
  return { allowed_origins: Object.values(CHROMIUM_IDS).map(id => `chrome-extension://${id}/`) };
}

/** The manifest that a text holds, undefined when it is none of ours. */
export function parseManifest(text: string): HostManifest | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isManifest(value) && value.name === HOST_NAME ? value : undefined;
  } catch {
    return undefined;
  }
}

function isManifest(value: unknown): value is HostManifest {
  if (typeof value !== 'object' || value === null || !('path' in value) || !('name' in value)) return false;
  return typeof value.path === 'string' && typeof value.name === 'string';
}
