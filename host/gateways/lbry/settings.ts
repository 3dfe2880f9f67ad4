/** What callers may set: kept until they set it otherwise. */

import type { Settings } from '../../core/preferences.ts';
import type { LbrySettings } from './method.ts';

const DIRECTORY = 'lbry-download-dir';
const TIMEOUT = 'lbry-download-timeout';
/** s; with the DHT alone a torrent takes its time to be found */
const DEFAULT_TIMEOUT = 60;
const KEYS = { download_dir: DIRECTORY, download_timeout: TIMEOUT };

export interface SettingsDeps {
  settings: Settings;
  downloads: string;
  below(folder: string): Promise<string>;
}

export function createLbrySettings({ settings, downloads, below }: SettingsDeps): LbrySettings {
  return {
    get: () => ({
      download_dir: downloadFolder(settings, downloads),
      download_timeout: Number(settings.get(TIMEOUT) ?? DEFAULT_TIMEOUT),
    }),
    async set({ download_dir, download_timeout }) {
      if (download_dir !== undefined) settings.set(DIRECTORY, await below(download_dir));
      if (download_timeout !== undefined) settings.set(TIMEOUT, String(download_timeout));
    },
    clear: name => settings.remove(KEYS[name]),
  };
}

/** Where files are saved now. */
export function downloadFolder(settings: Pick<Settings, 'get'>, otherwise: string): string {
  return settings.get(DIRECTORY) ?? otherwise;
}
