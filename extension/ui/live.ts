/** A view of the background that stays fresh: it is loaded again when something has changed, but not too often. */

import { type ReadonlySignal, signal } from '@preact/signals';
import { LsdError } from '../../shared/errors.ts';
import type { Ui } from './connection.ts';

export type Loaded<T> = { state: 'loading' } | { state: 'ready'; value: T } | { state: 'failed'; error: LsdError };

export interface Live<T> {
  view: ReadonlySignal<Loaded<T>>;
  refresh(): Promise<void>;
  /** It is not kept fresh any longer. */
  close(): void;
}

const MIN_GAP_MS = 250;

/** `gapMs`: between two loads by themselves */
export function createLive<T>(ui: Pick<Ui, 'onChanged'>, load: () => Promise<T>, gapMs = MIN_GAP_MS): Live<T> {
  const view = signal<Loaded<T>>({ state: 'loading' });
  let running: Promise<void> | undefined;
  let again = false;

  async function once(): Promise<void> {
    try {
      view.value = { state: 'ready', value: await load() };
    } catch (thrown) {
      view.value = { state: 'failed', error: LsdError.from(thrown) };
    }
  }

  /** What changes during a load is in the next one: the caller waits for a load that began after it asked. */
  function refresh(): Promise<void> {
    if (!running) {
      running = once().finally(() => {
        running = undefined;
      });
      return running;
    }
    again = true;
    return running.then(() => (again ? settle() : running));
  }

  function settle(): Promise<void> {
    again = false;
    return refresh();
  }

  let waiting = false;
  const close = ui.onChanged(() => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      void refresh();
    }, gapMs);
  });

  void refresh();
  return { view, refresh, close };
}
