/** What the program tells of itself, or the reason why there is none to ask. */

import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import type { Folder } from '../../shared/folder-methods.ts';
import type { SiteInfo } from '../../shared/site-methods.ts';
import type { HostState } from '../ui-protocol.ts';
import type { Ui } from './connection.ts';

export interface Home {
  status: DaemonStatus;
  sites: SiteInfo[];
  folders: Folder[];
}
export type HomeLink = { state: 'connected'; home: Home } | { state: HostState };

export async function loadHome(ui: Ui): Promise<HomeLink> {
  const link = await ui.call('link', {});
  if (link.state !== 'connected') return { state: link.state };
  const [status, sites, folders] = await Promise.all([
    ui.daemon('daemon.status', {}),
    ui.daemon('site.list', {}),
    ui.daemon('folder.list', {}),
  ]);
  return { state: 'connected', home: { status, sites, folders } };
}
