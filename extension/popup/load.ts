/** Everything that the popup shows, asked in one go. */

import type { Ui } from '../ui/connection.ts';
import { type HomeLink, loadHome } from '../ui/home.ts';
import type { Question, Visibility } from '../ui-protocol.ts';

export interface Tab {
  origin: string | null;
  pending: Question | null;
}
export interface PopupView {
  link: HomeLink;
  tab: Tab;
  visibility: Visibility;
}

export async function loadPopup(ui: Ui): Promise<PopupView> {
  const [link, tab, visibility] = await Promise.all([loadHome(ui), ui.call('tab', {}), ui.call('visibility', {})]);
  return { link, tab, visibility };
}
