/** Whether this program runs inside the sandbox of a snap or a Flatpak: what a browser from there starts does. */

import { existsSync } from 'node:fs';

/** Sources: snapcraft.io/docs/environment-variables, docs.flatpak.org/en/latest/sandbox-permissions.html (`/.flatpak-info`). */
export function isSandboxed(env: NodeJS.ProcessEnv = process.env): boolean {
  return Boolean(env.SNAP || env.FLATPAK_ID) || existsSync('/.flatpak-info');
}
