/** What all parts of the status page share, asked in one go; tables and details ask for their own. */

import type { DaemonQuestion } from '../../shared/grants.ts';
import type { Ui } from '../ui/connection.ts';
import { type HomeLink, loadHome } from '../ui/home.ts';

export interface StatusView {
  link: HomeLink;
  questions: DaemonQuestion[];
}

export async function loadStatus(ui: Ui): Promise<StatusView> {
  const link = await loadHome(ui);
  return { link, questions: link.state === 'connected' ? await ui.daemon('question.list', {}) : [] };
}
