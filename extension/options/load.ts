/** Everything that the settings show, asked in one go. */

import type { Ui } from '../ui/connection.ts';
import { type HomeLink, loadHome } from '../ui/home.ts';
import type { Visibility } from '../ui-protocol.ts';

export interface OptionsView {
  link: HomeLink;
  visibility: Visibility;
}

export async function loadOptions(ui: Ui): Promise<OptionsView> {
  const [link, visibility] = await Promise.all([loadHome(ui), ui.call('visibility', {})]);
  return { link, visibility };
}
