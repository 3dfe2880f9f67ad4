/** Everything that the settings show, asked in one go. */

import type { Ui } from '../ui/connection.ts';
import { type HomeLink, loadHome } from '../ui/home.ts';
import type { NoticeChoice, Visibility } from '../ui-protocol.ts';

export interface OptionsView {
  link: HomeLink;
  visibility: Visibility;
  notices: NoticeChoice;
}

export async function loadOptions(ui: Ui): Promise<OptionsView> {
  const [link, visibility, notices] = await Promise.all([
    loadHome(ui),
    ui.call('visibility', {}),
    ui.call('notices', {}),
  ]);
  return { link, visibility, notices };
}
