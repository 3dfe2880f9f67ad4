/** Everything that the popup shows, asked in one go. */

import type { DaemonQuestion } from '../../shared/grants.ts';
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
  questions: DaemonQuestion[];
}

export async function loadPopup(ui: Ui): Promise<PopupView> {
  const [link, tab, visibility] = await Promise.all([loadHome(ui), ui.call('tab', {}), ui.call('visibility', {})]);
  const questions = link.state === 'connected' ? await ui.daemon('question.list', {}) : [];
  return { link, tab, visibility, questions };
}
