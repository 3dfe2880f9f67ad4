/** Everything that the popup shows, asked in one go. */

import type { RateHistory } from '../../shared/browse.ts';
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
  /** null where the program is too old to tell */
  history: RateHistory | null;
}

export async function loadPopup(ui: Ui): Promise<PopupView> {
  const [link, tab, visibility] = await Promise.all([loadHome(ui), ui.call('tab', {}), ui.call('visibility', {})]);
  if (link.state !== 'connected') return { link, tab, visibility, questions: [], history: null };
  const [questions, history] = await Promise.all([ui.daemon('question.list', {}), loadHistory(ui)]);
  return { link, tab, visibility, questions, history };
}

async function loadHistory(ui: Ui): Promise<RateHistory | null> {
  return ui.daemon('daemon.history', { span: 'minutes' }).catch(() => null);
}
