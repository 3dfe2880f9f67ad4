/** What every part of an extension page is handed: the line to the background, and how to show what is new. */

import type { Ui } from './connection.ts';

export interface PageProps {
  ui: Ui;
  refresh: () => Promise<void>;
}
